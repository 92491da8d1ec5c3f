"""Shape-preserving piecewise cubics (PCHIP), evaluated at whole seconds."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@numba.njit(cache=True)
def pchip_at_seconds(x: Floats, y: Floats, first_second: float, out: Floats) -> None:
    """Write into `out` the cubic through (x, y) at first_second, first_second + 1, ...; NaN outside of x.

    Slopes are Fritsch and Butland's weighted harmonic means, ends Moler's three-point formula, arithmetic in
    the order of SciPy's PchipInterpolator. At a knot the value is the knot's, bit for bit. One knot is a
    value at its own second; two make a straight line. Slopes are computed only where a second lies between
    two knots.

    Parameters
    ----------
    x
        Times, strictly rising.
    y
        Values at these times, none missing.
    """
    n = x.size
    k = 0
    known = -1
    c0 = c1 = c2 = 0.0
    for q in range(out.size):
        t = first_second + q
        if n == 0 or t < x[0] or t > x[n - 1]:
            out[q] = math.nan
            continue
        while k < n - 1 and x[k + 1] <= t:
            k += 1
        if x[k] == t:
            out[q] = y[k]
            continue
        if k != known:
            h = x[k + 1] - x[k]
            secant = (y[k + 1] - y[k]) / h
            c2 = _slope(x, y, k)
            bend = (c2 + _slope(x, y, k + 1) - 2 * secant) / h
            c0 = bend / h
            c1 = (secant - c2) / h - bend
            known = k
        dx = t - x[k]
        out[q] = y[k] + c2 * dx + c1 * (dx * dx) + c0 * (dx * dx * dx)


@numba.njit(cache=True)
def _slope(x: Floats, y: Floats, k: int) -> float:
    """Return the derivative at knot `k` of two or more."""
    n = x.size
    if n == 2:
        return float((y[1] - y[0]) / (x[1] - x[0]))
    if k == 0:
        return _end_slope(x[1] - x[0], x[2] - x[1], y[1] - y[0], y[2] - y[1])
    if k == n - 1:
        return _end_slope(x[k] - x[k - 1], x[k - 1] - x[k - 2], y[k] - y[k - 1], y[k - 1] - y[k - 2])
    h0, h1 = x[k] - x[k - 1], x[k + 1] - x[k]
    m0, m1 = (y[k] - y[k - 1]) / h0, (y[k + 1] - y[k]) / h1
    if m0 == 0 or m1 == 0 or (m0 > 0) != (m1 > 0):
        return 0.0
    w0, w1 = 2 * h1 + h0, h1 + 2 * h0
    return float(1 / ((w0 / m0 + w1 / m1) / (w0 + w1)))


@numba.njit(cache=True)
def _end_slope(h0: float, h1: float, rise0: float, rise1: float) -> float:
    """Return the one-sided slope at an end, kept from overshooting (h0, rise0 nearest to the end)."""
    m0, m1 = rise0 / h0, rise1 / h1
    d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    if np.sign(d) != np.sign(m0):
        return 0.0
    if np.sign(m0) != np.sign(m1) and abs(d) > 3 * abs(m0):
        return 3 * m0
    return d
