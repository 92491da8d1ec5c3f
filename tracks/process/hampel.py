"""Step 4, the moving window (Hampel filter): altitudes far from the median of their surroundings in time."""

from __future__ import annotations

import numba
import numpy as np

from tracks.process.outliers import SCALE, Flags, Floats, Ints


@numba.njit(cache=True)
def far_from_window_median(
    altitude_ft: Floats, time_s: Floats, offsets: Ints, scaled_mads: float, half_window_s: float
) -> Flags:
    """Tell where |altitude − median| exceeds `scaled_mads` × 1.4826 × median(|altitude − median|).

    Both medians are those of the rows of the segment in [t − half window, t + half window), exact.
    The window's altitudes are kept sorted: a row costs as many moves as its altitude changes rank, and the
    deviations' median is found by bisection.

    Parameters
    ----------
    altitude_ft, time_s
        Rows of all segments, one segment after the other, in order of time, none missing.
    offsets
        Where each segment starts, and the end of the last.
    """
    far = np.empty(altitude_ft.size, np.bool_)
    longest = 0
    for s in range(offsets.size - 1):
        longest = max(longest, offsets[s + 1] - offsets[s])
    window = np.empty(longest, np.float64)
    for s in range(offsets.size - 1):
        begin, end = offsets[s], offsets[s + 1]
        first = last = begin
        n = 0
        for i in range(begin, end):
            t, h = time_s[i], altitude_ft[i]
            while last < end and time_s[last] - t < half_window_s:
                if time_s[first] - t < -half_window_s:  # one leaves as one comes
                    _replace(window[:n], altitude_ft[first], altitude_ft[last])
                    first += 1
                else:
                    window[n] = np.inf
                    n += 1
                    _replace(window[:n], np.inf, altitude_ft[last])
                last += 1
            while time_s[first] - t < -half_window_s:
                _replace(window[:n], altitude_ft[first], np.inf)
                first += 1
                n -= 1
            middle = window[n // 2] if n % 2 else (window[n // 2 - 1] + window[n // 2]) / 2
            away = abs(h - middle)
            far[i] = away > 0 and away > scaled_mads * (SCALE * _deviation(window[:n], middle))
    return far


@numba.njit(cache=True)
def _replace(window: Floats, old: float, new: float) -> None:
    """Put `new` into a sorted window in place of `old`, which is in it."""
    low, high = 0, window.size - 1
    while low < high:
        half = (low + high) // 2
        if window[half] < old:
            low = half + 1
        else:
            high = half
    last = window.size - 1
    while low < last and window[low + 1] < new:
        window[low] = window[low + 1]
        low += 1
    while low > 0 and window[low - 1] > new:
        window[low] = window[low - 1]
        low -= 1
    window[low] = new


@numba.njit(cache=True)
def _deviation(window: Floats, middle: float) -> float:
    """Return the median of |value − middle| over a sorted window."""
    n = window.size
    high = _smallest_reach(window, middle, n // 2 + 1)
    return high if n % 2 else (_smallest_reach(window, middle, n // 2) + high) / 2


@numba.njit(cache=True)
def _smallest_reach(window: Floats, middle: float, count: int) -> float:
    """Return the `count`-th smallest |value − middle|: the least reach that covers so many neighbours."""
    low, high = 0, window.size - count
    while low < high:  # the first start whose last value is as far as its first
        half = (low + high) // 2
        if window[half + count - 1] - middle < middle - window[half]:
            low = half + 1
        else:
            high = half
    reach = max(middle - window[low], window[low + count - 1] - middle)
    if low > 0:
        reach = min(reach, max(middle - window[low - 1], window[low + count - 2] - middle))
    return float(reach)
