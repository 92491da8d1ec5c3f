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


@numba.njit(cache=True, error_model="numpy")
def short_way(change_deg: Floats) -> None:
    """Take whole turns off changes of more than half a turn; one of exactly 180° stays as it is."""
    for i in range(change_deg.size):
        if abs(change_deg[i]) > 180:
            change_deg[i] -= 360 * np.rint(change_deg[i] / 360)


@numba.njit(cache=True, error_model="numpy")
def wrap(angle_deg: Floats, low_deg: float) -> None:
    """Bring angles into [low, low + 360); those in it stay as they are, bit for bit."""
    for i in range(angle_deg.size):
        if angle_deg[i] < low_deg or angle_deg[i] >= low_deg + 360:
            turned = angle_deg[i] - 360 * np.floor((angle_deg[i] - low_deg) / 360)
            # Rounding may land on the open end.
            angle_deg[i] = low_deg if turned >= low_deg + 360 else max(turned, low_deg)
