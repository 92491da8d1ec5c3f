"""Registers as CSV: the registry table's own columns, or addresses with ICAO type designators."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from data_schemas.aircraft import AIRCRAFT_TYPES, MOST_SEATS
from data_schemas.errors import InputError, did_you_mean
from data_schemas.tables.registry import REGISTRY
from tracks.registry.doc8643 import with_types
from tracks.registry.register import Register, require, seats_in, settle
from tracks.registry.text_file import Dialect, first_line, read_content, read_fields

SOURCE = "GENERIC"
"""Source of rows that name none."""


def read_generic(path: Path, table: Mapping[str, str]) -> Register:
    """Read a CSV register (.gz or not; names in any case, quotes " or ').

    With a column `aircraft_type` it is a registry table: only `icao24` is needed besides. Otherwise it
    needs `icao24` and `typecode`, and the type is that of the designator in `table`. The designator serves
    as the model where there is no column `model`. Other columns are not read.

    Raises
    ------
    InputError
        The file or a column is missing, or a value is not what its column holds.
    """
    content = read_content(path)
    dialect = Dialect(quote="'" if content.startswith(b"'") else '"')
    names = [name.lower() for name in first_line(content, path, dialect)]
    known = {*REGISTRY.names, "typecode"}
    raw, _ = read_fields(content, path, {n: i for i, n in enumerate(names) if n in known}, dialect)
    if "aircraft_type" in raw.columns:
        require(["icao24"], raw.columns, path)
        return settle(_typed(raw, path), SOURCE)
    require(["icao24", "typecode"], raw.columns, path)
    no_description = pl.lit(None, pl.String).alias("description")
    rows, unknown = with_types(_typed(raw, path).with_columns(no_description), table)
    model = pl.coalesce("model", "typecode") if "model" in rows.columns else pl.col("typecode")
    return settle(rows.with_columns(model.alias("model")), SOURCE, {"unknown_designator": unknown})


def _typed(raw: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Parse seats and dates and check type names; a value that cannot be is an error, not a missing value."""
    rows = raw
    if "seats" in raw.columns:
        rows = rows.with_columns(seats_in("seats").alias("seats"))
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
