"""Rhumb lines on the sphere where one minute of arc is one nautical mile."""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RADIUS_NM: Final = 10800 / math.pi
"""Radius of that sphere, NM."""

_RADIANS: Final = math.pi / 180
_DEGREES: Final = 180 / math.pi
_TAN_1, _TAN_2, _TAN_3 = (math.tan(k * math.pi / 16) for k in (1, 2, 3))
_SINE: Final = np.array([(-1) ** k / math.factorial(2 * k + 1) for k in range(11)][::-1])
_ARC_TANGENT: Final = np.array([(-1) ** k / (2 * k + 1) for k in range(11)][::-1])
"""Coefficients of the series of sine and arc tangent in the square of their argument, the last one first."""
_LITTLE: Final = 1e-4  # square of an argument, of which few terms do


@numba.njit(cache=True, error_model="numpy")
def rhumb_lines(lat_deg: Floats, lon_deg: Floats, course_deg: Floats, distance_nm: Floats) -> None:
    """Write `rhumb_line` of each position but the last to the next one, to the last bits of the numbers.

    Between rows seconds apart every function has a short series, so a processor takes several rows at once.
    Rows far apart, or at a pole, are left to `rhumb_line`.
    """
    for i in range(lat_deg.size - 1):  # without a branch
        turned = lon_deg[i + 1] - lon_deg[i]
        turned = turned - 360 if turned > 180 else turned
        turned = turned + 360 if turned < -180 else turned
        dlat, dlon = _RADIANS * (lat_deg[i + 1] - lat_deg[i]), _RADIANS * turned
        middle = _cos_of_latitude((lat_deg[i] + lat_deg[i + 1]) / 2)
        z = dlat * dlat / 4
        half = dlat / 2 * (1 - z * (1 / 6 - z * (1 / 120 - z * (1 / 5040))))
        quotient = 2 * middle * half / (middle * middle + half * half)
        z = quotient * quotient
        dpsi = quotient * (1 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9)))))
        shrink = dlat / dpsi
        east = (shrink if dpsi != 0 else middle) * dlon
        distance = RADIUS_NM * math.sqrt(dlat * dlat + east * east)
        distance_nm[i] = distance if z < _LITTLE else math.nan
        course_deg[i] = _course(dlon, dpsi)
    for i in range(lat_deg.size - 1):
        if math.isnan(distance_nm[i]):
            line = rhumb_line(lat_deg[i], lon_deg[i], lat_deg[i + 1], lon_deg[i + 1])
            course_deg[i], distance_nm[i] = line


@numba.njit(cache=True, error_model="numpy")
def rhumb_line(lat0_deg: float, lon0_deg: float, lat1_deg: float, lon1_deg: float) -> tuple[float, float]:
    """Return course [deg, 0 ≤ course < 360, 0 where the points are equal] and distance [NM] of a rhumb line.

    The longitude difference is taken the short way. The difference of isometric latitudes is
    Δψ = artanh(2 cos φm sin(Δφ/2) / (cos² φm + sin²(Δφ/2))), which loses nothing near east and west where
    the difference of two logarithms would; due east and west the parallel's radius is cos φm.
    """
    dlat = math.radians(lat1_deg - lat0_deg)
    turned = lon1_deg - lon0_deg
    dlon = math.radians(turned if abs(turned) <= 180 else turned - 360 * round(turned / 360))
    if dlat == 0 and dlon == 0:
        return 0.0, 0.0
    middle = math.cos(math.radians((lat0_deg + lat1_deg) / 2))
    half = math.sin(dlat / 2)
    quotient = 2 * middle * half / (middle * middle + half * half)
    # A pole is infinitely far north on the Mercator map; rounding may step past it.
    dpsi = math.atanh(quotient) if abs(quotient) < 1 else math.copysign(math.inf, quotient)
    shrink = dlat / dpsi if dpsi != 0 else middle
    course = math.degrees(math.atan2(dlon, dpsi))
    if course < 0:
        course += 360
    if course >= 360:  # a hair west of north
        course = 0.0
    east = shrink * dlon
    return course, RADIUS_NM * math.sqrt(dlat * dlat + east * east)


@numba.njit(cache=True, error_model="numpy")
def _cos_of_latitude(lat_deg: float) -> float:
    """Cosine of −90 to 90 degrees: the sine of what is missing to a pole, by its series, to 1e-16 of it."""
    x = _RADIANS * (90 - abs(lat_deg))
    z = x * x
    sum_ = 0.0
    for k in range(_SINE.size):
        sum_ = _SINE[k] + z * sum_
    return x * sum_


@numba.njit(cache=True, error_model="numpy")
def _course(east: float, north: float) -> float:
    """Return the direction [deg, 0 ≤ direction < 360] of a vector, 0 of none, to 1e-16 of a turn.

    The arc tangent of the smaller component over the larger is that of 0, tan 22.5° or 1 nearest to it, and
    the rest, which is less than tan 11.25°, by its series.
    """
    u, v = abs(east), abs(north)
    small, large = min(u, v), max(u, v)
    from_deg, tangent = 0.0, 0.0
    from_deg, tangent = (22.5, _TAN_2) if small > _TAN_1 * large else (from_deg, tangent)
    from_deg, tangent = (45.0, 1.0) if small > _TAN_3 * large else (from_deg, tangent)
    below = large + tangent * small
    x = (small - tangent * large) / (below if below > 0 else 1.0)
    z = x * x
    sum_ = 0.0
    for k in range(_ARC_TANGENT.size):
        sum_ = _ARC_TANGENT[k] + z * sum_
    angle = from_deg + _DEGREES * (x * sum_)
    angle = 90 - angle if u > v else angle
    angle = 180 - angle if north < 0 else angle
    angle = 360 - angle if east < 0 else angle
    return angle if angle < 360 else 0.0  # a hair west of north
