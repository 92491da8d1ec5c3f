"""The OpenSky Network's aircraft database, in the layouts of its older and newer files.

`aircraftDatabase.csv` has double quotes and lower-case names, `aircraft-database-complete-YYYY-MM.csv` single
quotes around some values, names as icaoAircraftClass, and other columns. Both are collected from many hands:
a line that cannot be cut in fields is counted, not refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tracks.registry.doc8643 import with_types
from tracks.registry.register import Register, require, seats_in, settle, with_dates
from tracks.registry.text_file import Dialect, first_line, read_content, read_fields

SOURCE = "OPENSKY"
"""Source of these rows."""

_NAMES = {
    "icao24": ("icao24",),
    "typecode": ("typecode",),
    "description": ("icaoaircrafttype", "icaoaircraftclass"),
    "manufacturername": ("manufacturername",),
    "manufacturericao": ("manufacturericao",),
    "model": ("model",),
    "seats": ("seatconfiguration",),
    "registered": ("registered",),
    "reguntil": ("reguntil",),
}
"""Columns read, by their lower-case names in the layouts; those a file lacks are missing."""

_NEEDED = ("icao24", "typecode")


def read_opensky(path: Path, table: Mapping[str, str]) -> Register:
    """Read the database (.csv or .csv.gz) of either layout.

    The type is that of the Doc 8643 description (L1P) in the row, else of the designator in `table`. The
    designator serves as the model where the row names none. `seatconfiguration` counts as seats where it is
    a whole number (it hardly ever says anything). valid_from and valid_to are `registered` and `reguntil`.

    Raises
    ------
    InputError
        The file or a column is missing, or a quoted value never ends.
    """
    content = read_content(path)
    dialect = Dialect(quote="'" if content.startswith(b"'") else '"')
    found = [name.lower() for name in first_line(content, path, dialect)]
    require(_NEEDED, found, path)
    places = {ours: found.index(name) for ours, names in _NAMES.items() for name in names if name in found}
    rows, wrong = read_fields(content, path, places, dialect, lenient=True)
    rows = rows.with_columns(pl.lit(None, pl.String).alias(ours) for ours in _NAMES if ours not in places)
    rows, unknown = with_types(rows, table)
    rows, unreadable = with_dates(
        rows, {"valid_from": "registered", "valid_to": "reguntil"}, "%Y-%m-%d", "%d/%m/%Y"
    )
    rows = rows.with_columns(
        seats_in("seats").alias("seats"),
        pl.coalesce("manufacturername", "manufacturericao").alias("manufacturer"),
        pl.coalesce("model", "typecode").alias("model"),
    )
    made = {"unknown_designator": unknown, "unreadable_date": unreadable}
    return settle(rows, SOURCE, made, wrong_lines=wrong)
