"""Step 8: rows beyond what an aircraft of their type can do."""

from __future__ import annotations

from typing import TypeAlias

import numba
import numpy as np
import numpy.typing as npt

from tracks.process.dynamics import (
    CLIMB,
    COURSE,
    RATE,
    SPEED_ESTIMATE,
    TURN,
    Floats,
    Ints,
    value_at,
)
from tracks.process.reasons import (
    LIMIT_ACCELERATION,
    LIMIT_SPEED,
    LIMIT_TURN_RATE,
    LIMIT_VERTICAL_RATE,
    REMAINS,
)

Limits: TypeAlias = tuple[float, float, float, float]
"""Acceleration of the estimated speed [kt/s], turn rate [deg/s], speed [kt], vertical rate [ft/s]."""


@numba.njit(cache=True, error_model="numpy")
def mark_impossible_dynamics(
    state: Floats,
    time_s: Floats,
    offsets: Ints,
    rows: Ints,
    altitudes: tuple[int, ...],
    level_below_ft_s: float,
    limits: Limits,
    reason: npt.NDArray[np.int8],
) -> None:
    """Write into `reason` which rows leave in step 8, for the first limit exceeded (see `first_exceeded`).

    Nothing is recomputed.

    Parameters
    ----------
    state, time_s
        Shape (7, rows), see `dynamics`, and times; of all segments, one after the other.
    offsets
        Where each segment starts, and the end of the last.
    rows
        Position in `reason` of each row.
    altitudes
        Rows of the state whose vertical rates are the mode's.
    """
    for s in range(offsets.size - 1):
        begin, last = offsets[s], offsets[s + 1] - 1
        for i in range(begin, last + 1):
            steep = False
            for row in altitudes:
                climb = value_at(CLIMB, state[row], time_s, i, begin, last, level_below_ft_s)
                steep |= abs(climb) > limits[3]
            acceleration = value_at(RATE, state[SPEED_ESTIMATE], time_s, i, begin, last, 0.0)
            turn = value_at(TURN, state[COURSE], time_s, i, begin, last, 0.0)
            code = first_exceeded(limits, acceleration, turn, state[SPEED_ESTIMATE, i], steep)
            if code != REMAINS:
                reason[rows[i]] = code


@numba.njit(cache=True, error_model="numpy")
def first_exceeded(
    limits: Limits, acceleration_kt_s: float, turn_deg_s: float, speed_kt: float, too_steep: bool
) -> int:
    """Return the reason of the first limit exceeded, in their order; a missing value exceeds nothing."""
    if abs(acceleration_kt_s) > limits[0]:
        return LIMIT_ACCELERATION
    if abs(turn_deg_s) > limits[1]:
        return LIMIT_TURN_RATE
    if abs(speed_kt) > limits[2]:
        return LIMIT_SPEED
    return LIMIT_VERTICAL_RATE if too_steep else REMAINS
