"""The FAA's releasable aircraft registry: MASTER.txt (aircraft) and ACFTREF.txt (models).

Comma-separated, values padded with blanks, every line ends with a comma, quotes are plain characters. Fields
are found by their names in the header, so both layouts of ACFTREF (11 and 13 fields) and any order do.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from data_schemas.errors import InputError
from tracks.registry.addresses import hex_from_octal
from tracks.registry.register import Register, require, seats_in, settle, with_dates
from tracks.registry.text_file import PLAIN, first_line, read_content, read_fields

SOURCE = "FAA"
"""Source of these rows."""

TYPE_CODES = {
    "1": "Glider",
    "2": "Balloon",
    "3": "BlimpDirigible",
    "4": "FixedWingSingleEngine",
    "5": "FixedWingMultiEngine",
    "6": "Rotorcraft",
    "7": "WeightShiftControl",
    "8": "PoweredParachute",
    "9": "Gyroplane",
    "H": "Other",  # hybrid lift
    "O": "Other",
}
"""TYPE AIRCRAFT and TYPE-ACFT (the FAA's ardata.pdf)."""

_MASTER = (
    "MFR MDL CODE",
    "TYPE REGISTRANT",
    "CERT ISSUE DATE",
    "TYPE AIRCRAFT",
    "MODE S CODE",
    "EXPIRATION DATE",
)
_HEX = "MODE S CODE HEX"
_REFERENCE = ("CODE", "MFR", "MODEL", "TYPE-ACFT", "NO-SEATS", "AC-WEIGHT")


def read_faa(folder: Path) -> Register:
    """Read the folder with MASTER.txt and ACFTREF.txt.

    The address is MODE S CODE HEX, or MODE S CODE (octal) where there is none. Manufacturer, model, seats
    and weight class are those of ACFTREF, missing where it lacks the code. The type is MASTER's, where that
    is blank ACFTREF's; a code that the FAA does not list is `Unknown`. valid_from and valid_to are CERT
    ISSUE DATE and EXPIRATION DATE, missing where blank or no date (`unreadable_date`). A row whose two
    addresses disagree counts in `addresses_disagree` and is read by the hexadecimal one; one whose model
    ACFTREF lacks counts in `model_not_in_reference`.

    Raises
    ------
    InputError
        A file or a column is missing, or a line has another number of fields than the header.
    """
    if not folder.is_dir():
        raise InputError(folder, "no such folder", "expected the unpacked FAA registry with MASTER.txt")
    master = _read(folder / "MASTER.txt", _MASTER, optional=(_HEX,))
    models = _read(folder / "ACFTREF.txt", _REFERENCE).unique("CODE", keep="first", maintain_order=True)
    rows = master.join(
        models, left_on="MFR MDL CODE", right_on="CODE", how="left", maintain_order="left", coalesce=False
    ).with_columns(hex_from_octal("MODE S CODE").alias("octal"), pl.col(_HEX).str.to_uppercase())
    rows, unreadable = with_dates(
        rows, {"valid_from": "CERT ISSUE DATE", "valid_to": "EXPIRATION DATE"}, "%Y%m%d"
    )
    rows = rows.with_columns(
        pl.coalesce(_HEX, "octal").alias("icao24"),
        _type(pl.coalesce("TYPE AIRCRAFT", "TYPE-ACFT")).alias("aircraft_type"),
        pl.col("MFR").alias("manufacturer"),
        pl.col("MODEL").alias("model"),
        seats_in("NO-SEATS").alias("seats"),
        pl.col("AC-WEIGHT").alias("weight_class"),
        pl.col("TYPE REGISTRANT").alias("owner_type"),
        pl.lit("US").alias("country"),
    )
    made = {
        "addresses_disagree": rows.filter(pl.col("octal") != pl.col(_HEX)).height,
        "model_not_in_reference": rows["CODE"].null_count(),
        "unreadable_date": unreadable,
    }
    return settle(rows, SOURCE, made)


def _type(code: pl.Expr) -> pl.Expr:
    return code.replace_strict(TYPE_CODES | {None: None}, default="Unknown", return_dtype=pl.String)


def _read(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> pl.DataFrame:
    """Read the named columns; optional ones the file lacks are missing."""
    if not path.exists():
        remedy = "a folder of the FAA registry holds MASTER.txt and ACFTREF.txt"
        raise InputError(path, "no such file", remedy)
    content = read_content(path)
    names = first_line(content, path, PLAIN)
    require(columns, names, path)
    places = {name: names.index(name) for name in (*columns, *optional) if name in names}
    rows, _ = read_fields(content, path, places, PLAIN)
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in optional if name not in names)
