"""Values rounded to the resolution of their column."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rounded = npt.NDArray[np.float64] | npt.NDArray[np.float32] | npt.NDArray[np.int32]


@numba.njit(cache=True, error_model="numpy")
def round_to_steps(
    values: Floats, step: float, centred: bool, end: float, out: Rounded, known: npt.NDArray[np.bool_]
) -> int:
    """Write values rounded to steps into `out`; return how many are missing.

    A rounded value is the nearest whole multiple of the step, of two the even one. If `centred` it is the
    middle of the step that the value lies in, or 0 for less than half a step: so no value crosses a whole
    multiple, where cut points of models are. Either way it is off by half a step at most, and zero is
    positive. Where a value is NaN, `known` is false and `out` is 0.

    Parameters
    ----------
    step
        A power of two.
    end
        Open end of a range of 360: a value that reaches it in rounding becomes the range's start.
    """
    missing = 0
    scale = 1 / step
    for i in range(values.size):
        steps = values[i] * scale
        if not centred:
            steps = np.rint(steps)
        elif abs(steps) < 0.5:
            steps = 0.0
        else:
            steps = np.floor(steps) + 0.5
        rounded = steps * step + 0.0
        rounded = rounded - 360 if rounded >= end else rounded
        known[i] = not np.isnan(rounded)
        missing += not known[i]
        out[i] = rounded if known[i] else 0
    return missing
