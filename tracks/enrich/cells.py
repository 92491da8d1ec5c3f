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


class Cells(NamedTuple):
    """Runs of neighbouring cells of a row that are alike, ascending.

    A cell's key grows eastwards, then northwards. Run r goes from the key `first[r]` to before
    `first[r + 1]`; the polygons `polygon[start[r] : start[r + 1]]` touch its cells, ascending, and cover
    them where `covered`.
    """

    first: Integers
    start: Integers
    polygon: NDArray[np.int32]
    covered: NDArray[np.bool_]


def cells_of(edges: Edges, cell_deg: float) -> Cells:
    """Make the grid of the polygons whose edges are in strips as high as a cell.

    Parameters
    ----------
    cell_deg
        Edge of a cell, degrees.
    """
    first, stop, polygon, covered = _runs(edges, cell_deg)
    bounds = np.unique(np.concatenate([first, stop]))
    run, piece = expand(np.searchsorted(bounds, first), np.searchsorted(bounds, stop))
    order = np.lexsort((polygon[run], piece))
    run, piece = run[order], piece[order]
    # Before the first piece and after the last one lie runs without polygons.
    limits = np.iinfo(np.int64)
    start = np.searchsorted(piece, np.arange(-1, bounds.size + 1))
    return Cells(np.concatenate([[limits.min], bounds, [limits.max]]), start, polygon[run], covered[run])


@njit(cache=True)
def row_of(lat_deg, cells_per_deg):  # type: ignore[no-untyped-def]
    """Return the row of cells of a latitude."""
    return math.floor(lat_deg * cells_per_deg)


@njit(cache=True)
def run_of(cells, row, lon_deg, cells_per_deg, guess):  # type: ignore[no-untyped-def]
    """Return the run that holds a cell; a guess that is right saves the search."""
    key = row * _STRIDE + math.floor(lon_deg * cells_per_deg)
    if cells.first[guess] <= key < cells.first[guess + 1]:
        return guess
    return np.searchsorted(cells.first, key, side="right") - 1


@njit(cache=True)
def _runs(edges, cell_deg):  # type: ignore[no-untyped-def]
    """Return, polygon by polygon and row by row, the runs of cells with an edge in them or wholly inside.

    Keys of the first cell and of the one after the last, polygons, and whether the run is inside.
    """
    most = 2 * edges.member.size
    first, stop = np.empty(most, np.int64), np.empty(most, np.int64)
    polygon, covered = np.empty(most, np.int32), np.empty(most, np.bool_)
    number = 0
    for shape in range(edges.low.size):
        for strip in range(edges.strip[shape], edges.strip[shape + 1]):
            row = edges.low[shape] + strip - edges.strip[shape]
            members = edges.member[edges.start[strip] : edges.start[strip + 1]]
            west, east = np.empty(members.size, np.int64), np.empty(members.size, np.int64)
            for place in range(members.size):
                west[place], east[place] = _columns(edges, members[place], row, cell_deg)
            end = 0
            for at, place in enumerate(np.argsort(west)):
                begin = west[place]
                if at and begin <= end:
                    end = max(end, east[place] + 1)
                    stop[number - 1] = row * _STRIDE + end
                    continue
                if at and side(edges, shape, row, (end + 0.5) * cell_deg, (row + 0.5) * cell_deg) == INSIDE:
                    first[number], stop[number] = row * _STRIDE + end, row * _STRIDE + begin
                    polygon[number], covered[number] = shape, True
                    number += 1
                end = east[place] + 1
                first[number], stop[number] = row * _STRIDE + begin, row * _STRIDE + end
                polygon[number], covered[number] = shape, False
                number += 1
    return first[:number], stop[:number], polygon[:number], covered[:number]


@njit(cache=True)
def _columns(edges, edge, row, cell_deg):  # type: ignore[no-untyped-def]
    """Return the first and the last column of cells of a row that an edge touches."""
    xa, ya, xb, yb = edges.x1[edge], edges.y1[edge], edges.x2[edge], edges.y2[edge]
    west, east = min(xa, xb), max(xa, xb)
    # Of a flatter edge rounding could shift the cut by more than the slack.
    if abs(yb - ya) > 1e-3 * (east - west):
        slope = (xb - xa) / (yb - ya)
        south, north = row * cell_deg - SLACK_DEG, (row + 1) * cell_deg + SLACK_DEG
        one = xa + (min(max(ya, south), north) - ya) * slope
        other = xa + (min(max(yb, south), north) - ya) * slope
        west, east = max(west, min(one, other)), min(east, max(one, other))
    return math.floor((west - SLACK_DEG) / cell_deg), math.floor((east + SLACK_DEG) / cell_deg)
