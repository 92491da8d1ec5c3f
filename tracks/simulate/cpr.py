"""Compact position reporting (CPR): the grid on which airborne positions of ADS-B lie.

RTCA DO-260B, appendix A.1.7; worked examples in J. Sun, "The 1090 Megahertz Riddle", chapter on airborne
position. Even and odd messages use grids of 60 and 59 latitude zones with 2^17 cells in each; longitude zones
get fewer towards the poles, NL(lat) of them.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_ZONES = 15
_CELLS = 2**17


def _transition_latitudes() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Latitudes (degrees, rising) above which there are 58, 57, ... 1 longitude zones."""
    zones = np.arange(59, 1, -1, dtype=np.float64)
    # DO-260B A.1.7.2: the latitude at which NL drops from n to n - 1.
    ratio = (1 - math.cos(math.pi / (2 * _ZONES))) / (1 - np.cos(2 * math.pi / zones))
    return np.degrees(np.arccos(np.sqrt(ratio)))


_TRANSITIONS = _transition_latitudes()
_TRANSITIONS[-1] = 87.0  # exactly, by the standard


@njit(cache=True)
def longitude_zones(lat_deg):  # type: ignore[no-untyped-def]
    """Return NL, the number of longitude zones at a latitude: 59 at the equator, 1 beyond 87 degrees."""
    low, high = 0, len(_TRANSITIONS)
    while low < high:
        middle = (low + high) // 2
        if _TRANSITIONS[middle] < abs(lat_deg):
            low = middle + 1
        else:
            high = middle
    return 59 - low


@njit(cache=True)
def encode(lat_deg, lon_deg, odd):  # type: ignore[no-untyped-def]
    """Return the two 17-bit numbers of an airborne position message, latitude and longitude.

    Parameters
    ----------
    lat_deg, lon_deg
        Position, degrees.
    odd
        1 for an odd message, 0 for an even one.
    """
    height = 360.0 / (4 * _ZONES - odd)
    row, zone = _cell(lat_deg / height)
    lat_cell = height * (row / _CELLS + zone)
    column, _ = _cell(lon_deg / (360.0 / max(longitude_zones(lat_cell) - odd, 1)))
    return row % _CELLS, column % _CELLS


@njit(cache=True)
def _cell(zones):  # type: ignore[no-untyped-def]
    """Nearest cell (0 to 2^17) of a place counted in zones, and the zone."""
    zone = math.floor(zones)
    return math.floor(_CELLS * (zones - zone) + 0.5), zone


@njit(cache=True)
def decode(row, column, odd, near_lat_deg, near_lon_deg):  # type: ignore[no-untyped-def]
    """Return the position of a message, the one nearest to a known position (locally unambiguous decoding).

    Latitude and longitude in degrees, longitude in [-180, 180).
    """
    height = 360.0 / (4 * _ZONES - odd)
    lat = height * (_nearest_zone(near_lat_deg / height, row / _CELLS) + row / _CELLS)
    width = 360.0 / max(longitude_zones(lat) - odd, 1)
    lon = width * (_nearest_zone(near_lon_deg / width, column / _CELLS) + column / _CELLS)
    return lat, lon - 360.0 * math.floor((lon + 180.0) / 360.0)


@njit(cache=True)
def _nearest_zone(near, part):  # type: ignore[no-untyped-def]
    """Zone in which the given part of a zone lies nearest to a place counted in zones."""
    whole = math.floor(near)
    return whole + math.floor(0.5 + (near - whole) - part)
