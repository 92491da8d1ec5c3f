"""What is known of one address, and from where."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data_schemas.aircraft import seats_bin
from data_schemas.config import RegistrySettings
from data_schemas.errors import InputError
from tracks.leaves import UNKNOWN, LeafIndex, read_registry
from tracks.registry.blocks import block_of
from tracks.registry.conflicts import conflicts

_FIRST, _LAST = 1900, 2099  # years asked for; no register reaches beyond
_Row = dict[str, Any]


def lookup(registry: Path, icao24: str, settings: RegistrySettings, years: Sequence[int] = ()) -> str:
    """Say in a few lines what the registry knows of an address.

    Every row by source with its period; which of them wins in which years, and why; on what the sources
    disagree; and in which leaf the address lies in each of `years`.

    Raises
    ------
    InputError
        The address is not six hexadecimal digits, a year is none, or the registry cannot be read.
    """
    address = icao24.strip().upper()
    if not re.fullmatch("[0-9A-F]{6}", address):
        raise InputError(icao24, "not an ICAO 24-bit address", "give six hexadecimal digits, e.g. 3C6444")
    for year in years:
        if not _FIRST <= year <= _LAST:
            raise InputError(year, f"not a year from {_FIRST} to {_LAST}", "give one as 2020")
    block = block_of(address)
    lines = [f"{address}: {f'block {block}' if block else 'in no block of addresses known here'}"]
    table = read_registry(registry).filter(pl.col("icao24") == address)
    if table.is_empty():
        lines.append(f"in no register: type Unknown in every year, in a leaf of {UNKNOWN}")
    else:
        lines += [*_known(table), *_winners(table), *_disagreements(table)]
    return "\n".join([*lines, *(f"leaf: {leaf}" for leaf in _leaves(registry, settings, address, years))])


def _known(table: pl.DataFrame) -> list[str]:
    count = f"{table.height} row{'s' if table.height > 1 else ''}"
    lines = [f"known from {count}, in order of precedence (source listed first, then the latest start):"]
    return lines + [f"  {number}. {_describe(row)}" for number, row in enumerate(table.to_dicts(), 1)]


def _describe(row: _Row) -> str:
    model = " ".join(part for part in (row["manufacturer"], row["model"]) if part) or "model not stated"
    seats = "seats not stated" if row["seats"] is None else f"{row['seats']} seats"
    period = f"valid {row['valid_from'] or 'always'} to {row['valid_to'] or 'never ending'}"
    if row["valid_from"] is None and row["valid_to"] is None:
        period = "valid always"
    country = f", {row['country']}" if row["country"] else ""
    return f"{row['source']}{country}: {row['aircraft_type']}, {model}, {seats}, {period}"


def _winners(table: pl.DataFrame) -> list[str]:
    """Name the row that wins in each run of years, and why; or that none is valid."""
    rows = table.to_dicts()
    valid = {
        year: [i for i, row in enumerate(rows) if _valid(row, year)] for year in range(_FIRST, _LAST + 1)
    }
    runs: list[tuple[list[int], list[int]]] = []
    for year, those in valid.items():
        if runs and runs[-1][1] == those:
            runs[-1][0].append(year)
        else:
            runs.append(([year], those))
    lines = ["wins:"]
    for years, those in runs:
        lines.append(f"  {_span(years[0], years[-1])}: {_verdict(rows, those)}")
    return lines


def _valid(row: _Row, year: int) -> bool:
    """Certified by the year's end and not expired before its start."""
    start, end = row["valid_from"], row["valid_to"]
    return (start is None or start <= dt.date(year, 12, 31)) and (end is None or end >= dt.date(year, 1, 1))


def _verdict(rows: list[_Row], valid: list[int]) -> str:
    if not valid:
        return "none is valid; type Unknown"
    first, row = valid[0], rows[valid[0]]
    won = f"{first + 1}. {row['source']}, {row['aircraft_type']}/{seats_bin(row['seats'])}"
    if len(valid) == 1:
        return f"{won} (the only valid row)"
    second = rows[valid[1]]
    if second["source"] != row["source"]:
        return f"{won} (listed before {second['source']})"
    same = second["valid_from"] == row["valid_from"]
    return f"{won} ({'first in its file' if same else 'the latest start'})"


def _disagreements(table: pl.DataFrame) -> list[str]:
    order = table["source"].unique(maintain_order=True).to_list()
    ranks = pl.col("source").replace_strict(order, range(len(order)), return_dtype=pl.Int32)
    found = conflicts(table.with_columns(ranks.alias("rank"))).to_dicts()
    lines = [
        f"  {row['field']}: {row['kept_source']} says {row['kept']}, {row['other_source']} {row['other']} "
        f"({_span(row['first_year'] or _FIRST, row['last_year'] or _LAST)})"
        for row in found
    ]
    return ["the sources disagree:", *lines] if lines else []


def _leaves(registry: Path, settings: RegistrySettings, address: str, years: Sequence[int]) -> list[str]:
    """Return the leaf of an address in each of some years."""
    if not years:
        return []
    index = LeafIndex.load(registry, settings)
    codes = index.leaf_codes(np.full(len(years), int(address, 16), np.uint32), np.array(years, np.int16))
    return [index.paths[code] for code in codes]


def _span(first: int, last: int) -> str:
    """Name a run of years, open where it reaches the ends of what was asked."""
    if first <= _FIRST and last >= _LAST:
        return "in every year"
    if first <= _FIRST:
        return f"until {last}"
    if last >= _LAST:
        return f"from {first}"
    return f"in {first}" if first == last else f"{first} to {last}"
