"""One raw hour file of any form to the parsed columns of the observations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from tracks.observations import Observations
from tracks.raw import fields
from tracks.raw.containers import AGAIN, csv_bytes
from tracks.raw.csv_text import csv_header, parse_csv, tidy
from tracks.raw.hours import form, hour_name
from tracks.raw.names import Source, find_sources

_TEXT = ("icao24", "callsign", "onground", "alert", "spi", "squawk")
_TIMES = ("time_s", "lastposupdate_s", "lastcontact_s")
_FLAGS = ("onground", "alert", "spi")


BLOCK_BYTES = 1 << 24
"""Default size of a block of text: some 100 000 rows."""


def read_blocks(path: str | Path, block_bytes: int = BLOCK_BYTES) -> Iterator[Observations]:
    """Read one hour file block by block, in the order of its rows.

    Parameters
    ----------
    path
        As `read_hour`.
    block_bytes
        About how much text, or how many bytes of values of a binary file, a block holds.

    Yields
    ------
    Observations
        Rows as `read_hour` gives them, never none; each block has its own list of call signs.

    Raises
    ------
    InputError
        As `read_hour`, but not before the block with the fault is asked for.
    """
    rows = read_hour(path)
    size = max(block_bytes // 160, 1)
    for start in range(0, rows.height, size):
        yield Observations.of(rows[start : start + size])


def read_hour(path: str | Path) -> pl.DataFrame:
    """Read one hour file: every row of it, parsed, in aviation units.

    Parameters
    ----------
    path
        A file in one of the forms of `tracks.raw.hours.FORMS`, in the dialect of OpenSky's files (SI) or of
        the traffic library (ft, kt, ft/min); see `tracks.raw.names`.

    Returns
    -------
    polars.DataFrame
        The columns of `data_schemas.tables.observations.ARCHIVED` in their order, one row a row of the
        file in its order; icao24 is UInt32, missing where the address is bad. Every column but the
        booleans may be missing. A column that the file lacks is missing (false for booleans;
        lastcontact_s is time_s).

    Raises
    ------
    InputError
        The file is missing, empty, damaged, lacks a required column, or a line of it cannot be read.
    """
    file = Path(path)
    hour_name(file)
    if not file.is_file():
        raise InputError(file, "no such file", "check the raw folder")
    ending = form(file)
    if ending == ".avro":
        raw, sources = _read_avro(file)
    elif ending == ".parquet":
        raw, sources = _read_parquet(file)
    else:
        raw, sources = _read_csv(file)
    # In one piece, since moving rows of a frame in many pieces takes several times as long.
    return raw.select(_expression(name, sources, raw, file) for name in ARCHIVED.names).rechunk()


Raw = tuple[pl.DataFrame, dict[str, Source]]


def _read_csv(file: Path) -> Raw:
    data = tidy(csv_bytes(file))
    header = csv_header(data, file)
    sources = find_sources(header, file)
    types: dict[str, pl.DataType] = {
        source.raw: pl.String() if name in _TEXT else pl.Float64() for name, source in sources.items()
    }
    if sources["time_s"].raw.strip().lower() == "timestamp":
        # The traffic library writes ISO texts: do not try numbers first, on the whole file, in vain.
        types |= {sources[name].raw: pl.String() for name in _TIMES if name in sources}
    return parse_csv(data, len(header), types, file), sources


def _read_avro(file: Path) -> Raw:
    try:
        raw = pl.read_avro(file)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _damaged(file, "Avro", error) from None
    sources = find_sources(raw.columns, file)
    return _plain(raw.select({s.raw for s in sources.values()})), sources


def _read_parquet(file: Path) -> Raw:
    try:
        with file.open("rb") as handle:
            sources = find_sources(list(pl.read_parquet_schema(handle)), file)
            handle.seek(0)
            raw = pl.read_parquet(handle, columns=sorted({s.raw for s in sources.values()}))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _damaged(file, "Parquet", error) from None
    return _plain(raw), sources


def _damaged(file: Path, kind: str, error: BaseException) -> InputError:
    if not file.stat().st_size:
        return InputError(file, "the file is empty", AGAIN)
    return InputError(file, f"not a readable {kind} file ({' '.join(str(error).split())[:200]})", AGAIN)


def _plain(raw: pl.DataFrame) -> pl.DataFrame:
    """Turn dictionary columns into the strings they stand for."""
    coded = [name for name, kind in raw.schema.items() if isinstance(kind, pl.Categorical | pl.Enum)]
    return raw.with_columns(pl.col(coded).cast(pl.String))


def _expression(name: str, sources: dict[str, Source], raw: pl.DataFrame, file: Path) -> pl.Expr:
    """Return the expression of one column of the observations."""
    source = sources.get("time_s" if name == "lastcontact_s" and name not in sources else name)
    if source is None:
        return (pl.lit(value=False) if name in _FLAGS else pl.lit(None, _type(name))).alias(name)
    dtype = raw.schema[source.raw]
    column = pl.col(source.raw)
    if dtype == pl.Null:
        column, dtype = column.cast(pl.String), pl.String()
    _check_type(name, dtype, source, file)
    if name == "icao24":
        value = fields.address(column)
    elif name == "callsign":
        value = fields.callsign(column)
    elif name == "squawk":
        value = fields.squawk(column, dtype)
    elif name in _FLAGS:
        value = fields.flag(column, dtype)
    elif name in _TIMES:
        value = fields.seconds(column, dtype)
    else:
        value = fields.number(column, dtype)
    return (value if source.convert is None else fields.converted(value, source.convert)).alias(name)


def _check_type(name: str, dtype: pl.DataType, source: Source, file: Path) -> None:
    """Refuse a column whose type cannot hold what its name says."""
    text = dtype == pl.String
    fits = {"icao24": text, "callsign": text}.get(name, text or dtype.is_numeric())
    fits |= name in _FLAGS and dtype == pl.Boolean
    fits |= name in _TIMES and isinstance(dtype, pl.Datetime)
    if not fits:
        raise InputError(
            f"{file}, column {source.raw}", f"cannot be read from type {dtype}", "see pipeline.md"
        )


def _type(name: str) -> pl.DataType:
    """Return the polars type of a column that the file lacks."""
    if name == "callsign":
        return pl.String()
    return pl.Int16() if name == "squawk" else pl.Float64()
