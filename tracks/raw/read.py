"""One raw hour file of any form to the parsed columns of the observations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from tracks.raw.binary import read_avro, read_parquet
from tracks.raw.csv_text import read_csv
from tracks.raw.hours import form, hour_name
from tracks.records import Records

BLOCK_BYTES = 1 << 23
"""Default size of a block of text: some 50 000 rows, beside which the cost of a block itself is small."""

_READERS = {".avro": read_avro, ".parquet": read_parquet}


def read_blocks(path: str | Path, block_bytes: int = BLOCK_BYTES) -> Iterator[Records]:
    """Read one hour file block by block: every row of it, in its order, parsed, in aviation units.

    Parameters
    ----------
    path
        A file in one of the forms of `tracks.raw.hours.FORMS`, in the dialect of OpenSky's files (SI) or of
        the traffic library (ft, kt, ft/min); see `tracks.raw.names`.
    block_bytes
        About how many bytes of text (for Avro and Parquet: of values) a block has. Memory in use is a few
        times that: the text of up to three blocks, and the rows of one.

    Yields
    ------
    Records
        The columns of `data_schemas.tables.observations.ARCHIVED`; icao24 is missing where the address is
        bad. Every column but the booleans may be missing. A column that the file lacks is missing (false
        for booleans; lastcontact_s is time_s).

    Raises
    ------
    InputError
        The file is missing, empty, damaged, lacks a required column, or a line of it cannot be read. Faults
        come to light where they are, after the blocks before them.
    """
    file = Path(path)
    hour_name(file)
    if not file.is_file():
        raise InputError(file, "no such file", "check the raw folder")
    yield from _READERS.get(form(file) or "", read_csv)(file, block_bytes)


def read_hour(path: str | Path) -> pl.DataFrame:
    """Read one hour file as a whole: the rows of `read_blocks` as a table, call signs as text.

    Raises
    ------
    InputError
        As `read_blocks`.
    """
    none = pl.DataFrame(ARCHIVED.schema().empty_table())
    frames = [none.cast({"icao24": pl.UInt32, "callsign": pl.String})]
    return pl.concat([*frames, *(block.frame() for block in read_blocks(path))], rechunk=True)
