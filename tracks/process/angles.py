"""Angles along a segment: unwrapped for arithmetic, wrapped for people."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@numba.njit(cache=True, error_model="numpy")
def unwrap(angle_deg: Floats, offsets: Ints) -> Floats:
    """Return angles plus whole turns, so that within a segment each is the short way from the one before.

    A difference of exactly 180° stays as it is. Turns are counted, not summed up, so no error accumulates.
    """
    unwrapped = np.empty_like(angle_deg)
    for s in range(offsets.size - 1):
        turns = 0.0
        for i in range(offsets[s], offsets[s + 1]):
            if i > offsets[s]:
                change = angle_deg[i] - angle_deg[i - 1]
                if abs(change) > 180:
                    turns -= np.rint(change / 360)
            unwrapped[i] = angle_deg[i] + 360 * turns
    return unwrapped


def wrap(angle_deg: Floats, low_deg: float) -> Floats:
    """Return angles in [low, low + 360); those in it stay as they are, bit for bit."""
    wrapped = angle_deg.copy()
    outside = (angle_deg < low_deg) | (angle_deg >= low_deg + 360)
    turned = angle_deg[outside]
    turned -= 360 * np.floor((turned - low_deg) / 360)
    turned[turned >= low_deg + 360] = low_deg  # rounding may land on the open end
    wrapped[outside] = np.maximum(turned, low_deg)
    return wrapped
