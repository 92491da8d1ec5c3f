"""The rules by which a raw value is read: what it means, and when it is missing."""

from __future__ import annotations

import numpy as np
import polars as pl

_NO_TEXT = ("", "NULL", "NaN")
# Written where a value is missing; an empty numeric text is missing anyway, since it is no number.

_ISO = "%Y-%m-%dT%H:%M:%S%.f%#z"


def number(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Read numbers; what is not a finite number is missing. Negative zero becomes zero.

    (Two rows that differ in the sign of a zero are the same row, whichever of them is read first.)
    """
    value = _stripped(raw).cast(pl.Float64, strict=False) if dtype == pl.String else raw.cast(pl.Float64)
    return _finite(value)


def seconds(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Read times as POSIX seconds: numbers of seconds, datetimes, or ISO 8601 texts (UTC unless they say).

    Datetimes and texts are read to the microsecond.
    """
    if dtype == pl.String:
        text = _stripped(raw)
        return pl.coalesce(_finite(text.cast(pl.Float64, strict=False)), _iso_seconds(text))
    if isinstance(dtype, pl.Datetime):
        return _microseconds(raw)
    return number(raw, dtype)


def converted(value: pl.Expr, unit: float) -> pl.Expr:
    """Divide numbers by a unit, in NumPy; what is no longer finite is missing.

    polars divides by a constant by multiplying with its rounded reciprocal, except in columns of
    one row: a third of the quotients are off in the last bit.
    """

    def exactly(series: pl.Series) -> pl.Series:
        with np.errstate(over="ignore"):
            found = series.cast(pl.Float64).to_numpy() / unit  # NaN where missing
        return pl.Series(series.name, found)

    return _finite(value.map_batches(exactly, return_dtype=pl.Float64, is_elementwise=True))


def address(raw: pl.Expr) -> pl.Expr:
    """Read 24-bit addresses as unsigned integers; missing unless exactly six hexadecimal digits.

    Blanks around the digits do not matter, nor does their case.
    """
    text = _stripped(raw)
    six = (text.str.len_bytes() == 6) & ~text.str.starts_with("+")
    return pl.when(six).then(text.str.to_integer(base=16, dtype=pl.UInt32, strict=False))


def flag(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Read booleans: True, true, 1; a missing boolean, or one that cannot be read, is false."""
    if dtype == pl.Boolean:
        return raw.fill_null(value=False)
    if dtype == pl.String:
        return _stripped(raw).is_in(["true", "True", "TRUE", "1"]).fill_null(value=False)
    return (raw.cast(pl.Float64) == 1).fill_null(value=False)


def callsign(raw: pl.Expr) -> pl.Expr:
    """Read call signs without their padding; missing where nothing is left, or NULL, or NaN."""
    text = _stripped(raw)
    return pl.when(~text.is_in(_NO_TEXT)).then(text)


def squawk(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Read mode A codes: one to four octal digits as a decimal number (7700), anything else missing.

    Leading zeros may be lost or kept. A numeric column (Avro, Parquet) holds the same reading: the float
    7700.0 is the code 7700, and 7800 is none since 8 is no octal digit.
    """
    if dtype == pl.String:
        text = _stripped(raw)
        return pl.when(text.str.contains("^[0-7]{1,4}$")).then(text).cast(pl.Int16, strict=False)
    value = raw.cast(pl.Float64)
    whole = pl.when(value.is_between(0, 7777) & (value == value.floor())).then(value).cast(pl.Int16)
    octal = pl.all_horizontal((whole // 10**place) % 10 < 8 for place in range(3))
    return pl.when(octal).then(whole)


def _stripped(raw: pl.Expr) -> pl.Expr:
    return raw.str.strip_chars()


def _finite(value: pl.Expr) -> pl.Expr:
    # Adding zero would do for negative zero, but polars takes `x + 0` for x.
    return pl.when(value == 0).then(0.0).when(value.is_finite()).then(value)


def _iso_seconds(text: pl.Expr) -> pl.Expr:
    """Read `2021-10-07T12:00:00.5Z` and its kin: blank for T, any offset, none meaning UTC."""
    joined = text.str.replace(" ", "T", literal=True)
    zoned = joined.str.replace(r"(T\d\d:\d\d:\d\d(?:\.\d+)?)$", "${1}Z")
    moment = zoned.str.to_datetime(_ISO, time_unit="us", time_zone="UTC", strict=False)
    return _microseconds(moment)


def _microseconds(moment: pl.Expr) -> pl.Expr:
    return converted(moment.dt.epoch("us"), 1_000_000)
