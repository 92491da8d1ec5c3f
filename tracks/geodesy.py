"""Points of the earth: radii of curvature (WGS-84), directions from its middle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SEMI_MAJOR_AXIS_M = 6378137.0
"""WGS-84 equatorial radius, metres (defining constant, NGA.STND.0036)."""
FLATTENING = 1 / 298.257223563
"""WGS-84 flattening (defining constant, NGA.STND.0036)."""
ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING)
"""First eccentricity squared."""

Floats = NDArray[np.float64]


def unit_vectors(lat_deg: Floats, lon_deg: Floats) -> Floats:
    """Return points of the unit sphere in space, shape (n, 3); x towards 0° N 0° E, z to the north pole."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def prime_vertical_radius_m(sin_lat: Floats) -> Floats:
    """Return radii of curvature of the ellipsoid across the meridian, metres, of sines of latitudes."""
    return np.asarray(SEMI_MAJOR_AXIS_M / np.sqrt(1 - ECCENTRICITY_SQUARED * sin_lat**2))


def meridian_radius_m(sin_lat: Floats) -> Floats:
    """Return radii of curvature of the ellipsoid along the meridian, metres, of sines of latitudes."""
    shrink = (1 - ECCENTRICITY_SQUARED) / (1 - ECCENTRICITY_SQUARED * sin_lat**2)
    return np.asarray(prime_vertical_radius_m(sin_lat) * shrink)
