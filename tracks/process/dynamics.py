"""Step 7: course, speed, turn rate, accelerations and vertical rates from smoothed rows."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from tracks.process.rhumb import rhumb_lines

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LAT, LON, BARO, GEO, SPEED_DIRECT, COURSE, SPEED_ESTIMATE = range(7)
"""Rows of a state: the five smoothed columns, and course and speed to the next row of the segment."""

COLUMNS: Final = (
    "lat_deg",
    "lon_deg",
    "alt_baro_ft_msl",
    "alt_geo_ft_msl",
    "speed_direct_kt",
    "dh_baro_ft_s",
    "dh_geo_ft_s",
    "course_deg",
    "dpsi_deg_s",
    "speed_estimate_kt",
    "dv_estimate_kt_s",
    "dv_direct_kt_s",
)
"""Numeric columns of a track."""

VALUE, RATE, CLIMB, TURN = range(4)
SOURCE: Final = (
    *((row, VALUE) for row in (LAT, LON, BARO, GEO, SPEED_DIRECT)),
    (BARO, CLIMB),
    (GEO, CLIMB),
    (COURSE, VALUE),
    (COURSE, TURN),
    (SPEED_ESTIMATE, VALUE),
    (SPEED_ESTIMATE, RATE),
    (SPEED_DIRECT, RATE),
)
"""Of each of `COLUMNS`: the row of the state that it comes from, and how (see `value_at`)."""


@numba.njit(cache=True, error_model="numpy")
def derive_course_and_speed(state: Floats, time_s: Floats, offsets: Ints) -> None:
    """Write course [0, 360) and speed [kt] of each row of `state`, shape (7, rows), from its positions.

    They are those of the rhumb line to the next row of the segment; the last row repeats them. A segment has
    two rows or more.
    """
    for s in range(offsets.size - 1):
        begin, end = offsets[s], offsets[s + 1]
        course, speed, t = state[COURSE, begin:end], state[SPEED_ESTIMATE, begin:end], time_s[begin:end]
        rhumb_lines(state[LAT, begin:end], state[LON, begin:end], course, speed)
        for i in range(t.size - 1):
            speed[i] = speed[i] / (t[i + 1] - t[i]) * 3600  # from a distance
        course[-1], speed[-1] = course[-2], speed[-2]


@numba.njit(cache=True, error_model="numpy")
def value_at(
    how: int, values: Floats, time_s: Floats, i: int, begin: int, last: int, level_below: float
) -> float:
    """Return what follows at row `i` from one row of the state; a segment goes from `begin` to `last`.

    `RATE` is the central difference, one-sided at both ends of the segment and missing where a value it needs
    is; `CLIMB` the same, and 0 where it is smaller than `level_below`; `TURN` the signed shortest change of
    course over the time to the next row, in (−180°, 180°], an exact reversal positive; the last repeats.
    """
    if how == VALUE:
        return float(values[i])
    if how == TURN:
        i = min(i, last - 1)
        turn = values[i + 1] - values[i]
        if turn > 180:
            turn -= 360
        elif turn <= -180:
            turn += 360
        return float(turn / (time_s[i + 1] - time_s[i]))
    before, after = max(i - 1, begin), min(i + 1, last)
    rate = (values[after] - values[before]) / (time_s[after] - time_s[before])
    return 0.0 if how == CLIMB and abs(rate) < level_below else float(rate)
