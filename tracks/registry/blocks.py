"""The State that a 24-bit address is allotted to."""

from __future__ import annotations

import polars as pl

from data_schemas.packaged import resolve

ALLOCATION = "package:icao_blocks.csv"
"""Blocks of addresses by State (ICAO Annex 10, volume III, part I, chapter 9, table 9-1)."""


def block_of(address: str) -> str | None:
    """Name the block of an address in six hexadecimal digits (`A00000-AFFFFF, United States`), or none.

    >>> block_of("A4BCC3"), block_of("FFFFFF")
    ('A00000-AFFFFF, United States', None)
    """
    blocks = pl.read_csv(resolve(ALLOCATION), infer_schema=False)
    found = blocks.filter((pl.col("first") <= address) & (address <= pl.col("last")))
    for first, last, state in found.iter_rows():
        return f"{first}-{last}, {state}"
    return None
