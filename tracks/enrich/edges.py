"""The edges of polygons by strip of latitude, and on which side of them a point lies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numba import njit

from tracks.enrich.arrays import Floats, Integers
from tracks.enrich.layers import Geometries

OUTSIDE, INSIDE, UNSURE = 0, 1, -1

SLACK_DEG = 1e-9
"""More than rounding can move a point or an edge across the side of a strip or a cell."""

_ROUNDING = (3 + 16 * 2.0**-53) * 2.0**-53
"""Bound of the error of the determinant below, relative to its terms (Shewchuk 1997, ccwerrboundA)."""


class Edges(NamedTuple):
    """The edges of polygons. Strip `row` holds the latitudes from `row` to `row + 1` strip heights.

    The strips of polygon p are numbered from `strip[p]`, which stands for the row `low[p]`; strip s holds the
    edges `start[s]` to before `start[s + 1]`. A row of `ends` is an edge, from (x, y) to (x, y), degrees. One
    that touches several strips is in each.
    """

    low: Integers
    strip: Integers
    start: Integers
    ends: Floats


def edges_of(polygons: Geometries, strip_deg: float) -> Edges:
    """Sort the edges of polygons into strips.

    Parameters
    ----------
    polygons
        Polygons (not of several parts), degrees.
    strip_deg
        Height of a strip, degrees.
    """
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    (x1, y1), (x2, y2) = corners[:-1][joined].T, corners[1:][joined].T
    polygon = polygon[ring[1:][joined]]
    low_row = np.floor((np.minimum(y1, y2) - SLACK_DEG) / strip_deg).astype(np.int64)
    high_row = np.floor((np.maximum(y1, y2) + SLACK_DEG) / strip_deg).astype(np.int64)
    low, high = np.zeros((2, len(polygons)), np.int64)
    first = np.searchsorted(polygon, np.arange(len(polygons)))
    if polygon.size:
        low[:], high[:] = np.minimum.reduceat(low_row, first), np.maximum.reduceat(high_row, first)
    strip = np.concatenate([[0], np.cumsum(high - low + 1)])
    # Every edge once for each strip that it touches.
    edge, row = expand(low_row, high_row + 1)
    of_strip = strip[polygon[edge]] + row - low[polygon[edge]]
    order = np.argsort(of_strip, kind="stable")
    start = np.searchsorted(of_strip[order], np.arange(strip[-1] + 1))
    return Edges(low, strip, start, np.column_stack([x1, y1, x2, y2])[edge[order]])


def expand(start: Integers, stop: Integers) -> tuple[Integers, Integers]:
    """Return every whole number of the ranges [start, stop), after the number of its range."""
    counts = stop - start
    number = np.repeat(np.arange(counts.size), counts)
    return number, np.arange(number.size) + np.repeat(start - (np.cumsum(counts) - counts), counts)


@njit(cache=True)
def side(ends, start, stop, x, y):  # type: ignore[no-untyped-def]
    """Return `INSIDE`, `OUTSIDE` or, within rounding of an edge, `UNSURE`, for a point of a strip.

    A ray to the east crosses an odd number of edges from inside (even-odd rule; an edge holds its lower end
    and not its upper one). Which side of an edge the point is on is the sign of a determinant, believed
    where it exceeds what rounding can make of it.

    Parameters
    ----------
    ends, start, stop
        The strip's edges are those from `start` to before `stop`.
    x, y
        The point, degrees.
    """
    inside, unsure = False, False
    for edge in range(start, stop):
        ya, yb = ends[edge, 1], ends[edge, 3]
        if (y < ya and y < yb) or (y > ya and y > yb):
            continue
        xa, xb = ends[edge, 0], ends[edge, 2]
        if x > xa and x > xb:
            continue
        crosses = (ya > y) != (yb > y)
        if x >= xa or x >= xb:
            one, other = (xa - x) * (yb - y), (ya - y) * (xb - x)
            turn = one - other
            unsure |= abs(turn) <= _ROUNDING * (abs(one) + abs(other))
            crosses = crosses and (turn > 0) == (yb > ya)
        inside ^= crosses
    return UNSURE if unsure else INSIDE if inside else OUTSIDE


@njit(cache=True)
def room(ends, start, stop, x, y, most):  # type: ignore[no-untyped-def]
    """Return half the width of a square about a point that none of the edges enters, degrees, at most `most`.

    Rounding makes it off by far less than `SLACK_DEG`. Parameters as of `side`.
    """
    for edge in range(start, stop):
        xa, ya, xb, yb = ends[edge, 0], ends[edge, 1], ends[edge, 2], ends[edge, 3]
        beside = max(min(xa, xb) - x, x - max(xa, xb))
        away = max(beside, min(ya, yb) - y, y - max(ya, yb))
        if away < most:
            dx, dy = xb - xa, yb - ya
            # The square touches the line where the distances across and along an axis add up to this.
            turn = abs((xa - x) * dy - (ya - y) * dx)
            span = abs(dx) + abs(dy)
            if turn < most * span:
                most = max(away, turn / span)
    return most
