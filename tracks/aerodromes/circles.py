"""Circles about points of the WGS-84 ellipsoid: the boxes of latitude and longitude that hold them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracks.geodesy import (
    ECCENTRICITY_SQUARED,
    FLATTENING,
    SEMI_MAJOR_AXIS_M,
    meridian_radius_m,
    prime_vertical_radius_m,
)
from tracks.units import M_PER_NM

Floats = NDArray[np.float64]


def circle_boxes(lat_deg: Floats, lon_deg: Floats, radius_nm: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return boxes that hold the geodesic circles about points, cut at ±180°.

    To the north and south the radius is laid off on the smallest radius of curvature of the meridian within
    the circle, so that the box is too large by less than 1 m at 8 NM, and never too small. East and west are
    where a circle on the sphere of the centre's radius of curvature in the prime vertical touches a meridian
    (off by millimetres at 8 NM). A circle that holds a pole has a box of all longitudes up to that pole.

    Parameters
    ----------
    lat_deg, lon_deg
        Centres, WGS-84 degrees, shape (n,).
    radius_nm
        Radius of the circles along the ellipsoid, NM; far less than its size.

    Returns
    -------
    boxes
        West, south, east, north in degrees, shape (m, 4), rounded outward to 1e-6°; two boxes where a circle
        crosses the antimeridian.
    centre
        Index of each box's centre, shape (m,).
    """
    radius_m = radius_nm * M_PER_NM
    polar_m = SEMI_MAJOR_AXIS_M * (1 - ECCENTRICITY_SQUARED)
    nearer_equator = np.maximum(np.abs(lat_deg) - np.degrees(radius_m / polar_m), 0)
    north_deg = np.degrees(radius_m / meridian_radius_m(np.sin(np.radians(nearer_equator))))
    across = radius_m / prime_vertical_radius_m(np.sin(np.radians(lat_deg)))
    widest = np.sin(across) / np.maximum(np.cos(np.radians(lat_deg)), 1e-12)
    pole = (np.abs(lat_deg) + north_deg >= 90) | (widest >= 1)
    east_deg = np.where(pole, 360, np.degrees(np.arcsin(np.minimum(widest, 1))))
    south = np.where(pole & (lat_deg < 0), -90, lat_deg - north_deg)
    north = np.where(pole & (lat_deg > 0), 90, lat_deg + north_deg)
    west, east = lon_deg - east_deg, lon_deg + east_deg
    boxes = np.column_stack([np.maximum(west, -180), south, np.minimum(east, 180), north])
    # What reaches beyond ±180° comes in again on the other side; a box of all longitudes does so already.
    beyond_east, beyond_west = np.flatnonzero((east > 180) & ~pole), np.flatnonzero((west < -180) & ~pole)
    again = [boxes[beyond_east], boxes[beyond_west]]
    again[0][:, 0], again[0][:, 2] = -180, east[beyond_east] - 360
    again[1][:, 0], again[1][:, 2] = west[beyond_west] + 360, 180
    centre = np.concatenate([np.arange(lat_deg.size), beyond_east, beyond_west])
    return _outward(np.concatenate([boxes, *again])), centre


def _outward(boxes: Floats) -> Floats:
    """Return boxes (west, south, east, north) with their edges rounded outward to 1e-6°."""
    low, high = np.floor(boxes[:, :2] * 1e6) / 1e6, np.ceil(boxes[:, 2:] * 1e6) / 1e6
    return np.column_stack([low, high])


def box_areas_nm2(boxes: Floats) -> Floats:
    """Return the areas of boxes (west, south, east, north; degrees) on the WGS-84 ellipsoid, square NM.

    Between two parallels the ellipsoid has the area of a cylinder: Snyder, "Map projections: a working
    manual" (USGS 1987), equation 3-12 for q.
    """
    width = np.radians(boxes[:, 2] - boxes[:, 0])
    polar_nm = SEMI_MAJOR_AXIS_M * (1 - FLATTENING) / M_PER_NM
    return np.asarray(width * polar_nm**2 * (_cylinder(boxes[:, 3]) - _cylinder(boxes[:, 1])))


def _cylinder(lat_deg: Floats) -> Floats:
    """Return Snyder's q / (2 (1 - e²)): on a sphere it would be the sine of the latitude."""
    sin, e = np.sin(np.radians(lat_deg)), np.sqrt(ECCENTRICITY_SQUARED)
    return np.asarray(sin / (1 - ECCENTRICITY_SQUARED * sin**2) / 2 + np.arctanh(e * sin) / (2 * e))
