"""Aircraft types, and the seat bins of the storage hierarchy."""

from __future__ import annotations

AIRCRAFT_TYPES: tuple[str, ...] = (
    "FixedWingSingleEngine",
    "FixedWingMultiEngine",
    "Rotorcraft",
    "Glider",
    "Balloon",
    "BlimpDirigible",
    "Gyroplane",
    "WeightShiftControl",
    "PoweredParachute",
    "Other",
    "Unknown",
)
"""The names a register row may give (pipeline.md, stage 0)."""


def seats_bin(seats: int | None) -> str:
    """Return the folder name of a seat count: [0 1) [1 10) [10 20) … [40 50), then in steps of 50.

    >>> seats_bin(0), seats_bin(4), seats_bin(10), seats_bin(186), seats_bin(None)
    ('Seats_0_1', 'Seats_1_10', 'Seats_10_20', 'Seats_150_200', 'Seats_NaN_NaN')
    """
    if seats is None:
        return "Seats_NaN_NaN"
    if seats < 1:
        return "Seats_0_1"
    if seats < 10:
        return "Seats_1_10"
    step = 10 if seats < 50 else 50
    low = seats // step * step
    return f"Seats_{low}_{low + step}"
