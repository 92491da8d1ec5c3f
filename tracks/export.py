"""Tracks as CSV, one file an aircraft and year, in the published layout."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.tables.tracks import TRACKS
from data_schemas.task import Counts
from tracks.track_files import find_track_files


def export_csv(tracks: Path, out: Path) -> Counts:
    """Write `<year>/<type>/<seats bin>/<first>_<last>/<icao24>.csv` for every aircraft of the tracks.

    These are the four tiers of the published tracks, below `out`. The first line names the columns in the
    order of the tracks table; a missing value is empty; onground is 1 or 0, as MATLAB writes a logical; a
    float has the fewest digits that read back as the same number. Rows are those of the tracks, in their
    order. A file appears complete or not at all, and one that is there is replaced. No more than a row group
    of the tracks is in memory.

    Returns
    -------
    Counts
        Rows read and written, which are equal, and how many files were made.

    Raises
    ------
    InputError
        There are no tracks, a file is not a tracks table, or an aircraft's rows are not together.
    """
    rows_in = rows_out = files = 0
    for file in find_track_files(tracks):
        with pq.ParquetFile(file.path) as parquet:
            TRACKS.check(parquet.schema_arrow, file.path)
            rows_in += parquet.metadata.num_rows
            seen: set[str] = set()
            names = TRACKS.names_in(parquet.schema_arrow)
            for icao24, pieces in itertools.groupby(_pieces(parquet, names), key=lambda piece: piece[0]):
                if icao24 in seen:
                    raise InputError(file.path, f"rows of {icao24} are not together", "process the leaf anew")
                seen.add(icao24)
                rows_out += _write(out / file.leaf / f"{icao24}.csv", names, pieces)
            files += len(seen)
    return Counts(rows_in=rows_in, rows_out=rows_out, made={"files": files})


def _pieces(parquet: pq.ParquetFile, names: list[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Return the rows aircraft by aircraft; one that lies in two row groups comes in two pieces."""
    for group in range(parquet.num_row_groups):
        rows = pl.DataFrame(parquet.read_row_group(group, columns=names)).with_columns(
            pl.col("icao24").cast(pl.String), pl.col("onground").cast(pl.Int8)
        )
        for piece in rows.partition_by("icao24", maintain_order=True):
            yield piece["icao24"][0], piece


def _write(path: Path, names: list[str], pieces: Iterator[tuple[str, pl.DataFrame]]) -> int:
    rows = 0
    with complete_file(path) as part, part.open("wb") as handle:
        handle.write((",".join(names) + "\n").encode())
        for _, piece in pieces:
            piece.write_csv(handle, include_header=False)
            rows += piece.height
    return rows
