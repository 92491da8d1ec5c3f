"""A grid of small cells over polygons: which of them touch a cell, and which cover all of it.

The grid is made once, of the polygons alone, so its size does not depend on the points that are looked up.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracks.enrich.arrays import Integers
from tracks.enrich.edges import INSIDE, SLACK_DEG, Edges, expand, side

_STRIDE = 1 << 32
COVERED = -1
"""In place of a strip: the polygon covers the cells."""


class Cells(NamedTuple):
    """Runs of neighbouring cells of a row that are alike, ascending.

    A cell's key grows eastwards, then northwards. Run r goes from the key `first[r]` to before
    `first[r + 1]`; the polygons `polygon[start[r] : start[r + 1]]` touch its cells, ascending, and have there
    the edges of the strips `strip[start[r] : start[r + 1]]`, or cover them, where that is `COVERED`. The runs
    that begin in row k, counted from the row `low`, are those from `row[k]` to before `row[k + 1]`.
    """

    low: int
    row: Integers
    first: Integers
    start: Integers
    polygon: NDArray[np.int32]
    strip: NDArray[np.int32]


def cells_of(edges: Edges, cell_deg: float) -> Cells:
    """Make the grid of the polygons whose edges are in strips as high as a cell.

    Parameters
    ----------
    cell_deg
        Edge of a cell, degrees.
    """
    first, stop, polygon, strip = _runs(edges, cell_deg)
    bounds = np.unique(np.concatenate([first, stop]))
    run, piece = expand(np.searchsorted(bounds, first), np.searchsorted(bounds, stop))
    order = np.lexsort((polygon[run], piece))
    run, piece = run[order], piece[order]
    # Before the first piece and after the last one lie runs without polygons.
    limits = np.iinfo(np.int64)
    start = np.searchsorted(piece, np.arange(-1, bounds.size + 1))
    keys = np.concatenate([[limits.min], bounds, [limits.max]])
    low, high = (bounds[[0, -1]] + _STRIDE // 2) // _STRIDE if bounds.size else (0, 0)
    row = np.searchsorted(keys, (np.arange(low, high + 2) * _STRIDE) - _STRIDE // 2)
    return Cells(int(low), row, keys, start, polygon[run], strip[run])


@njit(cache=True)
def run_of(cells, row, column):  # type: ignore[no-untyped-def]
    """Return the run that holds a cell."""
    key = row * _STRIDE + column
    at = min(max(row - cells.low, 0), cells.row.size - 2)
    run, stop = cells.row[at] - 1, cells.row[at + 1]
    while stop - run > 1:
        middle = (run + stop) >> 1
        if cells.first[middle] <= key:
            run = middle
        else:
            stop = middle
    return run


@njit(cache=True)
def sides_of(cells, row, run, cell_deg):  # type: ignore[no-untyped-def]
    """Return the box of the cells of a row that are in a run: south, north, west, east, degrees.

    A hair smaller than the cells, so that rounding cannot put a point of another run or at ±180° in it.
    """
    zero = float(row) * _STRIDE
    west = max((cells.first[run] - zero) * cell_deg, -180.0)
    east = min((cells.first[run + 1] - zero) * cell_deg, 180.0)
    return row * cell_deg + SLACK_DEG, (row + 1) * cell_deg - SLACK_DEG, west + SLACK_DEG, east - SLACK_DEG


@njit(cache=True)
def _runs(edges, cell_deg):  # type: ignore[no-untyped-def]
    """Return, polygon by polygon and row by row, the runs of cells with an edge in them or wholly inside.

    Keys of the first cell and of the one after the last, polygons, and their strips, or `COVERED`.
    """
    most = 2 * len(edges.ends)
    first, stop = np.empty(most, np.int64), np.empty(most, np.int64)
    polygon, strips = np.empty(most, np.int32), np.empty(most, np.int32)
    number = 0
    for shape in range(edges.low.size):
        for strip in range(edges.strip[shape], edges.strip[shape + 1]):
            row = edges.low[shape] + strip - edges.strip[shape]
            south, north = edges.start[strip], edges.start[strip + 1]
            west, east = np.empty(north - south, np.int64), np.empty(north - south, np.int64)
            for place in range(north - south):
                west[place], east[place] = _columns(edges.ends[south + place], row, cell_deg)
            end = 0
            for at, place in enumerate(np.argsort(west)):
                begin = west[place]
                if at and begin <= end:
                    end = max(end, east[place] + 1)
                    stop[number - 1] = row * _STRIDE + end
                    continue
                x, y = (end + 0.5) * cell_deg, (row + 0.5) * cell_deg
                if at and side(edges.ends, south, north, x, y) == INSIDE:
                    first[number], stop[number] = row * _STRIDE + end, row * _STRIDE + begin
                    polygon[number], strips[number] = shape, COVERED
                    number += 1
                end = east[place] + 1
                first[number], stop[number] = row * _STRIDE + begin, row * _STRIDE + end
                polygon[number], strips[number] = shape, strip
                number += 1
    return first[:number], stop[:number], polygon[:number], strips[:number]


@njit(cache=True)
def _columns(edge, row, cell_deg):  # type: ignore[no-untyped-def]
    """Return the first and the last column of cells of a row that an edge touches."""
    xa, ya, xb, yb = edge
    west, east = min(xa, xb), max(xa, xb)
    # Of a flatter edge rounding could shift the cut by more than the slack.
    if abs(yb - ya) > 1e-3 * (east - west):
        slope = (xb - xa) / (yb - ya)
        south, north = row * cell_deg - SLACK_DEG, (row + 1) * cell_deg + SLACK_DEG
        one = xa + (min(max(ya, south), north) - ya) * slope
        other = xa + (min(max(yb, south), north) - ya) * slope
        west, east = max(west, min(one, other)), min(east, max(one, other))
    return math.floor((west - SLACK_DEG) / cell_deg), math.floor((east + SLACK_DEG) / cell_deg)
