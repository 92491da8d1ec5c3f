"""How many observations were seen of each address."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.tables.leaves import ACTIVITY

_FILES_AT_ONCE = 100


def count_activity(folders: Sequence[Path], out: Path) -> tuple[int, int]:
    """Count the rows of each address in organized hours or archived leaves, and write the table `ACTIVITY`.

    Of every Parquet file in or below the folders (or named itself) the column icao24 alone is read.

    Returns
    -------
    tuple
        Number of addresses, and of rows.

    Raises
    ------
    InputError
        A folder is missing or holds no Parquet file, or a file has no addresses.
    """
    files = [file for folder in folders for file in _files(folder)]
    counts = pl.DataFrame(schema={"icao24": pl.String, "rows": pl.Int64})
    for first in range(0, len(files), _FILES_AT_ONCE):
        some = [counts, *map(_count, files[first : first + _FILES_AT_ONCE])]
        counts = pl.concat(some).group_by("icao24").agg(pl.col("rows").sum())
    counts = counts.sort("icao24")
    with complete_file(out) as part:
        pq.write_table(counts.to_arrow().cast(ACTIVITY.schema()), part, compression="zstd")
    return counts.height, int(counts["rows"].sum())


def _files(folder: Path) -> list[Path]:
    found = [folder] if folder.is_file() else sorted(folder.rglob("[!.]*.parquet"))
    if not found:
        raise InputError(folder, "no Parquet files here", "name folders of organized hours, or an archive")
    return found


def _count(file: Path) -> pl.DataFrame:
    address = pl.col("icao24").cast(pl.String)
    try:
        rows = pl.scan_parquet(file, glob=False).select(address)
        return rows.group_by("icao24").agg(rows=pl.len().cast(pl.Int64)).collect()
    except pl.exceptions.ColumnNotFoundError:
        raise InputError(file, "has no column icao24", "name organized hours or archived leaves") from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        problem = f"not a Parquet file ({' '.join(str(error).split())[:200]})"
        raise InputError(file, problem, "make it anew") from None
