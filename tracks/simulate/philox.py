"""The simulation's random numbers, by stream and place (see `tracks.philox`).

The counter is (stream, aircraft, when, which one), so the state of an aircraft does not depend on who
computes it, nor on what was computed before.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tracks.philox import philox4x32

MODEL, SCHEDULE, TRIP, FLIGHT, MANOEUVRE, ROW, EDGE, GAP, DROPOUT, HOUR, DAY, FIELD = range(12)
"""Streams: what a number is drawn for."""

_UNIT = 2.0**-32


# One signature: left to itself numba compiles it anew for every stream and constant.
@njit("UniTuple(float64, 4)(uint64, int64, int64, int64, int64)", cache=True)
def uniforms(key, stream, aircraft, when, which):  # type: ignore[no-untyped-def]
    """Return four independent numbers in (0, 1) for a stream and three integers, of which 32 bits count."""
    x0, x1, x2, x3 = philox4x32(key, stream, aircraft, when, which)
    return (
        (np.float64(x0) + 0.5) * _UNIT,
        (np.float64(x1) + 0.5) * _UNIT,
        (np.float64(x2) + 0.5) * _UNIT,
        (np.float64(x3) + 0.5) * _UNIT,
    )


@njit(cache=True)
def normal(u1, u2):  # type: ignore[no-untyped-def]
    """Return a standard normal number of two uniform ones (Box and Muller 1958)."""
    return math.sqrt(-2.0 * math.log(u1)) * math.cos(2.0 * math.pi * u2)
