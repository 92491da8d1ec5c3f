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


MOST_SEATS = 999
"""A greater number is no number of seats (the largest airliner has under 900)."""


def seats_bin(seats: int | None) -> str:
    """Return the folder name of a seat count: [0 1) [1 10) [10 20) … [40 50), then in steps of 50.

    What is no number of seats (missing, negative, above `MOST_SEATS`) is unknown, so that 26 folders are all
    there can be.

    >>> seats_bin(0), seats_bin(4), seats_bin(10), seats_bin(186), seats_bin(None), seats_bin(60_000)
    ('Seats_0_1', 'Seats_1_10', 'Seats_10_20', 'Seats_150_200', 'Seats_NaN_NaN', 'Seats_NaN_NaN')
    """
    if seats is None or not 0 <= seats <= MOST_SEATS:
        return "Seats_NaN_NaN"
    if seats < 1:
        return "Seats_0_1"
    if seats < 10:
        return "Seats_1_10"
    step = 10 if seats < 50 else 50
    low = seats // step * step
    return f"Seats_{low}_{low + step}"
