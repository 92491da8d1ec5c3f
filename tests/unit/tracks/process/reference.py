"""Stage 3, steps 1 to 9, written a second time: straight from pipeline.md, slow, one aircraft at a time.

A row is a dict; nothing is shared with tracks.process. SciPy interpolates.
"""

import itertools
import math

import numpy as np
from scipy.interpolate import PchipInterpolator

SMOOTHED = ("lat", "lon", "baro", "geo", "speed")
OUTPUT = (*SMOOTHED, "dh_baro", "dh_geo", "course", "dpsi", "v", "dv", "dv_direct")


def process_aircraft(rows, settings, limits):
    """Return the reason of each row ("" where it remains) and {segment: {second: {column: value}}}."""
    rows = [dict(row, place=k) for k, row in enumerate(rows)]
    reason = {}
    altitudes = {"baro": ["baro"], "geo": ["geo"], "both": ["baro", "geo"]}[settings.altitude_mode]

    def leave(which, why):
        for row in which:
            assert row["place"] not in reason
            reason[row["place"]] = why

    def only(kept, all_rows, why):
        places = {row["place"] for row in kept}
        leave([row for row in all_rows if row["place"] not in places], why)
        return kept

    def first_of(all_rows, key, why):
        seen, kept = set(), []
        for row in all_rows:
            value = key(row)
            if value is None or value not in seen:
                kept.append(row)
            seen.add(value)
        return only(kept, all_rows, why)

    def missing_last(value):
        return (value is None, 0 if value is None else value)

    def long_enough(segments, why):
        leave([r for s in segments.values() if len(s) < settings.minimum_rows for r in s], why)
        return {k: s for k, s in segments.items() if len(s) >= settings.minimum_rows}

    # 1
    if settings.require_squawk:
        rows = only([r for r in rows if r["squawk"] is not None], rows, "missing_squawk")
    rows = sorted(rows, key=lambda r: (missing_last(r["squawk"]), r["time"]))
    rows = first_of(rows, lambda r: r["lastcontact"], "duplicate_lastcontact")
    rows = sorted(rows, key=lambda r: missing_last(r["lastcontact"]))
    rows = first_of(rows, lambda r: r["time"], "duplicate_time")
    rows = sorted(rows, key=lambda r: r["time"])
    rows = first_of(rows, lambda r: (r["lat"], r["lon"]), "duplicate_position")
    # 2
    rows = only(
        [r for r in rows if all(r[a] is not None for a in altitudes)], rows, "missing_altitude_of_mode"
    )
    rows = only([r for r in rows if all(r[a] != 0 for a in altitudes)], rows, "altitude_zero")
    low, high = settings.altitude_floor_ft - 1e-6, limits.ceiling_ft + 1e-6
    rows = only(
        [r for r in rows if all(low <= r[a] <= high for a in altitudes)], rows, "altitude_out_of_range"
    )
    # 3
    pieces = []
    for k, row in enumerate(rows):
        if k == 0 or row["time"] - rows[k - 1]["time"] > settings.gap_s:
            pieces.append([])
        pieces[-1].append(row)
    leave([r for p in pieces if len(p) < settings.minimum_rows for r in p], "short_segment")
    segments = dict(enumerate((p for p in pieces if len(p) >= settings.minimum_rows), start=1))
    # 4
    rejected = {"published": 0, "hampel": 0}
    for number, segment in segments.items():
        kept = list(segment)
        for test in rejected:
            gone = {}
            for a in altitudes:
                for row, outlying in zip(segment, _outliers(segment, a, test, settings), strict=True):
                    if outlying:
                        gone.setdefault(row["place"], f"altitude_outlier_{a}")
            rejected[test] += len(gone)
            if test == settings.outlier_test:
                kept = [r for r in segment if r["place"] not in gone]
                reason.update(gone)
        segments[number] = kept
    # 5, 6
    segments = {k: _smooth(s, settings) for k, s in segments.items()}
    segments = long_enough(segments, "short_after_outliers")
    # 7, 8
    for number, segment in segments.items():
        _dynamics(segment, settings.level_below_ft_s)
        kept = []
        for row in segment:
            rates = [row[f"dh_{a}"] for a in altitudes]
            if abs(row["dv"]) > limits.acceleration_kt_s:
                leave([row], "limit_acceleration")
            elif abs(row["dpsi"]) > limits.turn_rate_deg_s:
                leave([row], "limit_turn_rate")
            elif abs(row["v"]) > limits.speed_kt:
                leave([row], "limit_speed")
            elif any(rate is not None and abs(rate) > limits.vertical_rate_ft_s for rate in rates):
                leave([row], "limit_vertical_rate")
            else:
                kept.append(row)
        segments[number] = kept
    segments = long_enough(segments, "short_after_limits")
    # 9
    tracks = {k: _interpolate(s, settings.course_interpolation) for k, s in segments.items()}
    return (
        [reason.get(k, "") for k in range(len(reason) + sum(map(len, segments.values())))],
        tracks,
        rejected,
    )


def _outliers(segment, altitude, test, settings):
    time, values = (np.array([row[name] for row in segment]) for name in ("time", altitude))
    half = settings.hampel_half_window_s
    for t, value in zip(time, values, strict=True):
        near = values if test == "published" else values[(time >= t - half) & (time < t + half)]
        median = np.median(near)
        mad = np.median(np.abs(near - median))
        yield abs(value - median) > settings.outlier_scaled_mads * (1.4826 * mad)


def _short_way(change):
    while change > 180:
        change -= 360
    while change <= -180:
        change += 360
    return change


def _unwrapped(angles):
    out = list(angles[:1])
    for before, after in itertools.pairwise(angles):
        out.append(out[-1] + _short_way(after - before))
    return out


def _smooth(segment, settings):
    segment = [dict(row) for row in segment]
    for row, lon in zip(segment, _unwrapped([row["lon"] for row in segment]), strict=True):
        row["lon"] = lon
    time = np.array([row["time"] for row in segment])
    values = {c: np.array([row[c] for row in segment], float) for c in SMOOTHED}  # None becomes NaN
    for row in segment:
        dt = time - row["time"]
        near = (dt >= -settings.smooth_half_window_s) & (dt < settings.smooth_half_window_s)
        weight = np.exp(-(dt[near] ** 2) / (2 * settings.smooth_sigma_s**2))
        for column in SMOOTHED:
            value = values[column][near]
            known = ~np.isnan(value)
            row[column] = np.average(value[known], weights=weight[known]) if known.any() else None
    return segment


def rhumb(lat0, lon0, lat1, lon1):
    """Course and distance by the formulas of the page."""
    dlat, dlon = math.radians(lat1 - lat0), math.radians(_short_way(lon1 - lon0))
    if dlat == dlon == 0:
        return 0.0, 0.0
    c, s = math.cos(math.radians(lat0 + lat1) / 2), math.sin(dlat / 2)
    dpsi = math.atanh(2 * c * s / (c * c + s * s))
    q = c if dpsi == 0 else dlat / dpsi
    return math.degrees(math.atan2(dlon, dpsi)) % 360, math.hypot(dlat, q * dlon) * 10800 / math.pi


def _dynamics(segment, level):
    n = len(segment)
    for i in range(n - 1):
        a, b = segment[i], segment[i + 1]
        a["course"], distance = rhumb(a["lat"], a["lon"], b["lat"], b["lon"])
        a["v"] = distance / ((b["time"] - a["time"]) / 3600)
    segment[-1]["course"], segment[-1]["v"] = segment[-2]["course"], segment[-2]["v"]
    for i in range(n - 1):
        a, b = segment[i], segment[i + 1]
        a["dpsi"] = _short_way(b["course"] - a["course"]) / (b["time"] - a["time"])
    segment[-1]["dpsi"] = segment[-2]["dpsi"]
    for i, row in enumerate(segment):
        a, b = segment[max(i - 1, 0)], segment[min(i + 1, n - 1)]
        for rate, column in (("dv", "v"), ("dv_direct", "speed"), ("dh_baro", "baro"), ("dh_geo", "geo")):
            if a[column] is None or b[column] is None:
                row[rate] = None
                continue
            row[rate] = (b[column] - a[column]) / (b["time"] - a["time"])
            if rate.startswith("dh") and abs(row[rate]) < level:
                row[rate] = 0.0


def _interpolate(segment, course_interpolation):
    first, last = math.ceil(segment[0]["time"]), math.floor(segment[-1]["time"])
    track = {second: {} for second in range(first, last + 1)}
    for column in OUTPUT:
        known = [row for row in segment if row[column] is not None]
        x, y = [row["time"] for row in known], [row[column] for row in known]
        if column == "lon" or (column == "course" and course_interpolation == "unwrapped"):
            y = _unwrapped(y)
        curve = PchipInterpolator(x, y, extrapolate=False) if len(x) > 1 else dict(zip(x, y, strict=True)).get
        for second, values in track.items():
            value = curve(second)
            if value is not None and math.isnan(value):
                value = None
            if value is not None and column == "lon":
                value = (value + 180) % 360 - 180
            if value is not None and column == "course":
                value %= 360
            values[column] = None if value is None else float(value)
    for second, values in track.items():
        row = [row for row in segment if row["time"] <= second][-1]
        values["squawk"], values["onground"] = row["squawk"], row["onground"]
    return track
