"""Arcs and circles about a point of the WGS-84 ellipsoid, as polygons' points.

Near a point the ellipsoid is a sphere of one radius along the meridian (M) and of another across it (N): a
distance's north part over M and its east part over N are angles on the unit sphere about the centre. Within
60 NM and below 70° of latitude this is within 10 m of the geodesic (30 NM: 2.5 m); one sphere alone would
be up to 620 m off.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tracks.geodesy import meridian_radius_m, prime_vertical_radius_m

Floats = NDArray[np.float64]
Point = tuple[float, float]
"""Latitude and longitude, degrees."""

M_PER_NM = 1852.0
CHORD_TOLERANCE_M = 5.0
"""No chord strays farther from its arc than this; the points themselves lie on the arc."""
_WIDEST_STEP = math.radians(30)


def circle(centre: Point, radius_nm: float) -> Floats:
    """Return a closed ring of (longitude, latitude) rows, degrees, of a radius in nautical miles."""
    return arc(centre, radius_nm, 0.0, 360.0)


def arc(
    centre: Point, radius_nm: float, start_deg: float, end_deg: float, *, clockwise: bool = True
) -> Floats:
    """Return points of an arc from one true bearing to another, (longitude, latitude) rows, degrees.

    Equal bearings are a full circle. Longitudes run on beyond ±180°.
    """
    start, end = math.radians(start_deg), math.radians(end_deg)
    return _sweep(centre, (start, radius_nm * M_PER_NM), (end, radius_nm * M_PER_NM), clockwise=clockwise)


def arc_between(centre: Point, start: Point, end: Point, *, clockwise: bool = True) -> Floats:
    """Return points of an arc from a point to another, both included, (longitude, latitude) rows, degrees.

    Where the ends are not equally far from the centre, as published ends seldom are to the metre, the radius
    goes evenly from one's distance to the other's. Equal ends are a full circle.
    """
    points = _sweep(centre, _polar(centre, start), _polar(centre, end), clockwise=clockwise)
    points[0], points[-1] = start[::-1], end[::-1]
    return points


def _sweep(centre: Point, start: tuple[float, float], end: tuple[float, float], *, clockwise: bool) -> Floats:
    """Points from (bearing rad, distance m) to another, turning clockwise or the other way round."""
    turn = (end[0] - start[0]) % math.tau if clockwise else (start[0] - end[0]) % math.tau
    turn = turn if turn > 1e-9 else math.tau
    reach = max(start[1], end[1])
    step = min(2 * math.acos(max(1 - CHORD_TOLERANCE_M / reach, -1)), _WIDEST_STEP) if reach else math.tau
    share = np.linspace(0, 1, max(math.ceil(turn / step), 2) + 1)
    bearing = start[0] + (turn if clockwise else -turn) * share
    return _points(centre, bearing, start[1] + (end[1] - start[1]) * share)


def _radii_m(centre: Point) -> tuple[float, float]:
    sin_lat = np.sin(np.radians(centre[0]))
    return float(meridian_radius_m(sin_lat)), float(prime_vertical_radius_m(sin_lat))


def _points(centre: Point, bearing: Floats, distance_m: Floats) -> Floats:
    """(longitude, latitude) rows, degrees, of bearings (rad) and distances from a centre."""
    meridian, across = _radii_m(centre)
    north, east = distance_m * np.cos(bearing) / meridian, distance_m * np.sin(bearing) / across
    angle, heading = np.hypot(north, east), np.arctan2(east, north)
    lat0 = math.radians(centre[0])
    sin_lat = math.sin(lat0) * np.cos(angle) + math.cos(lat0) * np.sin(angle) * np.cos(heading)
    turned = np.arctan2(
        np.sin(heading) * np.sin(angle) * math.cos(lat0), np.cos(angle) - math.sin(lat0) * sin_lat
    )
    return np.column_stack([centre[1] + np.degrees(turned), np.degrees(np.arcsin(sin_lat))])


def _polar(centre: Point, point: Point) -> tuple[float, float]:
    """Bearing (rad) and distance (m) of a point from a centre: what `_points` turns into the point again."""
    lat0, lat = math.radians(centre[0]), math.radians(point[0])
    turned = math.radians(point[1] - centre[1])
    y = math.sin(turned) * math.cos(lat)
    x = math.cos(lat0) * math.sin(lat) - math.sin(lat0) * math.cos(lat) * math.cos(turned)
    angle = math.atan2(
        math.hypot(x, y), math.sin(lat0) * math.sin(lat) + math.cos(lat0) * math.cos(lat) * math.cos(turned)
    )
    heading = math.atan2(y, x)
    meridian, across = _radii_m(centre)
    north_m, east_m = angle * math.cos(heading) * meridian, angle * math.sin(heading) * across
    return math.atan2(east_m, north_m), math.hypot(north_m, east_m)
