"""Running the queries: one raw hour file each, what is there already is not asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.errors import InputError, StageFailedError
from data_schemas.files import complete_file
from data_schemas.tables.raw import RAW_COLUMNS
from tracks.aerodromes.listing import RAW, answer_names
from tracks.aerodromes.sql import statements

FAILURES_IN_A_ROW = 5
"""Queries that fail one after another before the rest is left: the database is down, or wants no more."""

_TYPES = dict.fromkeys(RAW_COLUMNS, pa.float64())
_TYPES |= {"time": pa.int64(), "icao24": pa.string(), "callsign": pa.string(), "squawk": pa.string()}
_TYPES |= dict.fromkeys(("onground", "alert", "spi"), pa.bool_())
_RAW = pa.schema(_TYPES)
"""A raw hour as the database has it, in SI units (pipeline.md, raw input)."""

Client = Callable[[str], pa.Table]
"""Answers one statement with a raw hour as the database has it."""


@dataclass(frozen=True)
class Answer:
    """What became of a query: its file, the rows in it, and the error where there is no file."""

    file: Path
    rows: int = 0
    error: str = ""
    asked: bool = True


def run_queries(queries: pl.DataFrame, altitude: str, out: Path, client: Client) -> Iterator[Answer]:
    """Ask for one query after another and write `out/raw/<group>/<name>.parquet`, which stage 1 reads.

    A query whose file is there is not asked again; a file appears complete or not at all. One query runs at
    a time, since the database is shared.

    Raises
    ------
    StageFailedError
        So many queries failed in a row that the rest was not asked.
    """
    rows = zip(queries["group"], answer_names(queries), statements(queries, altitude), strict=True)
    failures = 0
    for group, name, sql in rows:
        file = out / RAW / f"{group:04d}" / f"{name}.parquet"
        if file.exists():
            yield Answer(file, asked=False)
            continue
        try:
            table = client(sql)
            with complete_file(file) as part:
                pq.write_table(table, part, compression="zstd")
        except Exception as error:  # whatever a network, a database and its client can think of
            failures += 1
            yield Answer(file, error=" ".join(f"{type(error).__name__}: {error}".split())[:300])
            if failures == FAILURES_IN_A_ROW:
                raise StageFailedError(
                    f"{failures} queries failed one after another; the same command goes on later"
                ) from None
        else:
            failures = 0
            yield Answer(file, rows=table.num_rows)


def opensky_client() -> Client:
    """Return a client of the OpenSky Network's database, by the package pyopensky and the user's account.

    Raises
    ------
    InputError
        The package is not installed, it knows no account, or the network refuses or cannot be reached.
    """
    try:
        from pyopensky import config
        from pyopensky.trino import Trino
    except ImportError:
        raise InputError("--run", "needs the package pyopensky", "pip install pyopensky") from None
    if not (config.trino_username and config.trino_password):
        raise InputError(
            config.opensky_config_file,
            "holds no account of the OpenSky Network",
            "set username and password there, or OPENSKY_USERNAME and OPENSKY_PASSWORD; "
            "access to the database is granted on application at opensky-network.org",
        )
    trino = Trino()
    try:
        token = trino.token()
    except Exception as error:  # of whatever kind the network's client has
        told = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise InputError(
            "--run", f"cannot log in to the OpenSky Network ({told})", "check the network"
        ) from None
    if token is None:  # the package would go on to wait for somebody at a browser
        problem = "the OpenSky Network refuses this username and password"
        raise InputError(config.opensky_config_file, problem, "correct them")

    def ask(sql: str) -> pa.Table:
        # Answers are kept as raw hours; a second copy in the package's cache would only fill the disk.
        frame: Any = trino.query(sql, cached=False)
        return pa.Table.from_pandas(frame[list(RAW_COLUMNS)], schema=_RAW, preserve_index=False)

    return ask
