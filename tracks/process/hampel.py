"""Step 4, the moving window (Hampel filter): altitudes far from the median of their surroundings in time."""

from __future__ import annotations

import numba
import numpy as np

from tracks.process.outliers import SCALE, Flags, Floats, Ints


@numba.njit(cache=True, error_model="numpy")
def far_from_window_median(  # noqa: PLR0912 - one walk of two ends
    altitude_ft: Floats, time_s: Floats, offsets: Ints, scaled_mads: float, half_window_s: float
) -> Flags:
    """Tell where |altitude − median| exceeds `scaled_mads` × 1.4826 × median(|altitude − median|).

    Both medians are those of the rows of the segment in [t − half window, t + half window), exact.
    Rows whose windows are level are passed over. A window that only rises or only falls, as most others do,
    is in order as it stands. The altitudes of the rest are kept sorted: a row costs as many moves as its
    altitude changes rank. The deviations' median is found by bisection.

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
        first = last = rising = falling = begin  # the latest rows only rise from there, only fall from there
        n = -1  # values in the sorted window, which is not kept up where none is needed
        i = begin
        while i < end:
            t, h = time_s[i], altitude_ft[i]
            while last < end and time_s[last] - t < half_window_s:
                if n >= 0:
                    if time_s[first] - t < -half_window_s:  # one leaves as one comes
                        _replace(window, n, altitude_ft[first], altitude_ft[last])
                        first += 1
                    else:
                        window[n] = np.inf
                        n += 1
                        _replace(window, n, np.inf, altitude_ft[last])
                if last > begin:
                    rising = last if altitude_ft[last] < altitude_ft[last - 1] else rising
                    falling = last if altitude_ft[last] > altitude_ft[last - 1] else falling
                last += 1
            while time_s[first] - t < -half_window_s:
                if n >= 0:
                    _replace(window, n, altitude_ft[first], np.inf)
                    n -= 1
                first += 1
            if rising <= first or falling <= first:
                n = -1
                at, step = (first, 1) if rising <= first else (last - 1, -1)
                level = altitude_ft[first] == altitude_ft[last - 1]
                far[i] = not level and _is_far(altitude_ft, at, step, last - first, h, scaled_mads)
                if level:  # so are the windows of the next rows, up to the first of another altitude
                    while last < end and altitude_ft[last] == h:
                        last += 1
                    while i + 1 < end and (last == end or time_s[last] - time_s[i + 1] >= half_window_s):
                        i += 1
                        far[i] = False
            else:
                if n < 0:
                    n = last - first
                    window[:n] = np.sort(altitude_ft[first:last])
                far[i] = _is_far(window, 0, 1, n, h, scaled_mads)
            i += 1
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
def _is_far(values: Floats, at: int, step: int, n: int, altitude_ft: float, scaled_mads: float) -> bool:
    """Whether an altitude is further from the median of `n` values than their scaled median deviation.

    The values are in rising order from place `at` on, forwards (step 1) or backwards (−1).
    """
    middle = values[at + step * (n // 2)]
    if n % 2 == 0:
        middle = (values[at + step * (n // 2 - 1)] + middle) / 2
    away = abs(altitude_ft - middle)
    if away == 0:
        return False
    # Where the values from a quarter down and from a quarter up are as far away, the median deviation is no
    # smaller: fewer than half of the values lie between. Most rows are done with here.
    below = n // 4
    above = below + 1 + (n - 1) // 2
    nearest = min(middle - values[at + step * below], values[at + step * above] - middle)
    if away <= scaled_mads * (SCALE * nearest):
        return False
    return bool(away > scaled_mads * (SCALE * _deviation(values, at, step, n, middle)))


@numba.njit(cache=True, error_model="numpy")
def _deviation(values: Floats, at: int, step: int, n: int, middle: float) -> float:
    """Return the median of |value − middle| over values in rising order (see `_is_far`) with this median.

    The n // 2 + 1 values nearest to the median are neighbours: those whose farther end is nearest. Where n is
    even, the mean of the largest two of their deviations is the median.
    """
    count = n // 2 + 1
    starts, first = n - count + 1, 0
    while starts > 1:  # the first start whose last value is as far away as its first, if any, else the last
        half = starts // 2
        k = first + half - 1
        further = values[at + step * (k + count - 1)] - middle < middle - values[at + step * k]
        first += half * further
        starts -= half
    last = first + count - 1
    low, high = middle - values[at + step * first], values[at + step * last] - middle
    if first > 0:
        other_low = middle - values[at + step * (first - 1)]
        other_high = values[at + step * (last - 1)] - middle
        if max(other_low, other_high) < max(low, high):
            first, last, low, high = first - 1, last - 1, other_low, other_high
    reach = max(low, high)
    if n % 2:
        return float(reach)
    if low > high:
        low = middle - values[at + step * (first + 1)]
    else:
        high = values[at + step * (last - 1)] - middle
    return float((max(low, high) + reach) / 2)
