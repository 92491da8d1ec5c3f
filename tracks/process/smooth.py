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
    reach = math.ceil(half_window_s)
    table = np.empty(2 * reach + 1, np.float64)
    for k in range(table.size):
        table[k] = _weight(float(k - reach), sigma_s)
    longest = 0
    for s in range(offsets.size - 1):
        longest = max(longest, offsets[s + 1] - offsets[s])
    second = np.empty(longest, np.int64)
    weights = np.empty(longest, np.float64)
    for s in range(offsets.size - 1):
        begin, end = offsets[s], offsets[s + 1]
        whole, complete = _describe(columns, time_s, begin, end, second)
        first = last = begin
        for i in range(begin, end):
            t = time_s[i]
            while time_s[first] - t < -half_window_s:
                first += 1
            while last < end and time_s[last] - t < half_window_s:
                last += 1
            near = weights[: last - first]
            if whole:
                shift = reach - second[i - begin]
                for j in range(first, last):
                    near[j - first] = table[second[j - begin] + shift]
            else:
                for j in range(first, last):
                    near[j - first] = _weight(time_s[j] - t, sigma_s)
            if complete:
                _mean_of_all(columns[:, first:last], near, smoothed[:, i])
            else:
                _mean_of_known(columns[:, first:last], near, smoothed[:, i])
    return smoothed


@numba.njit(cache=True, error_model="numpy")
def _weight(dt_s: float, sigma_s: float) -> float:
    return math.exp(-(dt_s * dt_s) / (2 * sigma_s * sigma_s))


@numba.njit(cache=True, error_model="numpy")
def _describe(columns: Columns, time_s: Floats, begin: int, end: int, second: Ints) -> tuple[bool, bool]:
    """Whether all times are whole seconds (then written into `second`), and no value is missing."""
    whole = complete = True
    for i in range(begin, end):
        t = time_s[i]
        whole &= t == math.floor(t)
        second[i - begin] = int(t - time_s[begin])
        complete &= not (
            math.isnan(columns[BARO, i]) or math.isnan(columns[GEO, i]) or math.isnan(columns[SPEED, i])
        )
    return whole, complete


@numba.njit(cache=True, error_model="numpy")
def _mean_of_all(near: Columns, weights: Floats, mean: Floats) -> None:
    lats, lons, baros, geos, speeds = near[LAT], near[LON], near[BARO], near[GEO], near[SPEED]
    total = lat = lon = baro = geo = speed = 0.0
    for j in range(weights.size):
        w = weights[j]
        total += w
        lat += w * lats[j]
        lon += w * lons[j]
        baro += w * baros[j]
        geo += w * geos[j]
        speed += w * speeds[j]
    mean[LAT] = lat / total
    mean[LON] = lon / total
    mean[BARO] = baro / total
    mean[GEO] = geo / total
    mean[SPEED] = speed / total


@numba.njit(cache=True, error_model="numpy")
def _mean_of_known(near: Columns, weights: Floats, mean: Floats) -> None:
    for c in range(near.shape[0]):
        total = value = 0.0
        for j in range(weights.size):
            x = near[c, j]
            if not math.isnan(x):
                total += weights[j]
                value += weights[j] * x
        mean[c] = value / total if total > 0 else math.nan
