"""Step 9: every numeric column at every whole second between a segment's first and last remaining row."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

from tracks.process.pchip import find_places, interpolate_column, pchip_at_seconds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@numba.njit(cache=True, error_model="numpy")
def whole_seconds(time_s: Floats, offsets: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the seconds of all segments, from the first time rounded up to the last rounded down.

    Returns
    -------
    second_offsets
        Where each segment's seconds start, and the end of the last. A segment may have none.
    second_s
        The seconds.
    row
        The last row at or before each second.
    """
    second_offsets = np.zeros(offsets.size, np.int64)
    for s in range(offsets.size - 1):
        first, last = math.ceil(time_s[offsets[s]]), math.floor(time_s[offsets[s + 1] - 1])
        second_offsets[s + 1] = second_offsets[s] + max(0, last - first + 1)
    second_s = np.empty(second_offsets[-1], np.int64)
    row = np.empty(second_offsets[-1], np.int64)
    for s in range(offsets.size - 1):
        k, end = offsets[s], offsets[s + 1]
        second = math.ceil(time_s[k])
        for q in range(second_offsets[s], second_offsets[s + 1]):
            while k + 1 < end and time_s[k + 1] <= second:
                k += 1
            second_s[q], row[q] = second, k
            second += 1
    return second_offsets, second_s, row


@numba.njit(cache=True, error_model="numpy")
def interpolate(
    values: Floats, time_s: Floats, offsets: Ints, second_offsets: Ints, second_s: Ints
) -> Floats:
    """Return all columns at the seconds of `whole_seconds`, each through the rows that have it.

    Parameters
    ----------
    values
        Shape (columns, rows), angles unwrapped, NaN where missing.
    """
    out = np.empty((values.shape[0], second_s.size))
    longest = 0
    for s in range(offsets.size - 1):
        longest = max(longest, offsets[s + 1] - offsets[s])
    known_x, known_y, slope = np.empty(longest), np.empty(longest), np.empty(longest)
    for s in range(offsets.size - 1):
        begin, end = offsets[s], offsets[s + 1]
        a, b = second_offsets[s], second_offsets[s + 1]
        if a == b:
            continue
        x = time_s[begin:end]
        row, places = find_places(x, second_s[a], b - a)
        for c in range(values.shape[0]):
            y = values[c, begin:end]
            missing = 0
            for value in y:
                missing += np.isnan(value)
            if not missing:
                interpolate_column(x, y, row, places, slope, out[c, a:b])
                continue
            m = 0
            for k in range(y.size):
                if not np.isnan(y[k]):
                    known_x[m], known_y[m] = x[k], y[k]
                    m += 1
            pchip_at_seconds(known_x[:m], known_y[:m], second_s[a], out[c, a:b])
    return out
