"""The loops over rows that count observations and transitions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tracks.models.variables import FloatArray, IntArray

Int8Array = npt.NDArray[np.int8]
Int16Array = npt.NDArray[np.int16]
Int32Array = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

NO_GROUP = -1
"""In place of a squawk group: the row, or the transition, is not counted."""
_CELLS = 1024  # of a grid over cut points: most hold none
_BLOCK = 4096  # rows in hand at once: their bins of all variables stay in the first caches


class Wiring(NamedTuple):
    """Which cell a row counts in, for the kernel `tally`.

    Attributes
    ----------
    coarse
        Coarse bin of each fine bin, shape (variables, fine bins).
    zero
        Bin of each variable that straddles zero, within which changes are not counted; -1: there is none, -2:
        they are counted in no bin, as it is categorical.
    initial
        What a coarse bin of each variable adds to the cell of the joint histogram.
    start
        First cell of the table of each dynamic variable at t + 1.
    now, later
        What a coarse bin of each variable at t and at t + 1 adds to that table's cell, shape (tables,
        variables).
    """

    coarse: Int16Array
    zero: Int16Array
    initial: Int32Array
    start: IntArray
    now: Int32Array
    later: Int32Array


class Sums(NamedTuple):
    """Counts by squawk group and cell, added to by the kernel `tally`."""

    initial: IntArray
    transition: IntArray
    changes: IntArray
    repeats: IntArray


class Grid(NamedTuple):
    """Cut points with a grid of equal cells over them, for finding bins without searching: see `grid_over`.

    `cuts` rise; `first` is the number of cut points in the cells below each cell; a value lies in the cell
    (value - low) * scale, in the first if that is negative, in the last if it is beyond.
    """

    cuts: FloatArray
    first: Int16Array
    low: float
    scale: float


def grid_over(cuts: FloatArray) -> Grid:
    """Return the grid over inner cut points, of 1024 cells.

    A value is compared with the cut points from its cell on. That is exact, whatever the rounding: the cell
    never falls while the value rises, so a cut point in a lower cell is not above it, and comparing decides
    about the others.
    """
    low, high = (float(cuts[0]), float(cuts[-1])) if len(cuts) else (0.0, 0.0)
    scale = np.divide(_CELLS - 1, high - low) if high - low > np.finfo(np.float64).tiny * _CELLS else 0.0
    cells = np.clip((cuts - low) * scale, 0, _CELLS - 1).astype(np.int64)
    first = np.searchsorted(cells, np.arange(_CELLS)).astype(np.int16)
    return Grid(cuts, first, low, scale)


@njit(cache=True)
def classify(
    numeric: tuple[FloatArray, ...],
    region: Int8Array,
    airspace: Int8Array,
    scope_ft: FloatArray,
    regions: int,
) -> Int8Array:
    """Return why each row is no observation, the first reason that holds: 0 it is one.

    Parameters
    ----------
    numeric
        L, v, dv, dh, dpsi, not a finite number where missing.
    region, airspace
        G and A.
    scope_ft
        Altitude scope [low, high), ft AGL.
    regions
        Values of G.

    Returns
    -------
    ndarray
        1 altitude missing, 2 below and 3 above the scope, 4 another variable missing, 5 G not in 1 to
        `regions`, 6 A not in 1 to 4.
    """
    altitudes, speeds, accelerations, climbs, turns = numeric
    reason = np.zeros(altitudes.size, np.int8)
    for i in range(altitudes.size):
        if not np.isfinite(altitudes[i]):
            reason[i] = 1
        elif altitudes[i] < scope_ft[0]:
            reason[i] = 2
        elif altitudes[i] >= scope_ft[1]:
            reason[i] = 3
        elif not np.isfinite(speeds[i] + accelerations[i] + climbs[i] + turns[i]):
            reason[i] = 4
        elif not 1 <= region[i] <= regions:
            reason[i] = 5
        elif not 1 <= airspace[i] <= 4:
            reason[i] = 6
    return reason


@njit(cache=True)
def fine_bins(values: FloatArray, grid: Grid, out: Int16Array) -> None:
    """Write the bin of each value between inner cut points [a, b); NaN goes to bin 0."""
    last = grid.first.size - 1
    for i in range(values.size):
        cell = (values[i] - grid.low) * grid.scale
        place = 0
        if cell > 0:
            place = grid.first[int(cell)] if cell < last else grid.first[last]
        while place < grid.cuts.size and values[i] >= grid.cuts[place]:
            place += 1
        out[i] = place


@njit(cache=True)
def tally(group: Int8Array, pair: Int8Array, fine: Int16Array, wiring: Wiring, sums: Sums) -> None:
    """Add rows to the counts of their squawk group.

    Parameters
    ----------
    group
        Squawk group of each row, `NO_GROUP` where it is no observation.
    pair
        Squawk group of the transition from the row before to each row, `NO_GROUP` where there is none.
    fine
        Fine bin of each variable, shape (variables, 1 + rows): first that of the row before.
    """
    count = fine.shape[0]
    coarse = np.empty((count, _BLOCK + 1), np.int16)
    cell = np.empty(_BLOCK, np.int32)
    for first in range(0, group.size, _BLOCK):
        rows = min(_BLOCK, group.size - first)
        for j in range(count):
            for i in range(rows + 1):
                coarse[j, i] = wiring.coarse[j, fine[j, first + i]]
        cell[:rows] = 0
        _add_bins(coarse, wiring.initial, 1, cell[:rows])
        for i in range(rows):
            if group[first + i] != NO_GROUP:
                sums.initial[group[first + i], cell[i]] += 1
        for k in range(wiring.start.size):
            cell[:rows] = wiring.start[k]
            _add_bins(coarse, wiring.now[k], 0, cell[:rows])
            _add_bins(coarse, wiring.later[k], 1, cell[:rows])
            for i in range(rows):
                if pair[first + i] != NO_GROUP:
                    sums.transition[pair[first + i], cell[i]] += 1
        _count_changes(
            pair[first : first + rows], fine[:, first : first + rows + 1], coarse, wiring.zero, sums
        )


@njit(cache=True)
def _add_bins(coarse: Int16Array, steps: Int32Array, shift: int, cell: Int32Array) -> None:
    """Add the bins of rows from `shift` on, each variable's times its step, to cells."""
    for j in range(coarse.shape[0]):
        step = steps[j]
        if step != 0:
            for i in range(cell.size):
                cell[i] += step * coarse[j, shift + i]


@njit(cache=True)
def _count_changes(
    pair: Int8Array, fine: Int16Array, coarse: Int16Array, zero: Int16Array, sums: Sums
) -> None:
    """Add the transitions within a coarse bin that change or keep the fine bin."""
    for group in range(sums.changes.shape[0]):
        seen = np.int32(0)
        for i in range(pair.size):
            seen += np.int32(pair[i] == group)
        if seen == 0:
            continue
        for j in range(fine.shape[0]):
            if zero[j] == -2:
                continue
            stayed = same = np.int32(0)
            for i in range(pair.size):  # no branch in here: it is done many rows at once
                within = (
                    np.int32(pair[i] == group)
                    & np.int32(coarse[j, i] == coarse[j, i + 1])
                    & np.int32(coarse[j, i] != zero[j])
                )
                stayed += within
                same += within & np.int32(fine[j, i] == fine[j, i + 1])
            sums.repeats[group, j] += same
            sums.changes[group, j] += stayed - same


@njit(cache=True)
def count_by(
    key: npt.NDArray[np.integer], low: int, group: Int8Array, counted: BoolArray, out: IntArray
) -> None:
    """Add one to (key - low, group) of `out` for each row that is counted."""
    for i in range(key.size):
        if counted[i]:
            out[key[i] - low, group[i]] += 1
