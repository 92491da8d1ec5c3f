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
_BLOCK = 4096  # rows in hand at once: their bins of all variables stay in the first caches


class Wiring(NamedTuple):
    """Which cell a row counts in, for the kernel `tally`.

    Attributes
    ----------
    coarse
        Coarse bin of each fine bin, shape (variables, fine bins).
    stays
        The same, but -1 where changes within the bin are not counted: categorical, or straddling zero.
    initial
        What a coarse bin of each variable adds to the cell of the joint histogram.
    start
        First cell of the table of each dynamic variable at t + 1.
    now, later
        What a coarse bin of each variable at t and at t + 1 adds to that table's cell, shape (tables,
        variables).
    """

    coarse: Int16Array
    stays: Int16Array
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


@njit(cache=True)
def classify(
    values: FloatArray, classes: Int8Array, low_ft: float, high_ft: float, regions: int
) -> Int8Array:
    """Return why each row is no observation, the first reason that holds: 0 it is one.

    Parameters
    ----------
    values
        L, v, dv, dh, dpsi, shape (5, rows), NaN or infinite where missing.
    classes
        G and A, shape (2, rows).
    low_ft, high_ft
        Altitude scope [low, high), ft AGL.
    regions
        Values of G.

    Returns
    -------
    ndarray
        1 altitude missing, 2 below and 3 above the scope, 4 another variable missing, 5 G not in 1 to
        `regions`, 6 A not in 1 to 4.
    """
    rows = values.shape[1]
    reason = np.zeros(rows, np.int8)
    for i in range(rows):
        altitude = values[0, i]
        if not np.isfinite(altitude):
            reason[i] = 1
        elif altitude < low_ft:
            reason[i] = 2
        elif altitude >= high_ft:
            reason[i] = 3
        elif not np.isfinite(values[1, i] + values[2, i] + values[3, i] + values[4, i]):
            reason[i] = 4
        elif not 1 <= classes[0, i] <= regions:
            reason[i] = 5
        elif not 1 <= classes[1, i] <= 4:
            reason[i] = 6
    return reason


@njit(cache=True)
def fine_bins(values: FloatArray, cuts: FloatArray, out: Int16Array) -> None:
    """Write the bin of each value between inner cut points [a, b); NaN goes to bin 0.

    `cuts` are padded with infinity to 2^k - 1 of them: a search that halves without branching.
    """
    for i in range(values.size):
        value, place, half = values[i], 0, (cuts.size + 1) // 2
        while half > 0:
            place += half * (value >= cuts[place + half - 1])
            half //= 2
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
        _count_changes(pair[first : first + rows], fine[:, first : first + rows + 1], wiring.stays, sums)


@njit(cache=True)
def _add_bins(coarse: Int16Array, steps: Int32Array, shift: int, cell: Int32Array) -> None:
    """Add the bins of rows from `shift` on, each variable's times its step, to cells."""
    for j in range(coarse.shape[0]):
        step = steps[j]
        if step != 0:
            for i in range(cell.size):
                cell[i] += step * coarse[j, shift + i]


@njit(cache=True)
def _count_changes(pair: Int8Array, fine: Int16Array, stays: Int16Array, sums: Sums) -> None:
    """Add the transitions within a coarse bin that change or keep the fine bin."""
    rows = pair.size
    bins = np.empty(rows + 1, np.int16)
    for j in range(fine.shape[0]):
        for i in range(rows + 1):
            bins[i] = stays[j, fine[j, i]]
        for group in range(
            sums.changes.shape[0]
        ):  # no branch in the inner loop: it is done many rows at once
            seen = stayed = same = np.int32(0)
            for i in range(rows):
                seen += np.int32(pair[i] == group)
            if seen == 0:
                continue
            for i in range(rows):
                within = (
                    np.int32(pair[i] == group) & np.int32(bins[i] == bins[i + 1]) & np.int32(bins[i] >= 0)
                )
                stayed += within
                same += within & np.int32(fine[j, i] == fine[j, i + 1])
            sums.repeats[group, j] += same
            sums.changes[group, j] += stayed - same
