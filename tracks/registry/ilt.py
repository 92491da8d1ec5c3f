"""The Dutch register (Inspectie Leefomgeving en Transport): luchtvaartuigregister-ilt-....ods.

One sheet. The heading of a column is its name and notes in brackets (`X-Ponder [details=n][kolom=j]`). The
first row below it is a banner (Registration = Information).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from data_schemas.errors import InputError
from tracks.registry.doc8643 import with_types
from tracks.registry.kinds import with_types_by_words
from tracks.registry.register import Register, require, settle, with_dates
from tracks.registry.spreadsheet import read_sheet

SOURCE = "ILT"
"""Source of these rows."""

_NEEDED = ("Registration", "X-Ponder", "Group", "Engines", "Manufacturer", "Model", "Registered")
_OPTIONAL = ("Flag", "ICAO-code", "MTOM", "RegistrExpiry")
_HEADING_ROWS = 10  # the heading stands among the first rows


def read_ilt(path: Path, table: Mapping[str, str]) -> Register:
    """Read the register (.ods, .xlsx or a CSV export).

    The address is X-Ponder. The type is Group, of aeroplanes by Engines; where that leaves it open, the one
    of ICAO-code in `table`. Drones have 0 seats, others' are not published. weight_class is MTOM (`1157 kg`).
    valid_from is Registered, valid_to RegistrExpiry (the registration's, not the airworthiness review's);
    a text that is no date is missing (`unreadable_date`). Rows that Flag calls deregistered leave as
    `deregistered`, rows without a mark PH-... as `no_aircraft`.

    Raises
    ------
    InputError
        The file is no such spreadsheet, or a column is missing.
    """
    reason = (
        pl.when(~pl.col("Registration").str.starts_with("PH-").fill_null(value=False))
        .then(pl.lit("no_aircraft"))
        .when(pl.col("Flag").str.to_lowercase().str.contains("deregistered"))
        .then(pl.lit("deregistered"))
    )
    rows = _under_heading(path).with_columns(reason.alias("reason"))
    rows, unreadable = with_dates(
        rows, {"valid_from": "Registered", "valid_to": "RegistrExpiry"}, "%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"
    )
    unmanned = pl.col("Group").str.to_lowercase().str.contains("drone|rpas")
    rows = rows.with_columns(
        pl.col("X-Ponder").alias("icao24"),
        pl.col("Engines").str.to_integer(strict=False).alias("engines"),
        pl.when(unmanned).then(pl.lit(0)).alias("seats"),
        pl.col("Manufacturer").alias("manufacturer"),
        pl.col("Model").alias("model"),
        (pl.col("MTOM") + " kg").alias("weight_class"),
        pl.lit("NL").alias("country"),
        pl.col("ICAO-code").alias("typecode"),
        pl.lit(None, pl.String).alias("description"),
    )
    rows, unknown = with_types(rows, table)
    rows = with_types_by_words(rows.rename({"aircraft_type": "by_designator"}), "Group", "engines")
    told = pl.when(pl.col("aircraft_type") != "Unknown").then("aircraft_type")
    rows = rows.with_columns(pl.coalesce(told, "by_designator", "aircraft_type").alias("aircraft_type"))
    return settle(rows, SOURCE, {"unknown_designator": unknown, "unreadable_date": unreadable})


def _under_heading(path: Path) -> pl.DataFrame:
    """Return the rows below the heading under its names, the columns known here."""
    sheet = read_sheet(path)
    rows = (
        [(cell or "").partition("[")[0].strip() for cell in cells]
        for cells in sheet.head(_HEADING_ROWS).rows()
    )
    heading = next(((number, names) for number, names in enumerate(rows) if "Registration" in names), None)
    if heading is None:
        problem = f"no column 'Registration' in its first {_HEADING_ROWS} rows"
        raise InputError(path, problem, "expected the Dutch register with its heading")
    number, names = heading
    require(_NEEDED, names, path)
    picked = [pl.col(str(names.index(name))).alias(name) for name in (*_NEEDED, *_OPTIONAL) if name in names]
    absent = [pl.lit(None, pl.String).alias(name) for name in _OPTIONAL if name not in names]
    return sheet.slice(number + 1).select(picked).with_columns(absent)
