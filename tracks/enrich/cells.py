"""A grid of small cells over the globe, so that what holds for a whole cell is worked out once.

Positions repeat: a track at 1 Hz has hundreds of seconds in a cell, a year of traffic millions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_STRIDE = 1 << 32
_SLACK_DEG = 1e-9


def cells_of(lat_deg: Floats, lon_deg: Floats, cell_deg: float) -> tuple[Integers, Integers]:
    """Return the distinct cells of the points, ascending, and the index among them of each point's cell.

    Parameters
    ----------
    lat_deg, lon_deg
        Points, finite degrees.
    cell_deg
        Edge of a cell, degrees.
    """
    if lat_deg.size == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    row = np.floor(lat_deg / cell_deg).astype(np.int64)
    column = np.floor(lon_deg / cell_deg).astype(np.int64)
    cell = row * _STRIDE + column
    # Neighbours in a track share their cell: only the first of each run takes part in the sort.
    first = np.concatenate([[True], cell[1:] != cell[:-1]])
    distinct, of_run = np.unique(cell[first], return_inverse=True)
    return distinct, of_run[np.cumsum(first) - 1]


def cell_bounds(cell: Integers, cell_deg: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return west, south, east, north of cells, degrees, wider by a hair than rounding can put a point."""
    row = (cell + _STRIDE // 2) // _STRIDE
    column = cell - row * _STRIDE
    west: Floats = column.astype(np.float64) * cell_deg - _SLACK_DEG
    south: Floats = row.astype(np.float64) * cell_deg - _SLACK_DEG
    width = cell_deg + 2 * _SLACK_DEG
    return west, south, west + width, south + width


class CellTable:
    """Sorted cells, each with the number that it was given when first seen."""

    def __init__(self) -> None:
        self._cells = np.empty(0, np.int64)
        self._numbers = np.empty(0, np.int64)

    def new(self, cells: Integers) -> Integers:
        """Return those of the distinct cells that are new, in order, and number them on from the last."""
        place = np.searchsorted(self._cells, cells)
        known = np.zeros(cells.size, bool)
        inside = place < self._cells.size
        known[inside] = self._cells[place[inside]] == cells[inside]
        fresh, place = cells[~known], place[~known]
        if fresh.size:
            numbers = np.arange(self._cells.size, self._cells.size + fresh.size)
            self._cells = np.insert(self._cells, place, fresh)
            self._numbers = np.insert(self._numbers, place, numbers)
        return fresh

    def numbers(self, cells: Integers) -> Integers:
        """Return the numbers of cells, all of which are known."""
        return self._numbers[np.searchsorted(self._cells, cells)]
