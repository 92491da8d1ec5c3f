"""Step 4, the moving window (Hampel filter): altitudes far from the median of their surroundings in time."""

from __future__ import annotations

import numba
import numpy as np

from tracks.process.outliers import SCALE, Flags, Floats, Ints


@numba.njit(cache=True, error_model="numpy")
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
                    _replace(window, n, altitude_ft[first], altitude_ft[last])
                    first += 1
                else:
                    window[n] = np.inf
                    n += 1
                    _replace(window, n, np.inf, altitude_ft[last])
                last += 1
            while time_s[first] - t < -half_window_s:
                _replace(window, n, altitude_ft[first], np.inf)
                first += 1
                n -= 1
            middle = window[n // 2] if n % 2 else (window[n // 2 - 1] + window[n // 2]) / 2
            far[i] = _is_far(window, n, middle, abs(h - middle), scaled_mads)
    return far


@numba.njit(cache=True, error_model="numpy")
def _replace(window: Floats, n: int, old: float, new: float) -> None:
    """Put `new` into a sorted window of `n` values in place of `old`, which is in it."""
    if new == old:
        return
    place, size = 0, n
    while size > 1:  # without a branch on the data, which nothing could predict
        half = size // 2
        place += half * (window[place + half - 1] < old)
        size -= half
    if new > old:
        while place < n - 1 and window[place + 1] < new:
            window[place] = window[place + 1]
            place += 1
    else:
        while place > 0 and window[place - 1] > new:
            window[place] = window[place - 1]
            place -= 1
    window[place] = new


@numba.njit(cache=True, error_model="numpy")
def _is_far(window: Floats, n: int, middle: float, away: float, scaled_mads: float) -> bool:
    """Whether `away` exceeds `scaled_mads` × 1.4826 × the median deviation of a sorted window."""
    if away == 0:
        return False
    # Where the values from a quarter down and from a quarter up are as far away, the median deviation is no
    # smaller: fewer than half of the values lie between. Most rows are done with here.
    below = n // 4
    above = below + 1 + (n - 1) // 2
    nearest = min(middle - window[below], window[above] - middle)
    if away <= scaled_mads * (SCALE * nearest):
        return False
    return bool(away > scaled_mads * (SCALE * _deviation(window, n, middle)))


@numba.njit(cache=True, error_model="numpy")
def _deviation(window: Floats, n: int, middle: float) -> float:
    """Return the median of |value − middle| over a sorted window whose median is `middle`.

    The n // 2 + 1 values nearest to the median are neighbours in the window: those whose farther end is
    nearest. Where n is even, the mean of the largest two of their deviations is the median.
    """
    count = n // 2 + 1
    starts, first = n - count + 1, 0
    while starts > 1:  # the first start whose last value is as far away as its first, if any, else the last
        half = starts // 2
        k = first + half - 1
        first += half * (window[k + count - 1] - middle < middle - window[k])
        starts -= half
    last = first + count - 1
    reach = max(middle - window[first], window[last] - middle)
    if first > 0:
        other = max(middle - window[first - 1], window[last - 1] - middle)
        if other < reach:
            first, last, reach = first - 1, last - 1, other
    if n % 2:
        return float(reach)
    if middle - window[first] > window[last] - middle:
        first += 1
    else:
        last -= 1
    return float((max(middle - window[first], window[last] - middle) + reach) / 2)
