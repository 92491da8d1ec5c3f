"""Rhumb lines on the sphere where one minute of arc is one nautical mile."""

from __future__ import annotations

import math
from typing import Final

import numba

RADIUS_NM: Final = 10800 / math.pi
"""Radius of that sphere, NM."""


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
    half = _sin(dlat / 2)
    quotient = 2 * middle * half / (middle * middle + half * half)
    # A pole is infinitely far north on the Mercator map; rounding may step past it.
    dpsi = _artanh(quotient) if abs(quotient) < 1 else math.copysign(math.inf, quotient)
    shrink = dlat / dpsi if dpsi != 0 else middle
    course = math.degrees(math.atan2(dlon, dpsi))
    if course < 0:
        course += 360
    if course >= 360:  # a hair west of north
        course = 0.0
    east = shrink * dlon
    return course, RADIUS_NM * math.sqrt(dlat * dlat + east * east)


@numba.njit(cache=True, error_model="numpy")
def _sin(x: float) -> float:
    """Sine; of the small angles between rows, the first terms of its series, which leave out 1e-17 of it."""
    z = x * x
    return x * (1 - z / 6 * (1 - z / 20 * (1 - z / 42))) if z < 1e-4 else math.sin(x)


@numba.njit(cache=True, error_model="numpy")
def _artanh(x: float) -> float:
    """Inverse hyperbolic tangent; of small numbers, the first terms of its series, to 1e-17."""
    z = x * x
    return x * (1 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z / 9)))) if z < 1e-4 else math.atanh(x)
