"""The loops over rows that count observations and transitions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from tracks.models.variables import FloatArray, IntArray

Int8Array = npt.NDArray[np.int8]
Int16Array = npt.NDArray[np.int16]
BoolArray = npt.NDArray[np.bool_]


@njit(cache=True)
def classify(values: FloatArray, classes: IntArray, low_ft: float, high_ft: float) -> Int8Array:
    """Return why each row is no observation, the first reason that holds: 0 it is one.

    Parameters
    ----------
    values
        L, v, dv, dh, dpsi, shape (5, rows), NaN or infinite where missing.
    classes
        G and A, shape (2, rows).
    low_ft, high_ft
        Altitude scope [low, high), ft AGL.

    Returns
    -------
    ndarray
        1 altitude missing, 2 below and 3 above the scope, 4 another variable missing, 5 G not in 1 to 5,
        6 A not in 1 to 4.
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
        elif not 1 <= classes[0, i] <= 5:
            reason[i] = 5
        elif not 1 <= classes[1, i] <= 4:
            reason[i] = 6
    return reason


@njit(cache=True)
def fine_bins(values: FloatArray, cuts: FloatArray, out: Int16Array) -> None:
    """Write the bin of each value between inner cut points [a, b); NaN goes to bin 0."""
    for i in range(values.size):
        value = values[i]
        place = 0
        for k in range(cuts.size):  # few cuts: counting all beats a search, since nothing branches
            place += value >= cuts[k]
        out[i] = place


@njit(cache=True)
def tally(
    reason: Int8Array,
    follows: BoolArray,
    group: Int8Array,
    fine: Int16Array,
    parts: IntArray,
    stride: IntArray,
    starts: IntArray,
    now_of: IntArray,
    steps: IntArray,
    resamples: BoolArray,
    carry: IntArray,
    initial: IntArray,
    transition: IntArray,
    changes: IntArray,
    repeats: IntArray,
) -> None:
    """Add rows to the counts of their squawk group.

    Parameters
    ----------
    reason, follows, group, fine
        Of each row: 0 for an observation, whether it is 1 s after the row before it in its segment, squawk
        group, fine bin of each variable (variables, rows).
    parts
        Fine bins in a coarse one, of each variable.
    stride
        What a coarse bin of each variable adds to the cell of the joint histogram.
    starts, now_of, steps
        Of dv, dh, dpsi at t + 1: first cell of the table, the variable's index, and what a coarse bin of each
        variable at t adds to the cell.
    resamples
        Whether fine bins of a coarse bin are counted (variables, coarse bins).
    carry
        The row before the first: whether it is an observation, its group, its fine bins; updated.
    initial, transition, changes, repeats
        Counts (groups, cells), added to.
    """
    count = fine.shape[0]
    seen, last_group = carry[0] != 0, carry[1]
    last_fine = carry[2:].copy()
    coarse = np.empty((count, int(fine.max()) + 1 if fine.size else 1), np.int64)
    for j in range(count):
        coarse[j] = np.arange(coarse.shape[1]) // parts[j]
    last = last_fine // parts
    from_dv, from_dh, from_dpsi = starts[0], starts[1], starts[2]
    for j in range(count):
        from_dv += last[j] * steps[0, j]
        from_dh += last[j] * steps[1, j]
        from_dpsi += last[j] * steps[2, j]
    for i in range(reason.size):
        if reason[i] != 0:
            seen = False
            continue
        pair = seen and follows[i]
        both = group[i] if group[i] == last_group else 0
        cell = to_dv = to_dh = to_dpsi = 0
        for j in range(count):
            now = coarse[j, fine[j, i]]
            cell += now * stride[j]
            to_dv += now * steps[0, j]
            to_dh += now * steps[1, j]
            to_dpsi += now * steps[2, j]
            if pair and now == last[j] and resamples[j, now]:
                if fine[j, i] == last_fine[j]:
                    repeats[both, j] += 1
                else:
                    changes[both, j] += 1
            last[j] = now
            last_fine[j] = fine[j, i]
        initial[group[i], cell] += 1
        if pair:
            transition[both, from_dv + last[now_of[0]]] += 1
            transition[both, from_dh + last[now_of[1]]] += 1
            transition[both, from_dpsi + last[now_of[2]]] += 1
        from_dv, from_dh, from_dpsi = to_dv + starts[0], to_dh + starts[1], to_dpsi + starts[2]
        seen, last_group = True, group[i]
    carry[0], carry[1] = seen, last_group
    carry[2:] = last_fine
