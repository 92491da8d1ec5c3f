"""Tracks of many aircraft as arrays: sampled, straight, or one read from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from data_schemas.errors import InputError
from tracks.models.chain import FT_S_PER_KT
from tracks.models.sample import Drawn
from tracks.models.variables import FloatArray, IntArray

MOTION = (
    "north_ft",
    "east_ft",
    "alt_ft_agl",
    "speed_kt",
    "heading_deg",
    "dv_kt_s",
    "dh_ft_min",
    "dpsi_deg_s",
)
"""Columns of a track; the dynamics of a second hold until the next, as in sampled tracks."""
HELD = ("G", "A", "L")
"""Variables that a sampled track holds."""


@dataclass(frozen=True)
class Flights:
    """Tracks of equal length, a second apart.

    Attributes
    ----------
    motion
        By column (`MOTION`) an array of shape (flights, seconds).
    held
        By variable (`HELD`) the bins, from 1, shape (flights,); without those that are not known.
    """

    motion: dict[str, FloatArray]
    held: dict[str, IntArray]

    def __len__(self) -> int:
        """Return the number of flights."""
        return len(self.motion["north_ft"])

    def __getitem__(self, chosen: IntArray) -> Flights:
        """Return some of the flights, in the order given."""
        motion = {name: values[chosen] for name, values in self.motion.items()}
        return Flights(motion, {name: bins[chosen] for name, bins in self.held.items()})


def sampled(drawn: Drawn) -> Flights:
    """Return sampled tracks."""
    grid = {
        name: np.asarray(drawn.table[name].to_numpy()).reshape(drawn.tracks, -1)
        for name in (*MOTION, *HELD)
        if not drawn.table[name].null_count
    }
    held = {name: grid[name][:, 0].astype(np.int64) for name in HELD if name in grid}
    return Flights({name: grid[name] for name in MOTION}, held)


def straight(speed_kt: float, alt_ft_agl: float, dh_ft_min: float, seconds: int) -> Flights:
    """Return one flight straight to the north from the origin, at a steady speed and vertical rate."""
    time = np.arange(float(seconds))
    rows = np.stack([time * speed_kt * FT_S_PER_KT, 0 * time, alt_ft_agl + time * dh_ft_min / 60], axis=1)
    return through(rows)


def through(positions: FloatArray) -> Flights:
    """Return one flight through positions a second apart: north, east, altitude, ft, shape (seconds, 3).

    Speed, heading and vertical rate of a second are those of the way to the next one, the acceleration and
    turn rate their changes until then; the last values repeat.
    """
    north, east, climb = np.diff(positions, axis=0).T
    speed = np.hypot(north, east) / FT_S_PER_KT
    heading = np.degrees(np.arctan2(east, north)) % 360
    turn = (np.diff(heading) + 180) % 360 - 180
    columns = (
        *(positions.T[k] for k in range(3)),
        *(_repeated(values, len(positions)) for values in (speed, heading, np.diff(speed), climb * 60, turn)),
    )
    return Flights({name: values[None, :] for name, values in zip(MOTION, columns, strict=True)}, {})


def read_track(path: Path, seconds: int) -> Flights:
    """Read one flight from a CSV or Parquet file.

    Columns time_s, north_ft, east_ft and alt_ft_agl, a row a second; others are not read. The flight begins
    at the origin with its first row, and must last for `seconds` rows.

    Raises
    ------
    InputError
        The file cannot be read, lacks a column, has missing values or rows that are not a second apart, or
        is too short.
    """
    names = ("time_s", "north_ft", "east_ft", "alt_ft_agl")
    read = pl.read_parquet if path.suffix == ".parquet" else pl.read_csv
    try:
        table = read(path, columns=list(names)).select(pl.col(names).cast(pl.Float64)).to_numpy()
    except (OSError, pl.exceptions.PolarsError) as error:
        problem = " ".join(str(error).split())[:200]
        raise InputError(path, problem, f"give a track with columns {', '.join(names)}") from None
    if not np.isfinite(table).all():
        row = int(np.argmin(np.isfinite(table).all(axis=1))) + 1
        raise InputError(f"{path} row {row}", "a value is missing", "give a track without gaps")
    if (np.diff(table[:, 0]) != 1).any():
        row = int(np.argmax(np.diff(table[:, 0]) != 1)) + 2
        raise InputError(f"{path} row {row}, time_s", "is not 1 s after the row before", "give a 1 Hz track")
    if len(table) < seconds:
        raise InputError(path, f"has {len(table)} rows, {seconds} are needed", "give a longer track")
    positions = table[:seconds, 1:].copy()
    positions[:, :2] -= positions[0, :2]
    return through(positions)


def _repeated(values: FloatArray, size: int) -> FloatArray:
    return np.concatenate([values, np.repeat(values[-1:], size - len(values))])
