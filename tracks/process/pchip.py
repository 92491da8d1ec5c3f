"""Shape-preserving piecewise cubics (PCHIP) through the rows of a segment, at its whole seconds.

Slopes are Fritsch and Butland's weighted harmonic means, ends Moler's three-point formula, as SciPy's
PchipInterpolator has them. What depends on the times alone is computed once and serves every column.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Places: TypeAlias = tuple[Ints, Ints, Floats]
"""Where the seconds are: those at a knot (rows: place in the output, knot), those between two (rows: the knot
before, place of the first in the output, how many, place of its weights), and the weights of the rise to the
next knot, of this knot's slope and of the next one's."""
_STRETCH: Final = 64  # seconds between two knots whose weights are tabulated at once


@numba.njit(cache=True, error_model="numpy")
def pchip_at_seconds(x: Floats, y: Floats, first_second: int, out: Floats) -> None:
    """Write into `out` the cubic through (x, y) at first_second, first_second + 1, ...; NaN outside of x.

    At a knot the value is the knot's. One knot is a value at its own second; two make a straight line.

    Parameters
    ----------
    x
        Times, strictly rising.
    y
        Values at these times, none missing.
    """
    out[:] = math.nan
    if x.size == 0:
        return
    begin = max(math.ceil(x[0]) - first_second, 0)
    seconds = min(math.floor(x[-1]) - first_second + 1, out.size) - begin
    if seconds <= 0:
        return
    slope = np.empty(x.size)
    at, between, weights = find_places(x, first_second + begin, seconds)
    interpolate_column(np.diff(x), y, np.diff(y), slope, at, between, weights, out[begin:])


@numba.njit(cache=True, error_model="numpy")
def find_places(x: Floats, first_second: int, seconds: int) -> Places:
    """Return the places of some whole seconds, none outside of x, among the knots."""
    most = x.size + seconds // _STRETCH + 1
    at = np.empty((2, min(x.size, seconds)), np.int64)
    between = np.empty((4, most), np.int64)
    weights = np.empty((3, seconds))
    step, lead, length, place = -1.0, -1.0, 0, 0  # of the latest weights
    knots = gaps = used = k = q = 0
    while q < seconds:
        t = float(first_second + q)
        while k + 1 < x.size and x[k + 1] <= t:
            k += 1
        if x[k] == t:
            at[0, knots], at[1, knots] = q, k
            knots += 1
            q += 1
            continue
        h = x[k + 1] - x[k]
        n = min(seconds - q, _STRETCH, math.ceil(x[k + 1] - t))
        if h != step or t - x[k] != lead or n > length:
            step, lead, length, place = h, t - x[k], n, used
            for j in range(n):
                u = (lead + j) / h
                weights[0, used + j] = u * u * (3 - 2 * u)
                weights[1, used + j] = h * u * (1 - u) * (1 - u)
                weights[2, used + j] = h * u * u * (u - 1)
            used += n
        between[0, gaps], between[1, gaps], between[2, gaps], between[3, gaps] = k, q, n, place
        gaps += 1
        q += n
    return at[:, :knots], between[:, :gaps], weights


@numba.njit(cache=True, error_model="numpy")
def interpolate_column(
    step: Floats,
    y: Floats,
    rise: Floats,
    slope: Floats,
    at: Ints,
    between: Ints,
    weights: Floats,
    out: Floats,
) -> None:
    """Write into `out` the values of one column at the seconds of `find_places`.

    Parameters
    ----------
    step, rise
        Time and change from each knot to the next; for angles the change the short way round.
    y
        Values at the knots.
    slope
        Room for one number a knot.
    """
    if between.shape[1]:
        _slopes(step, rise, slope)
    for g in range(between.shape[1]):
        k = between[0, g]
        here, up, slope0, slope1 = y[k], rise[k], slope[k], slope[k + 1]
        q, w = np.uint64(between[1, g]), np.uint64(between[3, g])  # unsigned: never counted from the end
        for _ in range(between[2, g]):
            out[q] = here + (weights[0, w] * up + weights[1, w] * slope0 + weights[2, w] * slope1)
            q += np.uint64(1)
            w += np.uint64(1)
    for j in range(at.shape[1]):
        out[at[0, j]] = y[at[1, j]]


@numba.njit(cache=True, error_model="numpy")
def _slopes(step: Floats, rise: Floats, slope: Floats) -> None:
    """Write the derivative at every knot of two or more."""
    n = step.size
    if n == 1:
        slope[0] = slope[1] = rise[0] / step[0]
        return
    for k in range(1, n):
        h0, h1 = step[k - 1], step[k]
        rise0, rise1 = rise[k - 1] * h1, rise[k] * h0  # the secants times h0 h1
        product = rise0 * rise1
        weighted = (2 * h1 + h0) * rise1 + (h1 + 2 * h0) * rise0
        mean = 3 * (h0 + h1) * product / (weighted * (h0 * h1))
        slope[k] = mean if product > 0 else 0.0  # 0 at extremes and where it is flat
    slope[0] = _end_slope(step[0], step[1], rise[0], rise[1])
    slope[n] = _end_slope(step[n - 1], step[n - 2], rise[n - 1], rise[n - 2])


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
