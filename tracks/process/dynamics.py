"""Step 7: course, speed, turn rate, accelerations and vertical rates from smoothed rows."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from tracks.process.rhumb import rhumb_line

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

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
"""Numeric columns of a track, in the order of the arrays here; the first five are the smoothed ones."""

(
    LAT,
    LON,
    BARO,
    GEO,
    SPEED_DIRECT,
    DH_BARO,
    DH_GEO,
    COURSE,
    DPSI,
    SPEED_ESTIMATE,
    DV_ESTIMATE,
    DV_DIRECT,
) = range(12)


@numba.njit(cache=True, error_model="numpy")
def derive_dynamics(smoothed: Floats, time_s: Floats, offsets: Ints, level_below_ft_s: float) -> Floats:
    """Return the smoothed columns and, below them, what follows from them: shape (12, rows), see COLUMNS.

    Course and distance are those of the rhumb line to the next row of the segment; the last row repeats the
    course and the speed of the one before. The turn rate is the signed shortest change of course over the
    time to the next row, in (−180°, 180°], an exact reversal positive; the last repeats. Accelerations and
    vertical rates are central differences, one-sided at both ends of a segment and missing where a value
    they need is. Vertical rates smaller than `level_below_ft_s` become 0. A segment has two rows or more.
    """
    values = np.empty((12, time_s.size))
    values[:5] = smoothed
    for s in range(offsets.size - 1):
        begin, last = offsets[s], offsets[s + 1] - 1
        for i in range(begin, last):
            course, distance_nm = rhumb_line(
                smoothed[LAT, i], smoothed[LON, i], smoothed[LAT, i + 1], smoothed[LON, i + 1]
            )
            values[COURSE, i] = course
            values[SPEED_ESTIMATE, i] = distance_nm / (time_s[i + 1] - time_s[i]) * 3600
        values[COURSE, last] = values[COURSE, last - 1]
        values[SPEED_ESTIMATE, last] = values[SPEED_ESTIMATE, last - 1]
        for i in range(begin, last):
            turn = values[COURSE, i + 1] - values[COURSE, i]
            if turn > 180:
                turn -= 360
            elif turn <= -180:
                turn += 360
            values[DPSI, i] = turn / (time_s[i + 1] - time_s[i])
        values[DPSI, last] = values[DPSI, last - 1]
        for i in range(begin, last + 1):
            before, after = max(i - 1, begin), min(i + 1, last)
            dt = time_s[after] - time_s[before]
            values[DV_ESTIMATE, i] = (values[SPEED_ESTIMATE, after] - values[SPEED_ESTIMATE, before]) / dt
            values[DV_DIRECT, i] = (smoothed[SPEED_DIRECT, after] - smoothed[SPEED_DIRECT, before]) / dt
            climb = (smoothed[BARO, after] - smoothed[BARO, before]) / dt
            values[DH_BARO, i] = 0 if abs(climb) < level_below_ft_s else climb
            climb = (smoothed[GEO, after] - smoothed[GEO, before]) / dt
            values[DH_GEO, i] = 0 if abs(climb) < level_below_ft_s else climb
    return values
