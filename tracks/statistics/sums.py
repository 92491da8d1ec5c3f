"""The parts of all leaves added up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from data_schemas.files import complete_file
from data_schemas.table import Table
from data_schemas.tables.statistics import FLIGHT_HOURS, GROUP, LAYER, SECONDS, STATISTICS_PART

_PARTS_AT_ONCE = 64


def sum_statistics(parts: Sequence[Path], out: Path) -> None:
    """Add up the parts of all leaves into `out/seconds.parquet` and `out/flight_hours.parquet`.

    Everything added is a whole number, so the order of the parts does not matter. An aircraft has one leaf
    a year, so distinct aircraft add up too.
    """
    total = pl.DataFrame()
    keys = (*GROUP, *LAYER)
    for first in range(0, len(parts), _PARTS_AT_ONCE):
        some = [_read_part(path) for path in parts[first : first + _PARTS_AT_ONCE]]
        total = added([total, *some] if first else some, keys)
    if not parts:
        total = pl.DataFrame(STATISTICS_PART.schema().empty_table())
    in_layer = pl.col("altitude").is_not_null()
    write_table(total.filter(in_layer).select(SECONDS.names), out / "seconds.parquet", SECONDS)
    hours = total.filter(~in_layer).with_columns(hours=pl.col("seconds") / 3600)
    write_table(hours.select(FLIGHT_HOURS.names), out / "flight_hours.parquet", FLIGHT_HOURS)


def added(frames: Sequence[pl.DataFrame], keys: Sequence[str]) -> pl.DataFrame:
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


def write_table(frame: pl.DataFrame, path: Path, table: Table) -> None:
    """Write the columns of a table, complete or not at all."""
    rows = frame.select(table.names).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(table.schema())
    with complete_file(path) as part:
        pq.write_table(rows, part, compression="zstd")
