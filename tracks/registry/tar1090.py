"""The aircraft table of tar1090 and readsb (tar1090-db, kept by Mictronics).

Two layouts: `aircraft.csv.gz` as tar1090-db publishes it (address; registration; designator; flags; long
name; and more, no header, a backslash before a semicolon inside a value), and a CSV with a header (icao24,
registration, typecode, flags, description).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tracks.registry.doc8643 import with_types
from tracks.registry.register import Register, require, settle
from tracks.registry.text_file import Dialect, first_line, read_content, read_fields

SOURCE = "TAR1090"
"""Source of these rows."""

_PUBLISHED = Dialect(delimiter=";", quote=None, escape="\\")
_PLACES = {"icao24": 0, "typecode": 2}


def read_tar1090(path: Path, table: Mapping[str, str]) -> Register:
    """Read the table (.csv or .csv.gz) of either layout.

    The type is that of the designator in `table`; the designator is the model. The table knows neither
    seats nor periods: its rows are valid always. Rows without designator leave as `no_type`.

    Raises
    ------
    InputError
        The file or a column is missing.
    """
    content = read_content(path)
    header = not content[:200].split(b"\n")[0].count(b";")
    if header:
        names = [name.lower() for name in first_line(content, path, Dialect())]
        require(_PLACES, names, path)
        places = {name: names.index(name) for name in _PLACES}
        rows, wrong = read_fields(content, path, places, Dialect(), lenient=True)
    else:
        rows, wrong = read_fields(content, path, _PLACES, _PUBLISHED, header=False, lenient=True)
    rows, unknown = with_types(rows.with_columns(pl.lit(None, pl.String).alias("description")), table)
    rows = rows.with_columns(pl.col("typecode").alias("model"), pl.lit(None, pl.Int64).alias("seats"))
    return settle(rows, SOURCE, {"unknown_designator": unknown}, wrong_lines=wrong)
