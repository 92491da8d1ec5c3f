"""Which polygons hold which points: exactly what shapely says, at the cost of a table where possible."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from tracks.enrich.arrays import Floats, Integers
from tracks.enrich.cells import COVERED, cells_of, run_of, sides_of
from tracks.enrich.edges import INSIDE, OUTSIDE, SLACK_DEG, edges_of, room, side
from tracks.enrich.layers import Geometries

_NONE, _UNSURE = -1, -2
_NO_VALUES = np.empty(0)


class Limits(NamedTuple):
    """Vertical limits of geometries, ft, both included: above ground where `_agl`, else above the sea."""

    floor_ft: Floats
    ceiling_ft: Floats
    floor_agl: NDArray[np.bool_]
    ceiling_agl: NDArray[np.bool_]


_UNLIMITED = Limits(_NO_VALUES, _NO_VALUES, np.empty(0, np.bool_), np.empty(0, np.bool_))


class PolygonIndex:
    """Polygons by cell.

    A cell knows the polygons that touch it, and of each whether it covers the whole cell. Points of a
    covered cell are inside without a look at the polygon; points of a touched cell count the edges of its
    strip of latitude that lie to their east. Where rounding could decide, which is within some 1e-14 degrees
    of an edge, shapely does. All other points are outside. A polygon's boundary belongs to it.

    An answer comes with the box in which it holds: the cells that are alike, or a square that no edge enters,
    and the altitudes up to the next limits. Of the points of a track the next is mostly in it.

    Parameters
    ----------
    geometries
        Valid polygons or multipolygons, degrees. One that reaches beyond ±180° also counts 360° on.
    cell_deg
        Edge of a cell, degrees.
    labels
        What `first` returns of each geometry, and last of none: whole numbers from -1 on.
    limits
        Vertical limits of the geometries; none where not given.
    """

    def __init__(
        self, geometries: Geometries, cell_deg: float, labels: NDArray[Any], limits: Limits = _UNLIMITED
    ) -> None:
        parts, owner = _polygons(geometries)
        shapely.prepare(parts)
        self._parts = parts
        self._tree = shapely.STRtree(parts)
        self._owner = owner
        self._labels = labels
        self._cell_deg = cell_deg
        self._edges = edges_of(parts, cell_deg)
        self._cells = cells_of(self._edges, cell_deg)
        self._limits = limits
        self._highest_ft = np.inf if limits.ceiling_agl.any() else limits.ceiling_ft.max(initial=-np.inf)

    def first(
        self,
        lat_deg: Floats,
        lon_deg: Floats,
        alt_ft: Floats = _NO_VALUES,
        elevation_ft: Floats = _NO_VALUES,
    ) -> NDArray[Any]:
        """Return the label of the first geometry in order that holds each point.

        A point at exactly ±180° is on both sides of the antimeridian.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        alt_ft, elevation_ft
            Altitudes and terrain, ft MSL, if the geometries have limits. NaN is within no limit.
        """
        found = np.empty(lat_deg.size, self._labels.dtype)
        unsure = _find(
            lat_deg,
            lon_deg,
            alt_ft,
            elevation_ft,
            self._highest_ft,
            self._cell_deg,
            self._cells,
            self._edges,
            self._owner,
            self._limits,
            self._labels,
            found,
        )
        if unsure:
            self._ask_shapely(lat_deg, lon_deg, alt_ft, elevation_ft, found)
        return found

    def _ask_shapely(
        self, lat_deg: Floats, lon_deg: Floats, alt_ft: Floats, elevation_ft: Floats, found: NDArray[Any]
    ) -> None:
        """Fill in the labels of the points that are unsure."""
        (unsure,) = np.nonzero(found == _UNSURE)
        (seam,) = np.nonzero(np.abs(lon_deg[unsure]) == 180)
        point = np.concatenate([np.arange(unsure.size), seam])
        x, y = lon_deg[unsure[point]], lat_deg[unsure[point]]
        x[unsure.size :] *= -1
        place, part = self._tree.query(shapely.points(x, y))
        holds = shapely.intersects_xy(self._parts[part], x[place], y[place])
        point, owner = point[place[holds]], self._owner[part[holds]]
        if alt_ft.size:
            at = unsure[point]
            within = _within(self._limits, owner, alt_ft[at], elevation_ft[at])
            point, owner = point[within], owner[within]
        first = np.full(unsure.size, self._labels.size - 1)
        np.minimum.at(first, point, owner)
        found[unsure] = self._labels[first]


def _polygons(geometries: Geometries) -> tuple[Geometries, Integers]:
    """Return the single polygons, those beyond ±180° once more on the other side, and whose they are."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    parts, of_part = shapely.get_parts(parts, return_index=True)  # of multipolygons within collections
    owner = owner[of_part]
    polygonal = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    parts, owner = parts[polygonal], owner[polygonal]
    west, _, east, _ = shapely.bounds(parts).reshape(-1, 4).T
    for beyond, turn_deg in ((east > 180, -360), (west < -180, 360)):
        parts = np.concatenate([parts, _turned(parts[: beyond.size][beyond], turn_deg)])
        owner = np.concatenate([owner, owner[: beyond.size][beyond]])
    order = np.argsort(owner, kind="stable")
    return parts[order], owner[order].astype(np.int64)


def _turned(parts: Geometries, by_deg: float) -> Geometries:
    """Move polygons east by whole turns."""
    return np.asarray(shapely.transform(parts, lambda lon_lat: np.add(lon_lat, (by_deg, 0))), object)


def _within(limits: Limits, owner: Integers, alt_ft: Floats, elevation_ft: Floats) -> NDArray[np.bool_]:
    """Return whether altitudes are within the vertical limits of geometries."""
    alt_ft = np.maximum(alt_ft, 0)
    above_floor = np.where(limits.floor_agl[owner], alt_ft - elevation_ft, alt_ft) >= limits.floor_ft[owner]
    height = np.where(limits.ceiling_agl[owner], alt_ft - elevation_ft, alt_ft)
    within: NDArray[np.bool_] = above_floor & (height <= limits.ceiling_ft[owner])
    return within


@njit(cache=True)
def _find(  # type: ignore[no-untyped-def]
    lat_deg,
    lon_deg,
    alt_ft,
    elevation_ft,
    highest_ft,
    cell_deg,
    cells,
    edges,
    owner,
    limits,
    labels,
    found,
):
    """Fill in the label of each point, or `_UNSURE` if rounding could decide; return how many are unsure."""
    unsure, run, label, alt = 0, 0, 0, 0.0
    limited, nothing = alt_ft.size > 0, labels[-1]
    # Where the answer of the point before holds: nowhere yet.
    south, north, west, east, lowest, highest = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    starts, polygons, strips = cells.start, cells.polygon, cells.strip  # numba counts references at each look
    edge_starts, ends = edges.start, edges.ends
    floors, ceilings, floors_agl, ceilings_agl = limits
    for point in range(lat_deg.size):
        lat, lon = lat_deg[point], lon_deg[point]
        if limited:
            alt = alt_ft[point]
            if not alt <= highest_ft:
                found[point] = nothing
                continue
            alt = max(alt, 0.0)
        if south <= lat <= north and west <= lon <= east and lowest <= alt <= highest:
            found[point] = label
            continue
        before = run
        row = math.floor(lat / cell_deg)
        run = run_of(cells, row, math.floor(lon / cell_deg))
        south, north, west, east = sides_of(cells, row, run, cell_deg)
        first, lowest, highest = _NONE, -np.inf, np.inf
        for place in range(starts[run], starts[run + 1]):
            mine = owner[polygons[place]]
            if limited:
                within, low, high = _vertically(
                    alt,
                    alt - elevation_ft[point],
                    floors[mine],
                    ceilings[mine],
                    floors_agl[mine],
                    ceilings_agl[mine],
                )
                lowest, highest = max(lowest, low), min(highest, high)
                if not within:
                    continue
            where, strip = INSIDE, strips[place]
            if strip != COVERED:
                start, stop = edge_starts[strip], edge_starts[strip + 1]
                where = side(ends, start, stop, lon, lat)
                # What a first look at these cells finds is for this point: the next may be anywhere.
                half = room(ends, start, stop, lon, lat, cell_deg) - SLACK_DEG if run == before else 0.0
                south, north = max(south, lat - half), min(north, lat + half)
                west, east = max(west, lon - half), min(east, lon + half)
            if where != OUTSIDE:
                first = mine if where == INSIDE else _UNSURE
                break
        if first == _UNSURE or abs(lon) == 180:
            label, south = _UNSURE, np.inf
            unsure += 1
        else:
            label = labels[first]
        found[point] = label
    return unsure


@njit(cache=True)
def _vertically(alt, height, floor, ceiling, floor_agl, ceiling_agl):  # type: ignore[no-untyped-def]
    """Return whether a point is within the limits of a geometry, and between which altitudes that holds."""
    above = (height if floor_agl else alt) >= floor
    below = (height if ceiling_agl else alt) <= ceiling
    if floor_agl or ceiling_agl:  # at no other point, where the ground is another
        return above and below, np.inf, -np.inf
    if not above:
        return False, -np.inf, np.nextafter(floor, -np.inf)
    if not below:
        return False, np.nextafter(ceiling, np.inf), np.inf
    return True, floor, ceiling
