"""Why rows leave stage 3: one number a row, so that every row in is a row out or has a reason."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

REMAINS: Final = 0
MISSING_SQUAWK: Final = 1
DUPLICATE_LASTCONTACT: Final = 2
DUPLICATE_TIME: Final = 3
DUPLICATE_POSITION: Final = 4
MISSING_ALTITUDE: Final = 5
ALTITUDE_ZERO: Final = 6
ALTITUDE_RANGE: Final = 7
SHORT_SEGMENT: Final = 8
OUTLIER_BARO: Final = 9
OUTLIER_GEO: Final = 10
SHORT_AFTER_OUTLIERS: Final = 11
LIMIT_ACCELERATION: Final = 12
LIMIT_TURN_RATE: Final = 13
LIMIT_SPEED: Final = 14
LIMIT_VERTICAL_RATE: Final = 15
SHORT_AFTER_LIMITS: Final = 16

REASONS: Final = (
    "",  # the row remains and is interpolated
    "missing_squawk",
    "duplicate_lastcontact",
    "duplicate_time",
    "duplicate_position",
    "missing_altitude_of_mode",
    "altitude_zero",
    "altitude_out_of_range",
    "short_segment",
    "altitude_outlier_baro",
    "altitude_outlier_geo",
    "short_after_outliers",
    "limit_acceleration",
    "limit_turn_rate",
    "limit_speed",
    "limit_vertical_rate",
    "short_after_limits",
)
"""Names of the reasons, in the order of the steps; the number of a reason is its place here."""


def count_reasons(reason: npt.NDArray[np.int8]) -> dict[str, int]:
    """Return how many rows left for each reason that occurs, in the order of the steps."""
    counts = np.bincount(reason, minlength=len(REASONS))
    return {name: int(n) for name, n in zip(REASONS[1:], counts[1:], strict=True) if n}
