"""Step 4: altitudes far from the median of their segment, or of a moving window."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SCALE: Final = 1.4826
"""Median absolute deviation to standard deviation, for normally distributed values."""


@numba.njit(cache=True, error_model="numpy")
def far_from_segment_median(altitude_ft: Floats, offsets: Ints, scaled_mads: float) -> Flags:
    """Tell where |altitude − median| exceeds `scaled_mads` × 1.4826 × median(|altitude − median|).

    Both medians are those of the whole segment, exact, as `numpy.median` has them (the published test).
    Where more than half of a segment has one altitude, the deviation is 0 and every other row is far.

    Parameters
    ----------
    altitude_ft
        Altitudes of all segments, one after the other, none missing.
    offsets
        Where each segment starts, and the end of the last.
    """
    far = np.empty(altitude_ft.size, np.bool_)
    scratch = np.empty(altitude_ft.size, np.float64)
    for s in range(offsets.size - 1):
        begin, end = offsets[s], offsets[s + 1]
        values = scratch[: end - begin]
        values[:] = altitude_ft[begin:end]
        middle = _median(values)
        for k in range(values.size):
            values[k] = abs(values[k] - middle)
        limit = scaled_mads * (SCALE * _median(values))
        for i in range(begin, end):
            far[i] = abs(altitude_ft[i] - middle) > limit
    return far


@numba.njit(cache=True, error_model="numpy")
def _median(values: Floats) -> float:
    """Return the median; the values are put in another order."""
    n = values.size
    high: float = _select(values, n // 2)
    if n % 2:
        return high
    low: float = values[0]
    for k in range(1, n // 2):
        low = max(low, values[k])
    return (low + high) / 2


@numba.njit(cache=True, error_model="numpy")
def _select(values: Floats, k: int) -> float:
    """Return the value of rank `k`, smaller ones before it and larger ones behind it (Hoare's FIND).

    The pivot is the median of the first, middle and last value, which suits climbs and descents. Values
    that defeat it are sorted instead.
    """
    left, right = 0, values.size - 1
    budget = 8 * values.size + 1024  # comparisons before falling back on sorting, so never quadratic
    while left < right:
        budget -= right - left
        if budget < 0:
            values[left : right + 1] = np.sort(values[left : right + 1])
            break
        a, b, c = values[left], values[(left + right) // 2], values[right]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = left, right
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if k <= j:
            right = j
        elif k >= i:
            left = i
        else:
            break
    return float(values[k])
