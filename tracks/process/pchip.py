"""Shape-preserving piecewise cubics (PCHIP) through the rows of a segment, at its whole seconds.

Slopes are Fritsch and Butland's weighted harmonic means, ends Moler's three-point formula, as SciPy's
PchipInterpolator has them. What depends on the times alone is computed once and serves every column.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Places: TypeAlias = tuple[Ints, Ints, Floats, Floats, Floats]
"""Of each second between two knots: its place in the output, the knot before it, and the weights of the rise
to the next knot, of this knot's slope and of the next one's."""


@numba.njit(cache=True, error_model="numpy")
def pchip_at_seconds(x: Floats, y: Floats, first_second: int, out: Floats) -> None:
    """Write into `out` the cubic through (x, y) at first_second, first_second + 1, ...; NaN outside of x.

    At a knot the value is the knot's, bit for bit. One knot is a value at its own second; two make a
    straight line.

    Parameters
    ----------
    x
        Times, strictly rising.
    y
        Values at these times, none missing.
    """
    row, places = find_places(x, first_second, out.size)
    slope = np.empty(x.size)
    interpolate_column(x, y, row, places, slope, out)


@numba.njit(cache=True, error_model="numpy")
def find_places(x: Floats, first_second: int, seconds: int) -> tuple[Ints, Places]:
    """Return the knot at or before each second, -1 outside of all, and the places between two knots."""
    row = np.empty(seconds, np.int64)
    index, knot = np.empty(seconds, np.int64), np.empty(seconds, np.int64)
    rise, here, there = np.empty(seconds), np.empty(seconds), np.empty(seconds)
    n = x.size
    k = between = 0
    for q in range(seconds):
        t = float(first_second + q)
        if n == 0 or t < x[0] or t > x[n - 1]:
            row[q] = -1
            continue
        while k + 1 < n and x[k + 1] <= t:
            k += 1
        row[q] = k
        if x[k] != t:
            h = x[k + 1] - x[k]
            u = (t - x[k]) / h
            index[between], knot[between] = q, k
            rise[between] = u * u * (3 - 2 * u)
            here[between] = h * u * (1 - u) * (1 - u)
            there[between] = h * u * u * (u - 1)
            between += 1
    return row, (index[:between], knot[:between], rise[:between], here[:between], there[:between])


@numba.njit(cache=True, error_model="numpy")
def interpolate_column(x: Floats, y: Floats, row: Ints, places: Places, slope: Floats, out: Floats) -> None:
    """Write into `out` the values of one column at the seconds of `find_places`; `slope` is scratch."""
    for q in range(row.size):
        out[q] = y[row[q]] if row[q] >= 0 else math.nan
    index, knot, rise, here, there = places
    if index.size == 0:
        return
    _slopes(x, y, slope)
    for p in range(index.size):
        k = knot[p]
        out[index[p]] = y[k] + (rise[p] * (y[k + 1] - y[k]) + here[p] * slope[k] + there[p] * slope[k + 1])


@numba.njit(cache=True, error_model="numpy")
def _slopes(x: Floats, y: Floats, slope: Floats) -> None:
    """Write the derivative at every knot of two or more."""
    n = x.size
    if n == 2:
        slope[0] = slope[1] = (y[1] - y[0]) / (x[1] - x[0])
        return
    for k in range(1, n - 1):
        h0, h1 = x[k] - x[k - 1], x[k + 1] - x[k]
        rise0, rise1 = (y[k] - y[k - 1]) * h1, (y[k + 1] - y[k]) * h0  # the secants times h0 h1
        product = rise0 * rise1
        weighted = (2 * h1 + h0) * rise1 + (h1 + 2 * h0) * rise0
        mean = 3 * (h0 + h1) * product / (weighted * (h0 * h1))
        slope[k] = mean if product > 0 else 0.0  # 0 at extremes and where it is flat
    slope[0] = _end_slope(x[1] - x[0], x[2] - x[1], y[1] - y[0], y[2] - y[1])
    slope[n - 1] = _end_slope(
        x[n - 1] - x[n - 2], x[n - 2] - x[n - 3], y[n - 1] - y[n - 2], y[n - 2] - y[n - 3]
    )


@numba.njit(cache=True, error_model="numpy")
def _end_slope(h0: float, h1: float, rise0: float, rise1: float) -> float:
    """Return the one-sided slope at an end, kept from overshooting (h0, rise0 nearest to the end)."""
    m0, m1 = rise0 / h0, rise1 / h1
    d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    if np.sign(d) != np.sign(m0):
        return 0.0
    if np.sign(m0) != np.sign(m1) and abs(d) > 3 * abs(m0):
        return 3 * m0
    return d
