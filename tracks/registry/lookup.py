"""What is known of one address, and from where."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import polars as pl

from data_schemas.errors import InputError
from tracks.leaves import read_registry

_FIRST, _LAST = 1900, 2099  # years asked for; no register reaches beyond


def lookup(registry: Path, icao24: str) -> str:
    """Say in a few lines which rows the registry has for an address, and in which years each wins.

    Raises
    ------
    InputError
        The address is not six hexadecimal digits, or the registry cannot be read.
    """
    address = icao24.strip().upper()
    if not re.fullmatch("[0-9A-F]{6}", address):
        raise InputError(icao24, "not an ICAO 24-bit address", "give six hexadecimal digits, e.g. 3C6444")
    rows = read_registry(registry).filter(pl.col("icao24") == address).to_dicts()
    if not rows:
        return f"{address}: in no register; type Unknown in every year"
    wins: list[list[int]] = [[] for _ in rows]
    nobody: list[int] = []
    for year in range(_FIRST, _LAST + 1):
        winner = next((i for i, row in enumerate(rows) if _valid(row, year)), None)
        (nobody if winner is None else wins[winner]).append(year)
    lines = [f"{address}: {len(rows)} row{'s' if len(rows) > 1 else ''}, in order of precedence"]
    lines += [f"  {_describe(row)}; wins {_years(years)}" for row, years in zip(rows, wins, strict=True)]
    return "\n".join([*lines, *([f"  type Unknown {_years(nobody)}"] if nobody else [])])


def _valid(row: dict[str, Any], year: int) -> bool:
    """Certified by the year's end and not expired before its start."""
    start, end = row["valid_from"], row["valid_to"]
    return (start is None or start <= dt.date(year, 12, 31)) and (end is None or end >= dt.date(year, 1, 1))


def _describe(row: dict[str, Any]) -> str:
    model = " ".join(part for part in (row["manufacturer"], row["model"]) if part) or "model not stated"
    seats = "seats not stated" if row["seats"] is None else f"{row['seats']} seats"
    period = f"valid {row['valid_from'] or 'always'} to {row['valid_to'] or 'never ending'}"
    if row["valid_from"] is None and row["valid_to"] is None:
        period = "valid always"
    country = f", {row['country']}" if row["country"] else ""
    return f"{row['source']}{country}: {row['aircraft_type']}, {model}, {seats}, {period}"


def _years(years: list[int]) -> str:
    """Name the runs of consecutive years, open where they reach the ends of what was asked."""
    if not years:
        return "in no year"
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(_run(run[0], run[-1]) for run in runs)


def _run(first: int, last: int) -> str:
    if first == _FIRST and last == _LAST:
        return "in every year"
    if first == _FIRST:
        return f"until {last}"
    if last == _LAST:
        return f"from {first}"
    return f"in {first}" if first == last else f"{first} to {last}"
