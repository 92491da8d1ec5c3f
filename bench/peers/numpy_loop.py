"""Stage 3 as one would write it down: aircraft by aircraft, segment by segment, row by row, with NumPy.

Steps 1 to 9 of the published method (Weinert et al. 2020) with its default numbers, both altitudes. A peer of
our kernels: nothing of the project is used. It does not count why rows leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.interpolate import PchipInterpolator

Columns = Mapping[str, np.ndarray]
"""Of one aircraft: time_s, lat_deg, lon_deg, alt_baro_ft_msl, alt_geo_ft_msl, speed_kt, squawk (NaN where
missing), lastcontact_s, in order of time."""

MINIMUM_ROWS, GAP_S = 10, 20.0
HALF_WINDOW_S, SIGMA_S = 15.0, 6.0
FLOOR_FT, CEILING_FT = -115.0, 85_000.0
ACCELERATION_KT_S, TURN_RATE_DEG_S, SPEED_KT, VERTICAL_RATE_FT_S = 6.0, 10.0, 600.0, 100.0


def clean_aircraft(rows: Columns) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield for every segment that remains its whole seconds and 12 columns of values at them."""
    rows = _deduplicated(rows)
    for name in ("alt_baro_ft_msl", "alt_geo_ft_msl"):
        height = rows[name]
        rows = _where(rows, (height != 0) & (height >= FLOOR_FT) & (height <= CEILING_FT))
    starts = np.flatnonzero(np.diff(rows["time_s"]) > GAP_S) + 1
    for part in np.split(np.arange(rows["time_s"].size), starts):
        if part.size >= MINIMUM_ROWS:
            yield from _segment({name: column[part] for name, column in rows.items()})


def _where(rows: Columns, kept: np.ndarray) -> Columns:
    return {name: column[kept] for name, column in rows.items()}


def _deduplicated(rows: Columns) -> Columns:
    """Step 1: of rows that share the last contact, the time or the position the first is kept."""
    rows = _where(rows, np.isfinite(rows["squawk"]))
    for key, order in (("lastcontact_s", ("time_s", "squawk")), ("time_s", ("lastcontact_s",))):
        rows = _where(rows, np.lexsort([rows[name] for name in order]))
        rows = _where(rows, np.sort(np.unique(rows[key], return_index=True)[1]))
    rows = _where(rows, np.argsort(rows["time_s"], kind="stable"))
    place = rows["lat_deg"] + 1j * rows["lon_deg"]
    return _where(rows, np.sort(np.unique(place, return_index=True)[1]))


def _segment(rows: Columns) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Steps 4 to 9."""
    near = np.ones(rows["time_s"].size, bool)
    for name in ("alt_baro_ft_msl", "alt_geo_ft_msl"):
        off = np.abs(rows[name] - np.median(rows[name]))
        near &= off <= 1.5 * 1.4826 * np.median(off)
    rows = _where(rows, near)
    time_s = rows["time_s"]
    if time_s.size < MINIMUM_ROWS:
        return
    lon_deg = np.unwrap(rows["lon_deg"], period=360)
    raw = np.stack(
        [rows["lat_deg"], lon_deg, rows["alt_baro_ft_msl"], rows["alt_geo_ft_msl"], rows["speed_kt"]]
    )
    values = _derived(_smoothed(raw, time_s), time_s)
    kept = (
        (np.abs(values[10]) <= ACCELERATION_KT_S)
        & (np.abs(values[8]) <= TURN_RATE_DEG_S)
        & (np.abs(values[9]) <= SPEED_KT)
        & (np.abs(values[5]) <= VERTICAL_RATE_FT_S)
        & (np.abs(values[6]) <= VERTICAL_RATE_FT_S)
    )
    time_s, values = time_s[kept], values[:, kept]
    if time_s.size < MINIMUM_ROWS:
        return
    values[7] = np.unwrap(values[7], period=360)
    second_s = np.arange(np.ceil(time_s[0]), np.floor(time_s[-1]) + 1)
    made = np.full((len(values), second_s.size), np.nan)
    for n, column in enumerate(values):
        known = np.isfinite(column)
        if np.count_nonzero(known) > 1:
            made[n] = PchipInterpolator(time_s[known], column[known], extrapolate=False)(second_s)
    made[1] = (made[1] + 180) % 360 - 180
    made[7] %= 360
    yield second_s, made


def _smoothed(raw: np.ndarray, time_s: np.ndarray) -> np.ndarray:
    """Step 5, row by row: Gaussian weights in [t - 15 s, t + 15 s), over the values that are there."""
    first = np.searchsorted(time_s, time_s - HALF_WINDOW_S)
    last = np.searchsorted(time_s, time_s + HALF_WINDOW_S)
    there = np.isfinite(raw)
    filled = np.where(there, raw, 0.0)
    smooth = np.empty_like(raw)
    with np.errstate(invalid="ignore"):
        for row in range(time_s.size):
            window = slice(first[row], last[row])
            weight = np.exp(-0.5 * ((time_s[window] - time_s[row]) / SIGMA_S) ** 2)
            smooth[:, row] = (filled[:, window] @ weight) / (there[:, window] @ weight)
    return smooth


def _derived(smooth: np.ndarray, time_s: np.ndarray) -> np.ndarray:
    """Step 7: rhumb-line course and distance, turn rate, accelerations, vertical rates."""
    lat, lon = np.radians(smooth[0]), np.radians(smooth[1])
    dt_s, dlat, dlon = np.diff(time_s), np.diff(lat), np.diff(lon)
    middle = (lat[1:] + lat[:-1]) / 2
    stretched = np.arctanh(
        2 * np.cos(middle) * np.sin(dlat / 2) / (np.cos(middle) ** 2 + np.sin(dlat / 2) ** 2)
    )
    course = np.degrees(np.arctan2(dlon, stretched)) % 360
    with np.errstate(divide="ignore", invalid="ignore"):
        narrowed = np.where(np.abs(stretched) > 1e-12, dlat / stretched, np.cos(middle))
    distance_nm = np.degrees(np.hypot(dlat, narrowed * dlon)) * 60
    speed = distance_nm / dt_s * 3600
    turn = ((np.diff(course) + 180) % 360 - 180) / dt_s[:-1]
    course, speed = np.append(course, course[-1]), np.append(speed, speed[-1])
    turn = np.append(turn, [0.0, 0.0])
    slopes = [_slope(column, time_s) for column in (smooth[2], smooth[3], speed, smooth[4])]
    for rate in slopes[:2]:
        rate[np.abs(rate) < 1] = 0
    return np.stack([*smooth, *slopes[:2], course, turn, speed, *slopes[2:]])


def _slope(values: np.ndarray, time_s: np.ndarray) -> np.ndarray:
    inside = (values[2:] - values[:-2]) / (time_s[2:] - time_s[:-2])
    ends = np.diff(values)[[0, -1]] / np.diff(time_s)[[0, -1]]
    return np.concatenate([ends[:1], inside, ends[1:]])
