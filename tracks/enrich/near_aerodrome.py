"""The nearest aerodrome of a position: which it is, how far, in which direction, how far below.

**Beyond** the published method, which has no such columns.
"""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
from numba import njit

from tracks.aerodromes.reading import Aerodromes
from tracks.enrich.arrays import Floats, Integers
from tracks.geodesy import unit_vectors

_NM_PER_RADIAN = 10800 / math.pi
_FEW = 8
"""So many points or fewer are looked at one by one."""
_STEP = 1 / _NM_PER_RADIAN
"""A chord of 1 NM: more than an aircraft flies in a second."""
_ROUNDING = 1e-12
"""More than rounding makes of chords between points of the unit sphere."""


class NearAerodromes:
    """Aerodromes in a k-d tree (Bentley 1975) of points of the unit sphere in space.

    Parameters
    ----------
    aerodromes
        One at least. Of two that are equally near, the first is the nearest.
    """

    def __init__(self, aerodromes: Aerodromes) -> None:
        points = unit_vectors(aerodromes.lat_deg, aerodromes.lon_deg)
        self._aerodromes = aerodromes
        self._idents = pa.array(aerodromes.ident, pa.string())
        self._order = _tree_order(points)
        self._points = points[self._order]

    def nearest(self, lat_deg: Floats, lon_deg: Floats) -> tuple[Integers, Floats]:
        """Return the index of the nearest aerodrome of each point, and its distance.

        Distances are along the great circle, on the sphere where one minute of arc is 1 NM.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.

        Returns
        -------
        index, distance_nm
            One a point.
        """
        index, chord = _nearest(unit_vectors(lat_deg, lon_deg), self._points, self._order)
        return index, 2 * np.arcsin(np.minimum(chord / 2, 1)) * _NM_PER_RADIAN

    def columns(self, lat_deg: Floats, lon_deg: Floats, alt_ft_msl: Floats) -> dict[str, pa.Array | Floats]:
        """Return the optional columns of the tracks.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        alt_ft_msl
            Their altitudes, ft MSL, NaN where missing.
        """
        index, distance_nm = self.nearest(lat_deg, lon_deg)
        used, place = np.unique(index, return_inverse=True)
        at = self._aerodromes
        return {
            "nearest_aerodrome": pa.DictionaryArray.from_arrays(
                place.astype(np.int32), self._idents.take(pa.array(used))
            ),
            "aerodrome_distance_nm": distance_nm,
            "aerodrome_bearing_deg": bearing_deg(at.lat_deg[index], at.lon_deg[index], lat_deg, lon_deg),
            "height_above_aerodrome_ft": alt_ft_msl - at.elevation_ft[index],
        }


def bearing_deg(from_lat_deg: Floats, from_lon_deg: Floats, lat_deg: Floats, lon_deg: Floats) -> Floats:
    """Return the bearing at the first points of the great circles to the second ones, [0, 360) degrees.

    From true north, clockwise, on the sphere; 0 where the two are one.
    """
    lat0, lat = np.radians(from_lat_deg), np.radians(lat_deg)
    turned = np.radians(lon_deg - from_lon_deg)
    east = np.sin(turned) * np.cos(lat)
    # cos lat0 sin lat - sin lat0 cos lat cos turned, without the cancellation of two near points.
    north = np.sin(lat - lat0) + 2 * np.sin(lat0) * np.cos(lat) * np.sin(turned / 2) ** 2
    bearing = np.degrees(np.arctan2(east, north)) % 360
    return np.where(bearing == 360, 0.0, bearing)


def _tree_order(points: Floats) -> Integers:
    """Return the order of points that is the tree.

    A run of it is a node: what stands before its middle is no further along the node's axis than the point in
    the middle, what stands behind it no less far. Axes take turns.
    """
    order = np.arange(len(points))
    nodes = [(0, len(points), 0)]
    while nodes:
        first, stop, axis = nodes.pop()
        if stop - first > _FEW:
            middle = (first + stop) // 2
            run = order[first:stop]
            order[first:stop] = run[np.argpartition(points[run, axis], middle - first)]
            nodes += [(first, middle, (axis + 1) % 3), (middle + 1, stop, (axis + 1) % 3)]
    return order


@njit(cache=True)
def _square(places, place, points, point):  # type: ignore[no-untyped-def]
    """Return the square of the chord between one of some places and one of some points."""
    dx = places[place, 0] - points[point, 0]
    dy = places[place, 1] - points[point, 1]
    dz = places[place, 2] - points[point, 2]
    return dx * dx + dy * dy + dz * dz


@njit(cache=True)
def _nearer(places, place, points, order, point, best, least, second):  # type: ignore[no-untyped-def]
    """Return the nearer of a point and the best so far, the square of its chord, and that of the next one."""
    square = _square(places, place, points, point)
    if square < least or (square == least and order[point] < order[best]):
        return point, square, least
    return best, least, min(second, square)


@njit(cache=True)
def _nearest(places, points, order):  # type: ignore[no-untyped-def]
    """Return the nearest point of each place by its number in `order`, and the chord to it.

    It stays the nearest up to half the way that the second one is further off, so that consecutive places of
    a track mostly need no search.
    """
    index = np.empty(len(places), np.int64)
    chord = np.empty(len(places))
    # Nodes that are left for later, and the square of the distance to the plane before them.
    firsts, stops, axes = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64, np.int64)
    gaps = np.empty(64)
    known, best, free = 0, 0, -1.0
    for place in range(len(places)):
        if _square(places, place, places, known) < free:
            index[place], chord[place] = order[best], math.sqrt(_square(places, place, points, best))
            continue
        # The search for the second is for the next place, which after a leap may be anywhere.
        follows = place > 0 and _square(places, place, places, place - 1) < _STEP * _STEP
        best, least, second = 0, np.inf, np.inf
        firsts[0], stops[0], axes[0], gaps[0] = 0, len(points), 0, 0.0
        left = 1
        while left:
            left -= 1
            if gaps[left] > (second if follows else least):
                continue
            first, stop, axis = firsts[left], stops[left], axes[left]
            while stop - first > _FEW:
                middle = (first + stop) // 2
                beyond = places[place, axis] - points[middle, axis]
                axis = (axis + 1) % 3
                axes[left], gaps[left] = axis, beyond * beyond
                if beyond < 0:
                    firsts[left], stops[left], stop = middle + 1, stop, middle
                else:
                    firsts[left], stops[left], first = first, middle, middle + 1
                left += 1
                best, least, second = _nearer(places, place, points, order, middle, best, least, second)
            for point in range(first, stop):
                best, least, second = _nearer(places, place, points, order, point, best, least, second)
        index[place], chord[place] = order[best], math.sqrt(least)
        known, free = place, 0.0
        if follows:
            free = max((math.sqrt(second) - math.sqrt(least)) / 2 - _ROUNDING, 0.0) ** 2
    return index, chord
