"""Points of the earth: local coordinates and radii of curvature (WGS-84), directions from its middle."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracks.units import m_to_ft

SEMI_MAJOR_AXIS_M = 6378137.0
"""WGS-84 equatorial radius, metres (defining constant, NGA.STND.0036)."""
FLATTENING = 1 / 298.257223563
"""WGS-84 flattening (defining constant, NGA.STND.0036)."""
ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING)
"""First eccentricity squared."""

Floats = NDArray[np.float64]


def local_east_north_ft(
    lat_deg: ArrayLike, lon_deg: ArrayLike, lat0_deg: ArrayLike, lon0_deg: ArrayLike
) -> tuple[Floats, Floats]:
    """Return east and north of a reference point in its tangent plane (WGS-84 east-north-up).

    Points and reference lie on the ellipsoid (height 0), so the result does not depend on altitude. The
    earth-centred vector between the two is turned into the reference's east and north. The antimeridian
    and the poles need no care, and equal points give exactly 0.

    Parameters
    ----------
    lat_deg, lon_deg
        Points, WGS-84 degrees, any shape.
    lat0_deg, lon0_deg
        Reference points, degrees, of a shape that broadcasts with the points: one for all of them, or one
        a point (the first point of its segment).

    Returns
    -------
    east_ft, north_ft
        Feet, in the broadcast shape; NaN where any input is.
    """
    lat, lat0 = np.radians(lat_deg), np.radians(lat0_deg)
    sin0, cos0 = np.sin(lat0), np.cos(lat0)
    turned = np.radians(np.subtract(lon_deg, lon0_deg))
    # In the meridian plane of the reference: outward from the axis, east, and along the axis.
    normal, normal0 = prime_vertical_radius_m(np.sin(lat)), prime_vertical_radius_m(sin0)
    from_axis = normal * np.cos(lat)
    outward = from_axis * np.cos(turned) - normal0 * cos0
    along = (1 - ECCENTRICITY_SQUARED) * (normal * np.sin(lat) - normal0 * sin0)
    east_m = from_axis * np.sin(turned)
    north_m = along * cos0 - outward * sin0
    return m_to_ft(east_m), m_to_ft(north_m)


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
