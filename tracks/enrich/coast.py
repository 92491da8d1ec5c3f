"""Which of two lands a point at sea is off: the nearer one, if near enough."""

from __future__ import annotations

import math

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from tracks.enrich.cells import CellTable, Floats, Integers, cell_bounds, cells_of
from tracks.enrich.layers import Geometries

_CELL_DEG = 1 / 16
_EDGE_DEG = 0.1
_RADIANS_PER_NM = math.pi / 10800


class Coast:
    """The outlines of lands, for telling how far a point is from each.

    Distances are on the sphere where one minute of arc is 1 NM. Outlines are straight in longitude and
    latitude between their corners, cut into pieces of at most 0.1° whose chords stand for them (off by
    less than 3 m).

    Parameters
    ----------
    lands
        For each land its polygons, degrees.
    within_nm
        Points further from every land than this are off none.
    """

    def __init__(self, lands: list[Geometries], within_nm: float) -> None:
        edges = [_edges(polygons) for polygons in lands]
        starts, ends = (np.concatenate([edge[side] for edge in edges]) for side in (0, 1))
        middle = (starts + ends) / 2
        bucket = _bucket(middle[:, 1], middle[:, 0])
        order = np.argsort(bucket, kind="stable")
        self._start, self._end = _unit_vectors(starts[order]), _unit_vectors(ends[order])
        self._land = np.repeat(np.arange(len(lands)), [len(edge[0]) for edge in edges])[order]
        self._buckets = np.searchsorted(bucket[order], np.arange(180 * 360 + 1))
        self._lands = len(lands)
        self._within_nm = within_nm
        self._table = CellTable()
        self._of_cell = np.empty(0, np.int8)

    def off(self, lat_deg: Floats, lon_deg: Floats) -> NDArray[np.int8]:
        """Return the index of the nearest land within reach of each point, -1 where there is none.

        Where two are equally near the first one is returned.

        Parameters
        ----------
        lat_deg, lon_deg
            Points in no land, finite degrees.
        """
        cells, which = cells_of(lat_deg, lon_deg, _CELL_DEG)
        fresh = self._table.new(cells)
        self._of_cell = np.concatenate([self._of_cell, self._whole_cells(fresh)])
        found = self._of_cell[self._table.numbers(cells)][which]
        (mixed,) = np.nonzero(found == _MIXED)
        distance_nm = self.distances_nm(lat_deg[mixed], lon_deg[mixed], self._within_nm)
        found[mixed] = np.where(np.isfinite(distance_nm.min(1)), distance_nm.argmin(1), -1)
        return found

    def distances_nm(self, lat_deg: Floats, lon_deg: Floats, most_nm: float) -> Floats:
        """Return the distance of each point (row) to each land's outline, NM; infinite beyond `most_nm`."""
        points = _unit_vectors(np.column_stack([lon_deg, lat_deg]))
        nearest = np.full((lat_deg.size, self._lands), np.inf)
        reach = min(most_nm * _RADIANS_PER_NM, math.pi)
        _nearest(lat_deg, lon_deg, points, self._start, self._end, self._land, self._buckets, reach, nearest)
        nearest[nearest > most_nm] = np.inf
        return nearest

    def _whole_cells(self, cells: Integers) -> NDArray[np.int8]:
        """Return what `off` is for all points of a cell, `_MIXED` where it is not one land or none."""
        west, south, east, north = cell_bounds(cells, _CELL_DEG)
        # No point of a cell is further from its middle than this: cells are widest at the equator.
        radius_nm = 60 * math.hypot(_CELL_DEG, _CELL_DEG) / 2 * 1.001
        distance_nm = self.distances_nm(
            np.clip((south + north) / 2, -90, 90), (west + east) / 2, self._within_nm + 2 * radius_nm
        )
        nearest, rest = distance_nm.argmin(1), np.sort(distance_nm, axis=1)
        whole = (rest[:, 0] + radius_nm <= self._within_nm) & (
            rest[:, 0] + 2 * radius_nm < rest[:, 1:].min(1, initial=np.inf)
        )
        none = rest[:, 0] - radius_nm > self._within_nm
        return np.where(whole, nearest, np.where(none, -1, _MIXED)).astype(np.int8)


_MIXED = -2


def _edges(polygons: Geometries) -> tuple[Floats, Floats]:
    """Return starts and ends (longitude, latitude) of the pieces of the polygons' outlines."""
    lines = shapely.segmentize(shapely.get_parts(shapely.boundary(polygons)), _EDGE_DEG)
    corners, line = shapely.get_coordinates(lines, return_index=True)
    joined = line[1:] == line[:-1]
    return corners[:-1][joined], corners[1:][joined]


def _bucket(lat_deg: Floats, lon_deg: Floats) -> Integers:
    """Number of the one-degree field of a point."""
    row = np.clip(np.floor(lat_deg).astype(np.int64) + 90, 0, 179)
    return np.asarray(row * 360 + np.floor(lon_deg).astype(np.int64) % 360)


def _unit_vectors(lon_lat_deg: Floats) -> Floats:
    lon, lat = np.radians(lon_lat_deg).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


@njit(cache=True)
def _nearest(lat_deg, lon_deg, points, starts, ends, lands, buckets, reach, nearest):  # type: ignore[no-untyped-def]
    """Fill in the distance to each land, NM, looking only at the fields that the reach (radians) touches."""
    for point in range(len(points)):
        margin_deg = math.degrees(reach) + 0.05
        low = max(math.floor(lat_deg[point] - margin_deg) + 90, 0)
        high = min(math.floor(lat_deg[point] + margin_deg) + 90, 179)
        # Where a circle of this radius reaches furthest east; it holds the pole if it has no such point.
        widest = math.sin(reach) / max(math.cos(math.radians(lat_deg[point])), 1e-12)
        turn_deg = math.degrees(math.asin(widest)) + 0.05 if widest < 1 and reach < 1.5 else 180.0
        west = math.floor(lon_deg[point] - turn_deg)
        columns = min(math.floor(lon_deg[point] + turn_deg) - west + 1, 360)
        x, y, z = points[point]
        for row in range(low, high + 1):
            for column in range(west, west + columns):
                field = row * 360 + column % 360
                for edge in range(buckets[field], buckets[field + 1]):
                    chord = _chord(x, y, z, starts[edge], ends[edge])
                    distance = 2 * math.asin(min(chord / 2, 1.0)) / _RADIANS_PER_NM
                    nearest[point, lands[edge]] = min(nearest[point, lands[edge]], distance)


@njit(cache=True)
def _chord(x, y, z, start, end):  # type: ignore[no-untyped-def]
    """Return the distance of a point from a straight piece in space."""
    dx, dy, dz = end[0] - start[0], end[1] - start[1], end[2] - start[2]
    px, py, pz = x - start[0], y - start[1], z - start[2]
    length = dx * dx + dy * dy + dz * dz
    along = min(max((px * dx + py * dy + pz * dz) / length, 0.0), 1.0) if length > 0 else 0.0
    return math.sqrt((px - along * dx) ** 2 + (py - along * dy) ** 2 + (pz - along * dz) ** 2)
