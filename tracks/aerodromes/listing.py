"""The list of queries on disk: one Parquet file, and one file of SQL a group."""

from __future__ import annotations

import filecmp
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.files import complete_file, write_text
from data_schemas.tables.queries import QUERIES
from tracks.aerodromes.sql import statements

LIST = "queries.parquet"
RAW = "raw"
"""Folder of the answers below the list."""
_ALTITUDE = b"trackmill.altitude"


def write_list(queries: pl.DataFrame, altitude: str, out: Path) -> None:
    """Write `out/queries.parquet` and `out/sql/<group>.sql`.

    Same queries, same bytes. A file of SQL has a line for each query, and before it a comment with the name
    of its answer and its aerodromes. Groups of a longer list that was there before are removed.

    Raises
    ------
    InputError
        The folder holds answers to other queries.
    """
    listed = out / LIST
    table = queries.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(
        QUERIES.schema({_ALTITUDE.decode(): altitude})
    )
    with complete_file(listed) as part:  # last to appear
        pq.write_table(table, part, compression="zstd")
        answered = any((out / RAW).glob("*/*.parquet"))
        if answered and not (listed.exists() and filecmp.cmp(part, listed, shallow=False)):
            raise InputError(out, "holds answers to other queries", "write the list to another folder")
        _write_sql(queries, altitude, out / "sql")


def _write_sql(queries: pl.DataFrame, altitude: str, folder: Path) -> None:
    texts = queries.select(
        "group",
        pl.format(
            "-- {}: {}\n{};\n",
            answer_names(queries),
            pl.col("aerodromes").cast(pl.String),
            statements(queries, altitude),
        ).alias("text"),
    )
    groups = texts.group_by("group", maintain_order=True).agg(pl.col("text").str.join(""))
    for group, text in groups.iter_rows():
        write_text(folder / f"{group:04d}.sql", text)
    for file in folder.glob("*.sql"):
        if int(file.stem) > groups.height:
            file.unlink()


def read_list(out: Path) -> tuple[pl.DataFrame, str]:
    """Return the queries of a folder, and which altitude they ask for.

    Raises
    ------
    InputError
        There is no list, or the file is not one.
    """
    listed = out / LIST
    try:
        table = pq.read_table(listed)
    except FileNotFoundError:
        raise InputError(listed, "no such list of queries", "make it with: trackmill query") from None
    except (OSError, ValueError):  # ArrowInvalid is a ValueError
        raise InputError(listed, "not a Parquet file", "make it anew: trackmill query") from None
    QUERIES.check(table.schema, listed)
    altitude = (table.schema.metadata or {}).get(_ALTITUDE)
    if altitude is None:
        raise InputError(listed, "does not say which altitude is asked for", "make it anew: trackmill query")
    return pl.DataFrame(table), altitude.decode()


def answer_names(queries: pl.DataFrame) -> pl.Series:
    """Return the name of each query's answer, which as a file is a raw hour: its hour (UTC) and its box."""
    hour = pl.from_epoch("start_s").dt.strftime("%Y-%m-%d-%H")
    box = pl.col("box").cast(pl.String).str.zfill(4)
    return queries.select(pl.format("aerodromes_{}_b{}", hour, box).alias("name"))["name"]
