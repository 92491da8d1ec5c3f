"""What every parser of a register hands back, and the cleaning that all registers need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa

from data_schemas.aircraft import MOST_SEATS
from data_schemas.errors import InputError, did_you_mean
from data_schemas.tables.registry import REGISTRY


@dataclass(frozen=True)
class Register:
    """The rows of one register in the registry table's columns, in the file's order, and what left.

    Attributes
    ----------
    rows
        Kept rows.
    rows_in
        Rows read.
    left
        Rows that left, by reason.
    made
        Kept rows worth a word, by what is special about them.
    """

    rows: pl.DataFrame
    rows_in: int
    left: Mapping[str, int]
    made: Mapping[str, int] = field(default_factory=dict)


def text(column: str) -> pl.Expr:
    """Return a text column without padding, blank values missing."""
    value = pl.col(column).str.strip_chars()
    return pl.when(value != "").then(value).alias(column)


def require(columns: Iterable[str], found: Iterable[str], where: Path) -> None:
    """Raise `InputError` naming every column that a file lacks, with what it has instead."""
    have = [name for name in found if name]
    missing = [name for name in columns if name not in have]
    if missing:
        hints = "; ".join(f"column '{name}' is missing ({did_you_mean(name, have)})" for name in missing)
        raise InputError(where, hints, "see the register formats in data_schemas/packaged/README.md")


def seats_in(column: str) -> pl.Expr:
    """Return a text column as a number of seats, missing where it is none."""
    seats = pl.col(column).str.to_integer(strict=False)
    return pl.when(seats.is_between(0, MOST_SEATS)).then(seats).cast(pl.Int64)


def with_dates(rows: pl.DataFrame, columns: Mapping[str, str], *forms: str) -> tuple[pl.DataFrame, int]:
    """Add date columns from text columns (`{"valid_from": "ISSUE_DATE"}`), the first form that fits wins.

    A time after the date (2020-05-31 00:00:00) is dropped. A text that is no date is missing.

    Returns
    -------
    tuple
        The rows, and how many of them, of those without a `reason` to leave, have a text that is no date.
    """
    parsed = rows.with_columns(
        pl.coalesce(
            *(pl.col(text_).str.slice(0, 10).str.to_date(form, strict=False) for form in forms)
        ).alias(date)
        for date, text_ in columns.items()
    )
    lost = pl.any_horizontal(
        pl.col(text_).is_not_null() & pl.col(date).is_null() for date, text_ in columns.items()
    )
    stays = pl.col("reason").is_null() if "reason" in rows.columns else pl.lit(value=True)
    return parsed, parsed.filter(lost & stays).height


def settle(
    rows: pl.DataFrame, source: str, made: Mapping[str, int] | None = None, *, wrong_lines: int = 0
) -> Register:
    """Check addresses and types, count what leaves, and bring the columns in the registry table's form.

    A row leaves for the first reason that holds: what the parser put in a column `reason`, `bad_address`
    (not six hexadecimal digits after trimming), `no_type` (neither a type nor a seat count: it would tell
    nothing). Lines that could not be cut in fields leave as `wrong_fields`. Columns the register lacks are
    missing; a type it lacks is `Unknown`.
    """
    address = pl.col("icao24").str.strip_chars().str.to_uppercase()
    good_address = address.str.contains("^[0-9A-F]{6}$").fill_null(value=False)
    reason: pl.Expr = (
        pl.when(~good_address)
        .then(pl.lit("bad_address"))
        .when(pl.col("aircraft_type").is_null() & pl.col("seats").is_null())
        .then(pl.lit("no_type"))
    )
    if "reason" in rows.columns:
        reason = pl.coalesce("reason", reason)
    judged = rows.with_columns(address.alias("icao24"), reason.alias("reason"))
    gone = judged.drop_nulls("reason").group_by("reason").len().sort("reason")
    kept = judged.filter(pl.col("reason").is_null()).with_columns(
        pl.col("aircraft_type").fill_null("Unknown"),
        pl.lit(source).alias("source")
        if "source" not in rows.columns
        else pl.col("source").fill_null(source),
    )
    left = dict(gone.iter_rows()) | ({"wrong_fields": wrong_lines} if wrong_lines else {})
    worth_a_word = {what: count for what, count in (made or {}).items() if count}
    return Register(_in_form(kept), rows.height + wrong_lines, left, worth_a_word)


def _in_form(rows: pl.DataFrame) -> pl.DataFrame:
    """Bring rows in the registry table's columns, order and types."""
    columns = [
        (pl.col(c.name) if c.name in rows.columns else pl.lit(None)).cast(_polars_type(c.type)).alias(c.name)
        for c in REGISTRY.columns
    ]
    return rows.select(columns)


def empty() -> pl.DataFrame:
    """Return the registry table without rows."""
    return pl.DataFrame(schema={c.name: _polars_type(c.type) for c in REGISTRY.columns})


def _polars_type(kind: pa.DataType) -> type[pl.DataType]:
    return {pa.string(): pl.String, pa.int32(): pl.Int32, pa.date32(): pl.Date}[kind]
