"""Step 2: the altitudes of the mode must be there and possible."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from tracks.process.reasons import ALTITUDE_RANGE, ALTITUDE_ZERO, MISSING_ALTITUDE, REMAINS

Floats = npt.NDArray[np.float64]

_TOLERANCE_FT = 1e-6  # metres turned into feet miss a whole foot by less than this


@numba.njit(cache=True, error_model="numpy")
def mark_impossible_altitudes(
    altitudes_ft: tuple[Floats, ...], floor_ft: float, ceiling_ft: float, reason: npt.NDArray[np.int8]
) -> None:
    """Write into `reason` which of the remaining rows leave in step 2.

    With two altitudes a row leaves if either is missing; if not, if either is exactly 0; if not, if either
    lies outside floor and ceiling, ends included, to 1e-6 ft.
    """
    for i in range(reason.size):
        if reason[i] != REMAINS:
            continue
        missing = zero = outside = False
        for altitude_ft in altitudes_ft:
            h = altitude_ft[i]
            missing |= np.isnan(h)
            zero |= h == 0
            outside |= h < floor_ft - _TOLERANCE_FT or h > ceiling_ft + _TOLERANCE_FT
        if missing:
            reason[i] = MISSING_ALTITUDE
        elif zero:
            reason[i] = ALTITUDE_ZERO
        elif outside:
            reason[i] = ALTITUDE_RANGE
