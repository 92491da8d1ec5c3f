"""The loops over rows that count observations and transitions.

Loops run over contiguous slices from their first element on, and sums keep the width of what they add up:
then the compiler does eight or more rows at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tracks.models.bins import Places
from tracks.models.variables import FloatArray, IntArray

Int8Array = npt.NDArray[np.int8]
Int16Array = npt.NDArray[np.int16]
Int32Array = npt.NDArray[np.int32]
Floats = npt.NDArray[np.floating]

NO_GROUP = -1
"""In place of a squawk group: the row, or the transition, is not counted."""
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

    coarse: Places
    zero: Int16Array
    initial: Int32Array
    start: Int32Array
    now: Int32Array
    later: Int32Array


class Sums(NamedTuple):
    """Counts by squawk group and cell, added to by the kernel `tally`."""

    initial: IntArray
    transition: IntArray
    changes: IntArray
    repeats: IntArray


@njit(cache=True)
def outside_scope(altitudes: Floats, scope_ft: FloatArray) -> Int8Array:
    """Return of each row 1 where the altitude is missing, 2 below and 3 above the scope, 0 within.

    Parameters
    ----------
    altitudes
        L, not a finite number where missing.
    scope_ft
        Altitude scope [low, high), ft AGL.
    """
    reason = np.empty(altitudes.size, np.int8)
    for i in range(altitudes.size):  # the last word is that of the first reason
        altitude = np.float64(altitudes[i])
        why = np.int8(3) if altitude >= scope_ft[1] else np.int8(0)
        why = np.int8(2) if altitude < scope_ft[0] else why
        reason[i] = np.int8(1) if altitude - altitude != 0.0 else why
    return reason


@njit(cache=True)
def classify(
    speeds: Floats,
    accelerations: Floats,
    climbs: Floats,
    turns: Floats,
    region: Int8Array,
    airspace: Int8Array,
    regions: int,
    reason: Int8Array,
) -> None:
    """Write why rows are no observation, the first reason that holds, where there is none yet (0).

    4 is another variable missing, 5 G not in 1 to `regions`, 6 A not in 1 to 4.

    Parameters
    ----------
    speeds, accelerations, climbs, turns
        v, dv, dh, dpsi, not a finite number where missing.
    region, airspace
        G and A.
    regions
        Values of G.
    """
    for i in range(reason.size):  # the last word is that of the first reason
        others = np.float64(speeds[i]) + np.float64(accelerations[i]) + np.float64(climbs[i])
        others += np.float64(turns[i])
        why = np.int8(6) if (airspace[i] < 1) | (airspace[i] > 4) else np.int8(0)
        why = np.int8(5) if (region[i] < 1) | (region[i] > regions) else why
        why = np.int8(4) if others - others != 0.0 else why  # NaN for what is not finite
        reason[i] = reason[i] if reason[i] != 0 else why


@njit(cache=True)
def pair_groups(before: int, counted: Int8Array, follows: npt.NDArray[np.bool_]) -> Int8Array:
    """Return the squawk group of the transition to each row, 0 where the two rows' differ.

    Parameters
    ----------
    before
        Group of the row before the first.
    counted
        Group of each row, `NO_GROUP` where it is no observation.
    follows
        Whether each row is the second after the one before it.
    """
    pair = np.empty(counted.size, np.int8)
    if counted.size:
        pair[0] = _pair(before, counted[0], follows[0])
        earlier, later, next_one = counted[:-1], counted[1:], follows[1:]
        out = pair[1:]
        for i in range(out.size):
            out[i] = _pair(earlier[i], later[i], next_one[i])
    return pair


@njit(cache=True, inline="always")
def _pair(one: int, other: int, follows: bool) -> int:
    both = other if one == other else 0
    return both if follows & (one != NO_GROUP) & (other != NO_GROUP) else NO_GROUP


@njit(cache=True)
def tally(group: Int8Array, pair: Int8Array, fine: Places, wiring: Wiring, sums: Sums) -> None:
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
    coarse = np.empty((fine.shape[0], _BLOCK + 1), np.uint16)
    cell = np.empty(_BLOCK, np.int32)
    for first in range(0, group.size, _BLOCK):
        last = min(first + _BLOCK, group.size)
        pairs, cells = pair[first:last], cell[: last - first]
        for j in range(fine.shape[0]):
            _look_up(wiring.coarse[j], fine[j, first : last + 1], coarse[j])
        cells[:] = 0
        _add_bins(coarse, wiring.initial, 1, cells)
        _count(group[first:last], cells, sums.initial)
        for k in range(wiring.start.size):
            cells[:] = wiring.start[k]
            _add_bins(coarse, wiring.now[k], 0, cells)
            _add_bins(coarse, wiring.later[k], 1, cells)
            _count(pairs, cells, sums.transition)
        for one in range(sums.changes.shape[0]):
            if np.any(pairs == one):
                _count_changes(pairs, one, first, fine, coarse, wiring.zero, sums)


@njit(cache=True)
def _look_up(coarse_of: Places, fine: Places, out: Places) -> None:
    for i in range(fine.size):
        out[i] = coarse_of[np.uint64(fine[i])]


@njit(cache=True)
def _add_bins(coarse: Places, steps: Int32Array, shift: int, cells: Int32Array) -> None:
    """Add the bins of rows from `shift` on, each variable's times its step, to cells."""
    for j in range(coarse.shape[0]):
        step = steps[j]
        if step != 0:
            _add(step, coarse[j, shift : shift + cells.size], cells)


@njit(cache=True)
def _add(step: np.int32, bins: Places, cells: Int32Array) -> None:
    for i in range(cells.size):
        cells[i] += step * np.int32(bins[i])


@njit(cache=True)
def _count(group: Int8Array, cells: Int32Array, sums: IntArray) -> None:
    """Add one to each row's cell of its group."""
    for i in range(cells.size):
        if group[i] != NO_GROUP:
            sums[np.uint64(group[i]), np.uint64(cells[i])] += 1


@njit(cache=True)
def _count_changes(
    pair: Int8Array,
    group: int,
    first: int,
    fine: Places,
    coarse: Places,
    zero: Int16Array,
    sums: Sums,
) -> None:
    """Add a group's transitions within a coarse bin that change or keep the fine bin."""
    rows = pair.size
    for j in range(fine.shape[0]):
        if zero[j] == -2:
            continue
        bins = fine[j, first : first + rows + 1]
        stayed, same = _stays(
            pair, np.int8(group), np.uint16(zero[j]), coarse[j, :rows], coarse[j, 1:], bins[:-1], bins[1:]
        )
        sums.repeats[group, j] += same
        sums.changes[group, j] += stayed - same


@njit(cache=True)
def _stays(
    pair: Int8Array, group: np.int8, zero: np.uint16, bin0: Places, bin1: Places, fine0: Places, fine1: Places
) -> tuple[int, int]:
    """Count a group's pairs of rows that stay in a bin, and those of them that stay in the fine bin."""
    stayed = same = np.uint16(0)  # there are at most `_BLOCK`
    for i in range(pair.size):
        within = np.uint16(pair[i] == group) & np.uint16(bin0[i] == bin1[i]) & np.uint16(bin0[i] != zero)
        stayed = np.uint16(stayed + within)
        same = np.uint16(same + (within & np.uint16(fine0[i] == fine1[i])))
    return int(stayed), int(same)
