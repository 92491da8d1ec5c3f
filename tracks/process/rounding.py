"""Values rounded to the resolution of their column."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rounded = npt.NDArray[np.float64] | npt.NDArray[np.float32] | npt.NDArray[np.int32]


@numba.njit(cache=True, error_model="numpy")
def round_to_steps(
    values: Floats, step: float, end: float, out: Rounded, known: npt.NDArray[np.bool_]
) -> int:
    """Write whole multiples of a step into `out`, halves to the even one; return how many are missing.

    Zero is positive. A value that reaches `end` in rounding, the open end of a range of 360, becomes the
    range's start. Where a value is NaN, `known` is false and `out` is 0.

    Parameters
    ----------
    step
        A power of two.
    """
    missing = 0
    scale = 1 / step
    for i in range(values.size):
        rounded = np.rint(values[i] * scale) * step + 0.0
        rounded = rounded - 360 if rounded >= end else rounded
        known[i] = not np.isnan(rounded)
        missing += not known[i]
        out[i] = rounded if known[i] else 0
    return missing
