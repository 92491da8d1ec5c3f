"""Which polygons hold which points: exactly what shapely says, at the cost of a table where possible."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from tracks.enrich.arrays import Floats, Integers
from tracks.enrich.cells import cells_of, row_of, run_of
from tracks.enrich.edges import INSIDE, UNSURE, edges_of, side
from tracks.enrich.layers import Geometries

_NONE, _UNSURE = -1, -2


class Limits(NamedTuple):
    """Vertical limits of geometries, both included: of each, on which of the points' scales they count.

    A point's scales are rows of an array, such as its altitude and its height.
    """

    floor: Floats
    ceiling: Floats
    floor_scale: NDArray[np.int8]
    ceiling_scale: NDArray[np.int8]


_UNLIMITED = Limits(np.empty(0), np.empty(0), np.empty(0, np.int8), np.empty(0, np.int8))
_NO_SCALES = np.empty((0, 0))


class PolygonIndex:
    """Polygons by cell.

    A cell knows the polygons that touch it, and of each whether it covers the whole cell. Points of a
    covered cell are inside without a look at the polygon; points of a touched cell count the edges of its
    strip of latitude that lie to their east. Where rounding could decide, which is within some 1e-14 degrees
    of an edge, shapely does. All other points are outside. A polygon's boundary belongs to it.

    Parameters
    ----------
    geometries
        Valid polygons or multipolygons, degrees. One that reaches beyond ±180° also counts 360° on.
    cell_deg
        Edge of a cell, degrees.
    limits
        Vertical limits of the geometries; none where not given.
    """

    def __init__(self, geometries: Geometries, cell_deg: float, limits: Limits = _UNLIMITED) -> None:
        parts, owner = _polygons(geometries)
        shapely.prepare(parts)
        self._parts = parts
        self._owner = owner
        self._tree = shapely.STRtree(parts)
        self._edges = edges_of(parts, cell_deg)
        self._cells = cells_of(self._edges, cell_deg)
        self._cells_per_deg = 1 / cell_deg
        self._limits = limits

    def first(self, lat_deg: Floats, lon_deg: Floats, scales: Floats = _NO_SCALES) -> Integers:
        """Return the index of the first geometry in order that holds each point, -1 where none does.

        A point at exactly ±180° is on both sides of the antimeridian.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        scales
            The points' values on the scales of the limits (a row a scale); NaN is within no limit.
        """
        found = self._first(lat_deg, lon_deg, scales)
        (seam,) = np.nonzero(np.abs(lon_deg) == 180)
        if seam.size:
            there = self._first(lat_deg[seam], -lon_deg[seam], scales[:, seam] if scales.size else scales)
            here = found[seam]
            found[seam] = np.where((here < 0) | ((there >= 0) & (there < here)), there, here)
        return found

    def _first(self, lat_deg: Floats, lon_deg: Floats, scales: Floats) -> Integers:
        found = np.empty(lat_deg.size, np.int64)
        _find(
            lat_deg,
            lon_deg,
            scales,
            self._cells_per_deg,
            self._cells,
            self._edges,
            self._owner,
            self._limits,
            found,
        )
        (unsure,) = np.nonzero(found == _UNSURE)
        if unsure.size:
            lat_deg, lon_deg = lat_deg[unsure], lon_deg[unsure]
            point, part = self._tree.query(shapely.points(lon_deg, lat_deg))
            holds = shapely.intersects_xy(self._parts[part], lon_deg[point], lat_deg[point])
            point, owner = unsure[point[holds]], self._owner[part[holds]]
            found[unsure] = _NONE
            _settle(point, owner, scales, self._limits, found)
        return found


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


@njit(cache=True)
def _find(lat_deg, lon_deg, scales, cells_per_deg, cells, edges, owner, limits, found):  # type: ignore[no-untyped-def]
    """Fill in the first geometry that holds each point, `_NONE`, or `_UNSURE` if rounding could decide."""
    run = 0
    for point in range(lat_deg.size):
        found[point] = _NONE
        row = row_of(lat_deg[point], cells_per_deg)
        run = run_of(cells, row, lon_deg[point], cells_per_deg, run)
        for place in range(cells.start[run], cells.start[run + 1]):
            part = cells.polygon[place]
            if not _within(limits, owner[part], scales, point):
                continue
            where = INSIDE
            if not cells.covered[place]:
                where = side(edges, part, row, lon_deg[point], lat_deg[point])
            if where == INSIDE:
                found[point] = owner[part]
                break
            if where == UNSURE:
                found[point] = _UNSURE
                break


@njit(cache=True)
def _settle(point, owner, scales, limits, found):  # type: ignore[no-untyped-def]
    """Fill in the first geometry of points that are unsure, given every pair of one and what holds it."""
    for pair in range(point.size):
        at, mine = point[pair], owner[pair]
        if _within(limits, mine, scales, at) and (found[at] < 0 or mine < found[at]):
            found[at] = mine


@njit(cache=True)
def _within(limits, owner, scales, point):  # type: ignore[no-untyped-def]
    """Return whether a point is within the vertical limits of a geometry."""
    if limits.floor.size == 0:
        return True
    floor = scales[limits.floor_scale[owner], point] >= limits.floor[owner]
    return floor and scales[limits.ceiling_scale[owner], point] <= limits.ceiling[owner]
