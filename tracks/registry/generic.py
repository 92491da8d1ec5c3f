"""Registers as CSV: the registry table's own columns, or addresses with ICAO type designators."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from data_schemas.aircraft import AIRCRAFT_TYPES, MOST_SEATS
from data_schemas.errors import InputError, did_you_mean
from data_schemas.tables.registry import REGISTRY
from tracks.registry.doc8643 import type_columns, unknown_designators
from tracks.registry.register import Register, require, settle, text

SOURCE = "GENERIC"
"""Source of rows that name none."""

_OTHER_NAMES = {
    "manufacturername": "manufacturer",
    "icaoaircrafttype": "description",
    "icaoaircraftclass": "description",
}
"""Columns of the OpenSky aircraft database (older and newer files) by the names used here."""


def read_generic(path: Path, table: Mapping[str, str]) -> Register:
    """Read a CSV register (.gz or not; names in any case, quotes " or ').

    With a column `aircraft_type` it is a registry table: only `icao24` is needed besides. Otherwise it
    needs `icao24` and `typecode`: the type comes from the column `icaoaircrafttype` or `icaoaircraftclass`
    (L1P) where the row has it, else from `table` (designator to description). The designator serves as the
    model where there is no column `model`. Other columns are not read.

    Raises
    ------
    InputError
        The file or a column is missing, or a value is not what its column holds.
    """
    raw = _read_csv(path)
    raw = raw.select(text(name) for name in raw.columns)
    if "aircraft_type" in raw.columns:
        require(["icao24"], raw.columns, path)
        return settle(_typed(raw, path), SOURCE)
    require(["icao24", "typecode"], raw.columns, path)
    raw = raw.with_columns(pl.col("typecode").str.to_uppercase())
    if "description" not in raw.columns:
        raw = raw.with_columns(pl.lit(None, pl.String).alias("description"))
    unknown = unknown_designators(raw.filter(pl.col("description").is_null())["typecode"], table)
    rows = type_columns(_typed(raw, path), table)
    if "model" not in rows.columns:
        rows = rows.with_columns(pl.col("typecode").alias("model"))
    else:
        rows = rows.with_columns(pl.coalesce("model", "typecode").alias("model"))
    return settle(rows, SOURCE, {"unknown_designator": unknown})


def _read_csv(path: Path) -> pl.DataFrame:
    """Read the columns known here as text, under our names."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as handle:
            content = handle.read()
    except FileNotFoundError:
        raise InputError(path, "no such register", "mend registry.sources") from None
    except (OSError, EOFError):
        raise InputError(
            path, "cannot be read", "is it a whole file, and .gz only where it is gzip?"
        ) from None
    quote = "'" if content[:4].lstrip(b"\xef\xbb\xbf").startswith(b"'") else '"'
    try:
        raw = pl.read_csv(
            content,
            infer_schema=False,
            quote_char=quote,
            encoding="utf8-lossy",
        )
    except pl.exceptions.PolarsError as error:
        first = str(error).splitlines()[0]
        raise InputError(path, f"not a CSV file with a header ({first})", "check its lines") from None
    names = {name: name.strip("\ufeff \t'\"").lower() for name in raw.columns}
    ours = {name: _OTHER_NAMES.get(low, low) for name, low in names.items()}
    wanted = {*REGISTRY.names, "typecode", "description"}
    # A column of that very name (a free text in some databases) is no description code.
    wanted_names = {n: o for n, o in ours.items() if o in wanted and names[n] != "description"}
    return raw.select(pl.col(name).alias(our) for name, our in wanted_names.items())


def _typed(raw: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Parse seats and dates and check type names; a value that cannot be is an error, not a missing value."""
    rows = raw
    if "seats" in raw.columns:
        seats = pl.col("seats").str.to_integer(strict=False)
        rows = rows.with_columns(pl.when(seats.is_between(0, MOST_SEATS)).then(seats).alias("seats"))
        _refuse(raw, rows, "seats", f"expected a whole number up to {MOST_SEATS}", path)
    else:
        rows = rows.with_columns(pl.lit(None, pl.Int64).alias("seats"))
    for name in {"valid_from", "valid_to"} & set(raw.columns):
        rows = rows.with_columns(pl.col(name).str.to_date("%Y-%m-%d", strict=False))
        _refuse(raw, rows, name, "expected a date as 2020-12-31", path)
    if "aircraft_type" in raw.columns:
        known = pl.when(pl.col("aircraft_type").is_in(AIRCRAFT_TYPES)).then("aircraft_type")
        rows = rows.with_columns(known.alias("aircraft_type"))
        _refuse(raw, rows, "aircraft_type", "expected a name of data_schemas/aircraft.py", path)
    return rows


def _refuse(raw: pl.DataFrame, parsed: pl.DataFrame, column: str, expected: str, path: Path) -> None:
    """Raise `InputError` with the first value that was there and could not be parsed."""
    bad = raw[column].is_not_null() & parsed[column].is_null()
    if bad.any():
        row = int(bad.arg_max() or 0)
        value = raw[column][row]
        where = f"{path}, column '{column}', line {row + 2}"
        remedy = did_you_mean(value, AIRCRAFT_TYPES) if column == "aircraft_type" else ""
        raise InputError(where, f"found '{value}', {expected}", remedy)
