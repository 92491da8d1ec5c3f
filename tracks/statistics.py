"""Stage 4: seconds by aircraft group, airspace class and layer above ground; flight hours (pipeline.md)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from data_schemas.aircraft import seats_bin
from data_schemas.config import StatisticsSettings
from data_schemas.files import complete_file
from data_schemas.table import Table
from data_schemas.tables.statistics import FLIGHT_HOURS, GROUP, LAYER, SECONDS, STATISTICS_PART
from data_schemas.tables.tracks import TRACKS
from data_schemas.task import Counts, Task
from tracks.leaves import LeafIndex
from tracks.track_files import TrackFile, find_track_files

ALTITUDES = {"baro": "alt_baro_ft_agl", "geo": "alt_geo_ft_agl"}
"""The altitudes counted, and the columns they are in."""
MISSING, BELOW, ABOVE = "missing_agl", "below_floor", "above_ceiling"
"""Why a second is in no layer."""
_PARTS_AT_ONCE = 64


def statistics_tasks(tracks: Path, out: Path, settings_digest: str) -> list[Task]:
    """Return one task a track file, its output `out/<year>/<type>/<leaf>.parquet`, its cost the file's bytes.

    Parameters
    ----------
    tracks
        Folder of tracks (stage 3).
    out
        Folder of the parts.
    settings_digest
        Digest of everything else that decides the output: the section `statistics` and the register.

    Raises
    ------
    InputError
        The folder holds no tracks.
    """
    return [
        Task(
            file.name,
            (str(file.path),),
            str(out / f"{file.name}.parquet"),
            float(file.path.stat().st_size),
            settings_digest,
        )
        for file in find_track_files(tracks)
    ]


def statistics_task(task: Task, *, settings: StatisticsSettings, leaves: LeafIndex) -> Counts:
    """Count the seconds of one leaf and write its part.

    A second is in a layer if its altitude above ground lies in [floor, ceiling); layers start at the floor
    and the last may be cut short by the ceiling. Manufacturer, model and seats are those of the register
    in the file's year, the aircraft type is the one the tracks were processed with.

    Returns
    -------
    Counts
        Of the barometric altitude: seconds in, seconds in a layer, and the others by reason. `made` has the
        same of the geometric altitude (`geo_*`), and the leaf's aircraft and segments.

    Raises
    ------
    InputError
        The input is not a tracks table or does not lie where tracks do.
    """
    file = TrackFile.at(Path(task.inputs[0]))
    seconds = _read_seconds(file.path, ["icao24", "segment", "A", *ALTITUDES.values()])
    aircraft = _described(seconds["icao24"].unique(), file, leaves)
    flights = (
        seconds.group_by("icao24", "segment")
        .agg(seconds=pl.len())
        .group_by("icao24")
        .agg(pl.col("seconds").sum(), segments=pl.len())
        .with_columns(aircraft=pl.lit(1))
    )
    parts = [flights]
    tallies: dict[str, dict[str, int]] = {}
    for altitude, column in ALTITUDES.items():
        counted, tallies[altitude] = _count_layers(seconds.select("icao24", "A", agl=column), settings)
        parts.append(counted.with_columns(altitude=pl.lit(altitude)))
    part = pl.concat(parts, how="diagonal_relaxed").join(aircraft, "icao24", validate="m:1")
    _write(_added([part], (*GROUP, *LAYER)), Path(task.output), STATISTICS_PART)
    left = tallies["baro"]
    geo = tallies["geo"]
    return Counts(
        rows_in=seconds.height,
        rows_out=seconds.height - sum(left.values()),
        left=left,
        made={
            "aircraft": aircraft.height,
            "segments": int(flights["segments"].sum()),
            "geo_counted": seconds.height - sum(geo.values()),
            **{f"geo_{reason}": number for reason, number in geo.items()},
        },
    )


def sum_statistics(parts: Sequence[Path], out: Path) -> None:
    """Add up the parts of all leaves into `out/seconds.parquet` and `out/flight_hours.parquet`.

    Everything added is a whole number, so the order of the parts does not matter. An aircraft has one leaf
    a year, so distinct aircraft add up too.
    """
    total = pl.DataFrame()
    keys = (*GROUP, *LAYER)
    for first in range(0, len(parts), _PARTS_AT_ONCE):
        some = [_read_part(path) for path in parts[first : first + _PARTS_AT_ONCE]]
        total = _added([total, *some] if first else some, keys)
    if not parts:
        total = pl.DataFrame(STATISTICS_PART.schema().empty_table())
    in_layer = pl.col("altitude").is_not_null()
    _write(total.filter(in_layer).select(SECONDS.names), out / "seconds.parquet", SECONDS)
    hours = total.filter(~in_layer).with_columns(hours=pl.col("seconds") / 3600)
    _write(hours.select(FLIGHT_HOURS.names), out / "flight_hours.parquet", FLIGHT_HOURS)


def _read_seconds(path: Path, columns: list[str]) -> pl.DataFrame:
    with pq.ParquetFile(path) as file:
        TRACKS.check(file.schema_arrow, path)
        return pl.DataFrame(file.read(columns)).with_columns(pl.col("icao24").cast(pl.String))


def _count_layers(seconds: pl.DataFrame, settings: StatisticsSettings) -> tuple[pl.DataFrame, dict[str, int]]:
    """Count seconds by aircraft, airspace class and layer; return those that are in none by reason."""
    floor_ft, ceiling_ft = settings.floor_ft_agl, settings.ceiling_ft_agl
    agl = pl.col("agl").fill_nan(None)
    reasons = {MISSING: agl.is_null(), BELOW: agl < floor_ft, ABOVE: agl >= ceiling_ft}
    left = seconds.select(**{name: test.sum() for name, test in reasons.items()}).row(0, named=True)
    layer = ((agl - floor_ft) / settings.layer_ft).floor() * settings.layer_ft + floor_ft
    counted = (
        seconds.filter((agl >= floor_ft) & (agl < ceiling_ft))
        .group_by("icao24", "A", layer_ft_agl=layer)
        .agg(seconds=pl.len())
    )
    return counted, {name: int(number) for name, number in left.items()}


def _described(icao24: pl.Series, file: TrackFile, leaves: LeafIndex) -> pl.DataFrame:
    """Return the aircraft group of each address."""
    registered = _registered(leaves, file.year)
    # Seats as a bin: few distinct numbers, each named once.
    bins = {seats: seats_bin(seats) for seats in registered["seats"].unique().to_list()}
    return (
        pl.DataFrame({"icao24": icao24})
        .join(registered, "icao24", how="left", validate="1:1")
        .with_columns(
            pl.lit(file.year, pl.Int32).alias("year"),
            pl.lit(file.aircraft_type).alias("aircraft_type"),
            pl.col("seats")
            .replace_strict({None: seats_bin(None)} | bins, return_dtype=pl.String)
            .alias("seats_bin"),
        )
        .select("icao24", *GROUP)
    )


@functools.lru_cache(maxsize=2)
def _registered(leaves: LeafIndex, year: int) -> pl.DataFrame:
    """Return a year's register, kept because a worker's tasks are mostly of one year."""
    return leaves.aircraft(year).select(pl.col("icao24").cast(pl.String), "manufacturer", "model", "seats")


def _added(frames: Sequence[pl.DataFrame], keys: Sequence[str]) -> pl.DataFrame:
    """Add up the counts of equal keys, missing ones equal to each other; rows sorted by keys."""
    numbers = ("seconds", "aircraft", "segments")
    # A sum of nothing is 0, but a row of a layer has no number of aircraft.
    sums = [
        pl.when(pl.col(name).count() > 0).then(pl.col(name).cast(pl.Int64).sum()).alias(name)
        for name in numbers
    ]
    both = pl.concat(frames, how="vertical_relaxed")
    return both.group_by(keys).agg(sums).sort(keys, nulls_last=False).select(STATISTICS_PART.names)


def _read_part(path: Path) -> pl.DataFrame:
    with pq.ParquetFile(path) as file:
        STATISTICS_PART.check(file.schema_arrow, path)
        return pl.DataFrame(file.read())


def _write(frame: pl.DataFrame, path: Path, table: Table) -> None:
    rows = frame.select(table.names).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(table.schema())
    with complete_file(path) as part:
        pq.write_table(rows, part, compression="zstd")
