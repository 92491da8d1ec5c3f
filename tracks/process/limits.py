"""Step 8: rows beyond what an aircraft of their type can do."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from tracks.process.dynamics import DPSI, DV_ESTIMATE, SPEED_ESTIMATE, Floats, Ints
from tracks.process.reasons import (
    LIMIT_ACCELERATION,
    LIMIT_SPEED,
    LIMIT_TURN_RATE,
    LIMIT_VERTICAL_RATE,
)


@numba.njit(cache=True, error_model="numpy")
def mark_impossible_dynamics(
    values: Floats,
    rows: Ints,
    vertical_rates: tuple[int, ...],
    acceleration_kt_s: float,
    turn_rate_deg_s: float,
    speed_kt: float,
    vertical_rate_ft_s: float,
    reason: npt.NDArray[np.int8],
) -> None:
    """Write into `reason` which rows leave in step 8, for the first limit exceeded in the order given here.

    Acceleration and speed are those of the estimated speed; `vertical_rates` names the columns of `values`
    that hold the mode's. A missing value exceeds nothing. Nothing is recomputed.

    Parameters
    ----------
    values
        Columns of `dynamics.COLUMNS`, shape (12, rows).
    rows
        Position in `reason` of each row.
    """
    for i in range(rows.size):
        too_steep = False
        for column in vertical_rates:
            too_steep |= abs(values[column, i]) > vertical_rate_ft_s
        if abs(values[DV_ESTIMATE, i]) > acceleration_kt_s:
            reason[rows[i]] = LIMIT_ACCELERATION
        elif abs(values[DPSI, i]) > turn_rate_deg_s:
            reason[rows[i]] = LIMIT_TURN_RATE
        elif abs(values[SPEED_ESTIMATE, i]) > speed_kt:
            reason[rows[i]] = LIMIT_SPEED
        elif too_steep:
            reason[rows[i]] = LIMIT_VERTICAL_RATE
