"""24-bit addresses in other digits than hexadecimal ones."""

from __future__ import annotations

import polars as pl

_HALF = 1 << 12
"""Numbers of 12 bits: three hexadecimal digits, four octal or twelve binary ones."""


def hex_from_octal(column: str) -> pl.Expr:
    """Return eight octal digits (leading zeros may lack) as six hexadecimal ones, else missing.

    >>> pl.select(a=pl.lit("53066322")).select(hex_from_octal("a")).item()
    'AC6CD2'
    """
    digits = pl.when(pl.col(column).str.contains("^[0-7]{1,8}$")).then(pl.col(column)).str.zfill(8)
    return _halves(digits, 4, {f"{n:04o}": f"{n:03X}" for n in range(_HALF)})


def hex_from_binary(column: str) -> pl.Expr:
    """Return twenty-four binary digits as six hexadecimal ones, anything else as missing.

    >>> pl.select(a=pl.lit("110000000000000000001010")).select(hex_from_binary("a")).item()
    'C0000A'
    """
    digits = pl.when(pl.col(column).str.contains("^[01]{24}$")).then(pl.col(column))
    return _halves(digits, 12, {f"{n:012b}": f"{n:03X}" for n in range(_HALF)})


def _halves(digits: pl.Expr, length: int, table: dict[str, str]) -> pl.Expr:
    """Translate each half of the digits by table and put the two together."""
    parts = [digits.str.slice(start, length) for start in (0, length)]
    return pl.concat_str(
        *(part.replace_strict(table, default=None, return_dtype=pl.String) for part in parts)
    )
