"""The Irish register (Irish Aviation Authority), a spreadsheet a month.

One sheet: a heading, one row an aircraft, a total at the end. Fields are found by their place, as the
published parser has them (em-core, RUN_iaaacreg.m): 1 mark, 2 manufacturer, 3 model, 4 kind, 5 date of
registration, 9 Mode S address, 12 number of engines.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from data_schemas.errors import InputError
from tracks.registry.kinds import with_types_by_words
from tracks.registry.register import Register, settle, with_dates
from tracks.registry.spreadsheet import read_sheet

SOURCE = "IAA"
"""Source of these rows."""

_PLACES = {"mark": 0, "manufacturer": 1, "model": 2, "kind": 3, "registered": 4, "address": 8, "engines": 11}
_MARK = "^E[IJ]-?[A-Z0-9]+$"
_ADDRESS = "^[0-9A-Fa-f]{6}$"


def read_iaa(path: Path) -> Register:
    """Read the register (.xlsx, .ods or a CSV export).

    The type is the kind, of aeroplanes and amphibians by the number of engines. Seats are not published.
    valid_from is the date of registration; the register names no end. Rows without a mark EI-... (heading,
    total, blank) leave as `no_aircraft`, aircraft without a transponder (N/A) as `bad_address`.

    Raises
    ------
    InputError
        The file is no such spreadsheet: too few columns, no marks in the first or no addresses in the ninth.
    """
    sheet = read_sheet(path)
    remedy = (
        "expected mark, manufacturer, model, kind, date, ..., Mode S (column 9), ..., engines (column 12)"
    )
    if sheet.width <= max(_PLACES.values()):
        raise InputError(path, f"has {sheet.width} columns, the Irish register has 12 or more", remedy)
    rows = sheet.select(pl.col(str(place)).alias(name) for name, place in _PLACES.items())
    is_aircraft = pl.col("mark").str.contains(_MARK).fill_null(value=False)
    aircraft = rows.filter(is_aircraft)
    if not aircraft["address"].str.contains(_ADDRESS).any():
        lacks = "Mode S address in column 9" if aircraft.height else "mark EI-... in column 1"
        raise InputError(path, f"no {lacks}", remedy)
    rows = rows.with_columns(pl.when(~is_aircraft).then(pl.lit("no_aircraft")).alias("reason"))
    rows, unreadable = with_dates(rows, {"valid_from": "registered"}, "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")
    rows = rows.with_columns(
        pl.col("address").alias("icao24"),
        pl.col("engines").str.to_integer(strict=False),
        pl.lit(None, pl.Int64).alias("seats"),
        pl.lit("IE").alias("country"),
    )
    rows = with_types_by_words(rows, "kind", "engines")
    return settle(rows, SOURCE, {"unreadable_date": unreadable})
