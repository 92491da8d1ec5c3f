"""Step 5: Gaussian smoothing in time."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Columns = npt.NDArray[np.float64]

LAT, LON, BARO, GEO, SPEED = range(5)
"""Rows of the array that is smoothed."""


@numba.njit(cache=True, error_model="numpy")
def smooth(columns: Columns, time_s: Floats, offsets: Ints, half_window_s: float, sigma_s: float) -> Columns:
    """Return weighted means over [t − half window, t + half window) of the rows of the same segment.

    The weight of a row dt away is exp(−dt² / 2σ²); the weights are renormalised over the rows that have a
    value. A missing value becomes the mean of its window, and stays missing if the whole window misses it.
    Sums run in order of time. Whole-second times take their weights from a table of the same numbers.

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
    packed = _pack(columns)
    reach = math.ceil(half_window_s)
    table = np.empty(2 * reach + 1)
    for k in range(table.size):
        table[k] = _weight(float(k - reach), sigma_s)
    second = np.empty(time_s.size, np.int64)
    weights = np.empty(time_s.size)
    for s in range(offsets.size - 1):
        begin, end = offsets[s], offsets[s + 1]
        whole = True
        for i in range(begin, end):
            whole &= time_s[i] == math.floor(time_s[i])
            second[i] = int(time_s[i] - time_s[begin])
        first = last = begin
        for i in range(begin, end):
            t = time_s[i]
            while time_s[first] - t < -half_window_s:
                first += 1
            while last < end and time_s[last] - t < half_window_s:
                last += 1
            if whole:
                shift = reach - second[i]
                for j in range(first, last):
                    weights[j - first] = table[second[j] + shift]
            else:
                for j in range(first, last):
                    weights[j - first] = _weight(time_s[j] - t, sigma_s)
            total = lat = lon = baro = geo = speed = baros = geos = speeds = 0.0
            for j in range(first, last):
                w = weights[j - first]
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
            smoothed[BARO, i] = baro / baros  # 0 / 0, missing, where the whole window misses it
            smoothed[GEO, i] = geo / geos
            smoothed[SPEED, i] = speed / speeds
    return smoothed


@numba.njit(cache=True, error_model="numpy")
def _pack(columns: Columns) -> Columns:
    """Return a row's values side by side: the five, 0 where missing, and whether it has the last three."""
    packed = np.empty((columns.shape[1], 8))
    for i in range(columns.shape[1]):
        packed[i, 0], packed[i, 1] = columns[LAT, i], columns[LON, i]
        for c in (BARO, GEO, SPEED):
            known = not math.isnan(columns[c, i])
            packed[i, c] = columns[c, i] if known else 0.0
            packed[i, c + 3] = 1.0 if known else 0.0
    return packed


@numba.njit(cache=True, error_model="numpy")
def _weight(dt_s: float, sigma_s: float) -> float:
    return math.exp(-(dt_s * dt_s) / (2 * sigma_s * sigma_s))
