"""Step 5: Gaussian smoothing in time."""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Columns = npt.NDArray[np.float64]

LAT, LON, BARO, GEO, SPEED = range(5)
"""Rows of the array that is smoothed."""

_BLOCK: Final = 512  # seconds smoothed at once: few enough for the first cache
_ABREAST: Final = 5  # weights of one pass over a block


@numba.njit(cache=True, error_model="numpy")
def smooth(columns: Columns, time_s: Floats, offsets: Ints, half_window_s: float, sigma_s: float) -> Columns:
    """Return weighted means over [t − half window, t + half window) of the rows of the same segment.

    The weight of a row dt away is exp(−dt² / 2σ²); the weights are renormalised over the rows that have a
    value. A missing value becomes the mean of its window, and stays missing if the whole window misses it.
    Sums run in order of time. Whole seconds, most of them there, are smoothed with one stencil, a missing
    row as one of weight 0: the same numbers in the same order, so the same sums, bit for bit.

    Parameters
    ----------
    columns
        Shape (5, rows): latitude, longitude unwrapped, barometric and geometric altitude, reported speed;
        NaN where missing. Latitude and longitude are never missing.
    time_s
        Times, rising within a segment.
    offsets
        Where each segment starts, and the end of the last.
    """
    smoothed = np.empty_like(columns)
    first, last = -math.floor(half_window_s), math.ceil(half_window_s)
    stencil = np.empty(last - first)
    for k in range(stencil.size):
        stencil[k] = _weight(float(first + k), sigma_s)
    for s in range(offsets.size - 1):
        begin, end = offsets[s], offsets[s + 1]
        if end == begin:
            continue
        whole = time_s[begin] == math.floor(time_s[begin])
        for i in range(begin, end):
            whole &= time_s[i] - time_s[begin] == math.floor(time_s[i] - time_s[begin])
        if whole and time_s[end - 1] - time_s[begin] <= 2 * (end - begin):
            _smooth_seconds(columns, time_s, begin, end, first, stencil, smoothed)
        else:
            table = stencil if whole else stencil[:0]
            _smooth_rows(columns, time_s, begin, end, half_window_s, sigma_s, first, table, smoothed)
    return smoothed


@numba.njit(cache=True, error_model="numpy")
def _smooth_seconds(
    columns: Columns, time_s: Floats, begin: int, end: int, first: int, stencil: Floats, smoothed: Columns
) -> None:
    """Smooth one segment of whole seconds, whose window starts `first` seconds after each row (so before)."""
    width = _BLOCK + stencil.size - 1
    values, there = np.empty((5, width)), np.empty((5, width))  # of each second around a block
    sums, norms = np.empty((5, _BLOCK)), np.empty((5, _BLOCK))
    halo = row = begin  # the first row around the block and in it
    while row < end:
        block_s = time_s[row]
        while time_s[halo] < block_s + first:
            halo += 1
        values[:] = 0.0
        there[:] = 0.0
        gaps = np.zeros(5, np.bool_)
        i = halo
        while i < end and time_s[i] < block_s + first + width:
            q = int(time_s[i] - block_s) - first
            for c in range(5):
                known = not math.isnan(columns[c, i])
                gaps[c] |= not known
                if known:
                    values[c, q], there[c, q] = columns[c, i], 1.0
            i += 1
        ends = row
        while ends < end and time_s[ends] < block_s + _BLOCK:
            ends += 1
        size = int(time_s[ends - 1] - block_s) + 1
        for c in range(5):
            _convolve(values[c], stencil, sums[c, :size])
            if c == LAT or gaps[c]:
                _convolve(there[c], stencil, norms[c, :size])
            else:
                norms[c, :size] = norms[LAT, :size]
        for i in range(row, ends):
            q = int(time_s[i] - block_s)
            for c in range(5):
                smoothed[c, i] = sums[c, q] / norms[c, q]  # 0 / 0, missing, where the whole window misses it
        row = ends


@numba.njit(cache=True, error_model="numpy")
def _convolve(values: Floats, stencil: Floats, sums: Floats) -> None:
    """Write into sums[i] the sum of stencil[k] × values[i + k], in order of k."""
    sums[:] = 0.0
    alone = stencil.size % _ABREAST
    for k in range(alone):
        w = stencil[k]
        for i in range(sums.size):
            sums[i] += w * values[i + k]
    for k in range(alone, stencil.size, _ABREAST):
        a, b, c, d, e = stencil[k], stencil[k + 1], stencil[k + 2], stencil[k + 3], stencil[k + 4]
        v = values[k:]
        for i in range(sums.size):
            sums[i] = sums[i] + a * v[i] + b * v[i + 1] + c * v[i + 2] + d * v[i + 3] + e * v[i + 4]


@numba.njit(cache=True, error_model="numpy")
def _smooth_rows(
    columns: Columns,
    time_s: Floats,
    begin: int,
    end: int,
    half_window_s: float,
    sigma_s: float,
    earliest: int,
    table: Floats,
    smoothed: Columns,
) -> None:
    """Smooth one segment of any times; whole seconds take their weights from a table, if it has any."""
    packed = _pack(columns, begin, end)
    weights = np.empty(end - begin)
    first = last = begin
    for i in range(begin, end):
        t = time_s[i]
        while time_s[first] - t < -half_window_s:
            first += 1
        while last < end and time_s[last] - t < half_window_s:
            last += 1
        if table.size:
            for j in range(first, last):
                weights[j - first] = table[int(time_s[j] - t) - earliest]
        else:
            for j in range(first, last):
                weights[j - first] = _weight(time_s[j] - t, sigma_s)
        total = lat = lon = baro = geo = speed = baros = geos = speeds = 0.0
        for j in range(first - begin, last - begin):
            w = weights[j - first + begin]
            total += w
            lat += w * packed[j, 0]
            lon += w * packed[j, 1]
            baro += w * packed[j, 2]
            geo += w * packed[j, 3]
            speed += w * packed[j, 4]
            baros += w * packed[j, 5]
            geos += w * packed[j, 6]
            speeds += w * packed[j, 7]
        smoothed[LAT, i] = lat / total
        smoothed[LON, i] = lon / total
        smoothed[BARO, i] = baro / baros
        smoothed[GEO, i] = geo / geos
        smoothed[SPEED, i] = speed / speeds


@numba.njit(cache=True, error_model="numpy")
def _pack(columns: Columns, begin: int, end: int) -> Columns:
    """Return a row's values side by side: the five, 0 where missing, and whether it has the last three."""
    packed = np.empty((end - begin, 8))
    for i in range(begin, end):
        k = i - begin
        packed[k, 0], packed[k, 1] = columns[LAT, i], columns[LON, i]
        for c in (BARO, GEO, SPEED):
            known = not math.isnan(columns[c, i])
            packed[k, c] = columns[c, i] if known else 0.0
            packed[k, c + 3] = 1.0 if known else 0.0
    return packed


@numba.njit(cache=True, error_model="numpy")
def _weight(dt_s: float, sigma_s: float) -> float:
    return math.exp(-(dt_s * dt_s) / (2 * sigma_s * sigma_s))
