"""Inputs larger than usual, made of repeated simulated rows: an hour, and a leaf of one aircraft."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

_DIGITS = b"0123456789bcdef"
"""First digits of the addresses of copies; those of simulated aircraft begin with a."""
_YEAR_S = 1_609_459_200
"""2021-01-01."""


def make_hour(source: str, place: str, rows: int) -> int:
    """Repeat the rows of every moment of an hour under other addresses; return how many rows there are.

    Rows stay in order of time, as published. `source` is a place with one hour as CSV.
    """
    (hour,) = (Path(source) / "raw").iterdir()
    raw = Path(place) / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for name in ("register.csv", "registry.parquet"):
        shutil.copy(Path(source) / name, place)
    with hour.open("rb") as lines:
        have = sum(1 for _ in lines) - 1
    copies = min(-(-rows // have), 1 + len(_DIGITS))
    with hour.open("rb") as lines, (raw / hour.name).open("wb") as out:
        out.write(next(lines))
        for time, rows_of_moment in itertools.groupby(lines, key=lambda line: line[:10]):
            text = b"".join(rows_of_moment)
            out.write(text)
            for digit in _DIGITS[: copies - 1]:
                out.write(text.replace(time + b",a", b"%s,%c" % (time, digit)))
    return have * copies


def make_aircraft(source: str, place: str, rows: int) -> int:
    """Repeat the hour of the aircraft with most rows, hour after hour, as one Parquet file; return its rows.

    Each hour is some metres further north, or its rows would be repeated positions. `source` is a place with
    one hour as CSV.
    """
    (hour,) = (Path(source) / "raw").iterdir()
    raw = Path(place) / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for name in ("register.csv", "registry.parquet", "one_leaf"):
        shutil.copy(Path(source) / name, place)
    texts = dict.fromkeys(("icao24", "callsign", "squawk", "onground", "alert", "spi"), pl.String)
    frame = pl.read_csv(hour, schema_overrides=texts).unique(["time", "icao24"], maintain_order=True)
    # Of many with as many rows, one that moves all the time: of one that stands stage 3 keeps nothing.
    rank = frame.group_by("icao24").agg(pl.len().alias("rows"), pl.col("lat").n_unique())
    most = rank.sort("rows", "lat", "icao24", descending=True)["icao24"][0]
    flags = [pl.col(name) == "True" for name in ("onground", "alert", "spi")]
    one = frame.filter(pl.col("icao24") == most).with_columns(flags).sort("time")
    shift = _YEAR_S - int(one["time"][0])
    hours = -(-rows // one.height)
    first = one.to_arrow(compat_level=pl.CompatLevel.oldest())
    with pq.ParquetWriter(raw / f"{hour.stem}.parquet", first.schema, compression="zstd") as out:
        for number in range(hours):
            later = [
                pl.col(name) + shift + 3600 * number for name in ("time", "lastposupdate", "lastcontact")
            ]
            copy = one.with_columns(*later, pl.col("lat") + 1e-5 * number)
            out.write_table(copy.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(first.schema))
    return hours * one.height
