"""The waypoints file of em-core, which encounter simulations read (`load_waypoints`, `save_waypoints`)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_schemas.errors import InputError
from data_schemas.files import complete_file

MOST_UPDATES = 65535
"""Updates of an aircraft, whose count has 16 bits."""


def write_waypoints(path: Path, blocks: Iterable[npt.NDArray[np.float64]], aircraft: int) -> None:
    """Write encounters as waypoints a second apart, complete or not at all.

    Little-endian: the number of encounters and of aircraft, uint32; then of each encounter, for each
    aircraft, north, east and altitude at the start, double, ft; then for each aircraft the number of updates,
    uint16, and of each update the time, s, north, east and altitude, double. Updates are the seconds from 1
    on.

    Parameters
    ----------
    path
        File to write.
    blocks
        Positions: north, east, altitude, ft, shape (encounters, aircraft, seconds, 3).
    aircraft
        Aircraft in each encounter.

    Raises
    ------
    InputError
        The tracks are too long for the layout.
    """
    encounters = 0
    with complete_file(path) as part, part.open("wb") as handle:
        handle.write(struct.pack("<II", encounters, aircraft))
        for position in blocks:
            updates = position.shape[2] - 1
            if updates > MOST_UPDATES:
                raise InputError("seconds", f"waypoints hold {MOST_UPDATES} updates", "draw shorter tracks")
            of_aircraft = np.dtype([("count", "<u2"), ("updates", "<f8", (updates, 4))])
            records = np.zeros(
                len(position), np.dtype([("start", "<f8", (aircraft, 3)), ("then", of_aircraft, aircraft)])
            )
            records["start"], records["then"]["count"] = position[:, :, 0], updates
            records["then"]["updates"][..., 0] = np.arange(1, updates + 1)
            records["then"]["updates"][..., 1:] = position[:, :, 1:]
            handle.write(records.tobytes())
            encounters += len(position)
        handle.seek(0)
        handle.write(struct.pack("<II", encounters, aircraft))
