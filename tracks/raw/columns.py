"""Raw columns of any type to the columns of the observations, by the rules of the fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from tracks.raw import fields
from tracks.raw.names import FLAGS, TIMES, Source


def observed(raw: pl.DataFrame, sources: Mapping[str, Source], file: Path) -> pl.DataFrame:
    """Return the columns of `ARCHIVED`, icao24 as UInt32 and callsign as text, a row for each raw row.

    Raises
    ------
    InputError
        A column is of a type that cannot hold what its name says.
    """
    return raw.select(_expression(name, sources, raw, file) for name in ARCHIVED.names)


def _expression(name: str, sources: Mapping[str, Source], raw: pl.DataFrame, file: Path) -> pl.Expr:
    """Return the expression of one column of the observations."""
    source = sources.get(name)
    if source is None:
        return _absent(name)
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
    elif name in FLAGS:
        value = fields.flag(column, dtype)
    elif name in TIMES:
        value = fields.seconds(column, dtype)
    else:
        value = fields.number(column, dtype)
    return (value if source.unit == 1 else fields.converted(value, source.unit)).alias(name)


def _check_type(name: str, dtype: pl.DataType, source: Source, file: Path) -> None:
    """Refuse a column whose type cannot hold what its name says."""
    text = dtype == pl.String
    fits = {"icao24": text, "callsign": text}.get(name, text or dtype.is_numeric())
    fits |= name in FLAGS and dtype == pl.Boolean
    fits |= name in TIMES and isinstance(dtype, pl.Datetime)
    if not fits:
        raise InputError(
            f"{file}, column {source.raw}", f"cannot be read from type {dtype}", "see pipeline.md"
        )


def _absent(name: str) -> pl.Expr:
    """Return the values of a column that a file lacks: missing, false for booleans."""
    if name in FLAGS:
        return pl.lit(value=False).alias(name)
    kind = {"callsign": pl.String(), "squawk": pl.Int16()}.get(name, pl.Float64())
    return pl.lit(None, kind).alias(name)
