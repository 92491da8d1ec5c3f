"""Which polygons hold which points: exactly what shapely says, but asked of whole cells where possible."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from tracks.enrich.cells import CellTable, Floats, Integers, cell_bounds, cells_of
from tracks.enrich.layers import Geometries


class PolygonIndex:
    """Polygons by cell.

    A cell knows the polygons that touch it, and of each whether it covers the whole cell. Points of a
    covered cell are inside without a look at the polygon; points of a touched cell are tested one by one
    against the prepared polygon; all other points are outside. A polygon's boundary belongs to it.

    Parameters
    ----------
    geometries
        Valid polygons or multipolygons, degrees. One that reaches beyond ±180° also counts 360° on.
    cell_deg
        Edge of a cell, degrees.
    """

    def __init__(self, geometries: Geometries, cell_deg: float) -> None:
        parts, owner = shapely.get_parts(geometries, return_index=True)
        polygonal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        parts, owner = parts[polygonal], owner[polygonal]
        west, _, east, _ = shapely.bounds(parts).T
        for beyond, turn_deg in ((east > 180, -360), (west < -180, 360)):
            parts = np.concatenate([parts, _turned(parts[: beyond.size][beyond], turn_deg)])
            owner = np.concatenate([owner, owner[: beyond.size][beyond]])
        shapely.prepare(parts)
        self._parts = parts
        self._owner = owner.astype(np.int64)
        self._tree = shapely.STRtree(parts)
        self._cell_deg = cell_deg
        self._table = CellTable()
        # For each numbered cell a range of the lists below it.
        self._start = np.zeros(1, np.int64)
        self._part = np.empty(0, np.int64)
        self._covered = np.empty(0, bool)

    def candidates(self, lat_deg: Floats, lon_deg: Floats) -> tuple[Integers, Integers, NDArray[np.bool_]]:
        """Return every pair of a point and a part near it, by point: their indices, and whether it is sure.

        A sure pair is inside; the others are for `holds` to decide.
        """
        cells, which = cells_of(lat_deg, lon_deg, self._cell_deg)
        self._learn(self._table.new(cells))
        number = self._table.numbers(cells)[which]
        start = self._start[number]
        near = self._start[number + 1] - start
        point = np.repeat(np.arange(lat_deg.size), near)
        place = np.arange(point.size) + np.repeat(start - (np.cumsum(near) - near), near)
        return point, self._part[place], self._covered[place]

    def holds(self, part: Integers, lat_deg: Floats, lon_deg: Floats) -> NDArray[np.bool_]:
        """Return whether each part covers the point of the same place."""
        return np.asarray(shapely.intersects_xy(self._parts[part], lon_deg, lat_deg), bool)

    def geometry_of(self, part: Integers) -> Integers:
        """Return the index of the geometry that each part belongs to."""
        return self._owner[part]

    def first(self, lat_deg: Floats, lon_deg: Floats) -> Integers:
        """Return the index of the first geometry in order that covers each point, -1 where none does."""
        point, part, inside = self.candidates(lat_deg, lon_deg)
        unsure = np.flatnonzero(~inside)
        at = point[unsure]
        inside[unsure] = self.holds(part[unsure], lat_deg[at], lon_deg[at])
        found = np.full(lat_deg.size, len(self._parts), np.int64)
        np.minimum.at(found, point[inside], self._owner[part[inside]])
        found[found == len(self._parts)] = -1
        return found

    def _learn(self, cells: Integers) -> None:
        """Work out the parts that touch or cover cells that the table has just numbered."""
        boxes = shapely.box(*cell_bounds(cells, self._cell_deg))
        cell, part = self._tree.query(boxes)
        touches = shapely.intersects(self._parts[part], boxes[cell])
        cell, part = cell[touches], part[touches]
        order = np.lexsort((part, cell))
        cell, part = cell[order], part[order]
        self._part = np.concatenate([self._part, part])
        self._covered = np.concatenate([self._covered, shapely.covers(self._parts[part], boxes[cell])])
        ends = self._start[-1] + np.cumsum(np.bincount(cell, minlength=cells.size))
        self._start = np.concatenate([self._start, ends])


def _turned(parts: Geometries, by_deg: float) -> Geometries:
    """Move polygons east by whole turns."""
    return np.asarray(shapely.transform(parts, lambda lon_lat: np.add(lon_lat, (by_deg, 0))), object)
