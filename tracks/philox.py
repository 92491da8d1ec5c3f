"""Random numbers as a function of their place: any rank draws any number without drawing those before it.

Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11, 2011):
a keyed bijection of a 128-bit counter. The counter names what is drawn, so a number does not depend on who
computes it, nor on what was computed before.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_MULTIPLY_0, _MULTIPLY_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)


@njit(inline="always")
def _rounds(key, x0, x1, x2, x3):  # type: ignore[no-untyped-def]
    key0, key1 = key & _LOW, key >> _SHIFT
    for _ in range(10):
        product_0, product_1 = _MULTIPLY_0 * x0, _MULTIPLY_1 * x2
        x0, x2 = (product_1 >> _SHIFT) ^ x1 ^ key0, (product_0 >> _SHIFT) ^ x3 ^ key1
        x1, x3 = product_1 & _LOW, product_0 & _LOW
        key0, key1 = (key0 + _WEYL_0) & _LOW, (key1 + _WEYL_1) & _LOW
    return x0, x1, x2, x3


# One signature: left to itself numba compiles it anew for every constant.
@njit("UniTuple(uint64, 4)(uint64, int64, int64, int64, int64)", cache=True)
def philox4x32(key, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """Return four 32-bit words (as uint64) of a 64-bit key and four counter words, of which 32 bits count."""
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    return _rounds(np.uint64(key), x0 & _LOW, x1 & _LOW, x2 & _LOW, x3 & _LOW)


@njit("void(uint64, int64, int64, int64, int64, uint32[:, ::1])", cache=True)
def fill_philox(key, c0, c1, c2, c3, out):  # type: ignore[no-untyped-def]
    """Write the words of consecutive second counter words c1, c1 + 1, ... into the columns of out (4, n).

    They are those of `philox4x32`, several at a time.
    """
    x0, x2, x3 = np.uint64(c0) & _LOW, np.uint64(c2) & _LOW, np.uint64(c3) & _LOW
    for i in range(out.shape[1]):
        x1 = np.uint64(c1 + i) & _LOW
        out[0, i], out[1, i], out[2, i], out[3, i] = _rounds(np.uint64(key), x0, x1, x2, x3)


@njit("int64(float64[::1], float64)", cache=True)
def pick(cumulative, value):  # type: ignore[no-untyped-def]
    """Return the index of the first entry above a value in rising sums: a choice with given weights."""
    low, high = 0, len(cumulative) - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > value:
            high = middle
        else:
            low = middle + 1
    return low
