"""Which of several polygons a point outside them is nearest to, if near enough."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import shapely
from numba import njit

from tracks.enrich.arrays import Floats, Integers
from tracks.enrich.layers import Geometries
from tracks.geodesy import unit_vectors

_PIECE_DEG = 0.1
_RADIANS_PER_NM = math.pi / 10800
_FAN = 8
_SEVERAL = -1
_MARGIN_NM = 1e-6


class Tree(NamedTuple):
    """Pieces of outlines as chords of the unit sphere, sorted by label, in boxes of 8, of 64 and so on.

    `low` and `high` are the corners of the boxes, those of 8 first; `label` is that of all pieces in a box,
    `_SEVERAL` where they differ; level k of boxes begins at `level[k]`.
    """

    start: Floats
    end: Floats
    piece_label: Integers
    low: Floats
    high: Floats
    label: Integers
    level: Integers


class NearestOutline:
    """Labelled outlines, for telling which label is nearest to a point.

    Distances are on the sphere where one minute of arc is 1 NM. Outlines are straight in longitude and
    latitude between their corners, cut into pieces of at most 0.1° whose chords stand for them (off by
    less than 3 m).

    Parameters
    ----------
    outlines
        Polygons or multipolygons, degrees.
    labels
        The label of each, 0 or more.
    within_nm
        Points further than this from every outline have no label.
    """

    def __init__(self, outlines: Geometries, labels: Integers, within_nm: float) -> None:
        self._tree = _tree(outlines, labels)
        self._within_nm = within_nm

    def label(self, lat_deg: Floats, lon_deg: Floats) -> Integers:
        """Return the label of the nearest outline within reach of each point, -1 where there is none.

        Of labels that are equally near the lower one is returned.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        """
        found = np.full(lat_deg.size, -1)
        if self._within_nm > 0:  # a point outside is not at 0 NM, though it may be too near to tell
            _label(lat_deg, lon_deg, self._tree, self._within_nm, found)
        return found


def _tree(outlines: Geometries, labels: Integers) -> Tree:
    order = np.argsort(labels, kind="stable")
    lines, outline = shapely.get_parts(shapely.boundary(outlines[order]), return_index=True)
    corners, line = shapely.get_coordinates(shapely.segmentize(lines, _PIECE_DEG), return_index=True)
    joined = line[1:] == line[:-1]
    vectors = unit_vectors(corners[:, 1], corners[:, 0])
    start, end = vectors[:-1][joined], vectors[1:][joined]
    piece_label = labels[order][outline[line[1:][joined]]].astype(np.int64)
    low, high = [np.minimum(start, end)], [np.maximum(start, end)]
    least, most = [piece_label], [piece_label]
    while len(low) == 1 or len(low[-1]) > _FAN:
        group = np.arange(0, len(low[-1]), _FAN)
        for boxes, corner in ((low, np.minimum), (high, np.maximum), (least, np.minimum), (most, np.maximum)):
            boxes.append(corner.reduceat(boxes[-1], group) if group.size else boxes[-1])
    shortest, longest = np.concatenate(least[1:]), np.concatenate(most[1:])
    return Tree(
        start,
        end,
        piece_label,
        np.concatenate(low[1:]),
        np.concatenate(high[1:]),
        np.where(shortest == longest, longest, _SEVERAL),
        np.cumsum([0, *map(len, low[1:-1])]),
    )


@njit(cache=True)
def _label(lat_deg, lon_deg, tree, within_nm, found):  # type: ignore[no-untyped-def]
    """Fill in the label of each point.

    What holds for a point holds for all that are nearer to it than to where the answer changes: consecutive
    points of a track mostly need no search. A search looks twice as far as the reach, so that points out of
    reach know how far they may go.
    """
    known_lat, known_lon, free_square, label, piece = 0.0, 0.0, -1.0, -1, 0
    reach_nm = 2 * within_nm
    for point in range(lat_deg.size):
        lat, lon = lat_deg[point], lon_deg[point]
        # Degrees of longitude are at most as long as those of latitude.
        if (lat - known_lat) ** 2 + (lon - known_lon) ** 2 >= free_square:
            nearest_nm, other_nm, label, piece = _search(lat, lon, tree, reach_nm, piece)
            free_nm = abs(nearest_nm - within_nm)
            if nearest_nm <= within_nm:
                free_nm = min(free_nm, (other_nm - nearest_nm) / 2)
            else:
                label = -1
            free_square = max((free_nm - _MARGIN_NM) / 60, 0.0) ** 2
            known_lat, known_lon = lat, lon
        found[point] = label


@njit(cache=True)
def _search(lat_deg, lon_deg, tree, reach_nm, guess):  # type: ignore[no-untyped-def]
    """Return the distance of the nearest piece and of the nearest one of another label, NM.

    After them the nearest's label and number. Distances are at most the reach; the label is -1 if there is
    no piece within. A guess of the number shortens the search.
    """
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    x, y, z = math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
    reach = (2 * math.sin(min(reach_nm * _RADIANS_PER_NM, math.pi) / 2)) ** 2
    nearest, other, label, piece = reach, reach, -1, guess
    if guess < len(tree.start):
        square = _square(x, y, z, tree.start[guess], tree.end[guess])
        if square <= reach:
            nearest, label = square, tree.piece_label[guess]
    at = 0
    while at < len(tree.start):
        step = _passed(x, y, z, tree, at, nearest, other, label)
        if step:
            at += step
            continue
        for place in range(at, min(at + _FAN, len(tree.start))):
            square = _square(x, y, z, tree.start[place], tree.end[place])
            mine = tree.piece_label[place]
            if mine == label:
                if square < nearest:
                    nearest, piece = square, place
            elif square < nearest or (square == nearest and (label < 0 or mine < label)):
                nearest, other, label, piece = square, nearest, mine, place
            else:
                other = min(other, square)
        at += _FAN
    return _nm(nearest), _nm(other), label, piece


@njit(cache=True)
def _passed(x, y, z, tree, at, nearest, other, label):  # type: ignore[no-untyped-def]
    """Return how many pieces from `at` on lie in the largest box that cannot matter, 0 if none does."""
    level, size = 0, _FAN
    while level + 1 < len(tree.level) and at % (size * _FAN) == 0:
        level, size = level + 1, size * _FAN
    while level >= 0:
        box = tree.level[level] + at // size
        most = nearest if tree.label[box] == label else other
        square = 0.0
        for axis, value in enumerate((x, y, z)):
            beyond = max(tree.low[box, axis] - value, value - tree.high[box, axis], 0.0)
            square += beyond * beyond
        if square > most:
            return size
        level, size = level - 1, size // _FAN
    return 0


@njit(cache=True)
def _square(x, y, z, start, end):  # type: ignore[no-untyped-def]
    """Return the square of the distance of a point from a straight piece in space."""
    dx, dy, dz = end[0] - start[0], end[1] - start[1], end[2] - start[2]
    px, py, pz = x - start[0], y - start[1], z - start[2]
    length = dx * dx + dy * dy + dz * dz
    along = min(max((px * dx + py * dy + pz * dz) / length, 0.0), 1.0) if length > 0 else 0.0
    return (px - along * dx) ** 2 + (py - along * dy) ** 2 + (pz - along * dz) ** 2


@njit(cache=True)
def _nm(square):  # type: ignore[no-untyped-def]
    """Return the distance on the sphere whose chord's square is given, NM."""
    return 2 * math.asin(min(math.sqrt(square) / 2, 1.0)) / _RADIANS_PER_NM
