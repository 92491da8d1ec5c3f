"""The FAA's releasable aircraft registry: MASTER.txt (aircraft) and ACFTREF.txt (models).

Comma-separated, values padded with blanks, every line ends with a comma, quotes are plain characters. Fields
are found by their names in the header, so both layouts of ACFTREF (11 and 13 fields) and any order do.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from data_schemas.errors import InputError
from tracks.registry.register import Register, require, settle, text

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
    ISSUE DATE and EXPIRATION DATE, missing where blank or no date. A row whose two addresses disagree
    counts in `addresses_disagree` and is read by the hexadecimal one.

    Raises
    ------
    InputError
        A file or a column is missing.
    """
    if not folder.is_dir():
        raise InputError(folder, "no such folder", "expected the unpacked FAA registry with MASTER.txt")
    master = _read(folder / "MASTER.txt", _MASTER, optional=(_HEX,))
    models = _read(folder / "ACFTREF.txt", _REFERENCE).unique("CODE", keep="first", maintain_order=True)
    rows = master.join(
        models, left_on="MFR MDL CODE", right_on="CODE", how="left", maintain_order="left"
    ).with_columns(_octal_address().alias("octal"))
    rows = rows.with_columns(
        pl.coalesce(pl.col(_HEX).str.to_uppercase(), "octal").alias("icao24"),
        _type(pl.coalesce("TYPE AIRCRAFT", "TYPE-ACFT")).alias("aircraft_type"),
        pl.col("MFR").alias("manufacturer"),
        pl.col("MODEL").alias("model"),
        pl.col("NO-SEATS").str.to_integer(strict=False).alias("seats"),
        pl.col("AC-WEIGHT").alias("weight_class"),
        pl.col("TYPE REGISTRANT").alias("owner_type"),
        pl.lit("US").alias("country"),
        pl.col("CERT ISSUE DATE").str.to_date("%Y%m%d", strict=False).alias("valid_from"),
        pl.col("EXPIRATION DATE").str.to_date("%Y%m%d", strict=False).alias("valid_to"),
    )
    disagree = rows.filter(pl.col("octal").is_not_null() & (pl.col("icao24") != pl.col("octal"))).height
    return settle(rows, SOURCE, {"addresses_disagree": disagree} if disagree else {})


def _type(code: pl.Expr) -> pl.Expr:
    return code.replace_strict(TYPE_CODES | {None: None}, default="Unknown", return_dtype=pl.String)


def _octal_address() -> pl.Expr:
    """MODE S CODE, eight octal digits, as six hexadecimal ones; missing where it is no such number."""
    code = pl.col("MODE S CODE")
    digits = pl.when(code.str.contains("^[0-7]{1,8}$")).then(code)
    # Each hexadecimal digit is four bits, each octal one three: go through the number.
    return digits.str.to_integer(base=8, strict=False).map_batches(
        lambda numbers: pl.Series([None if n is None else f"{n:06X}" for n in numbers], dtype=pl.String),
        return_dtype=pl.String,
    )


def _read(path: Path, columns: Iterable[str], optional: Iterable[str] = ()) -> pl.DataFrame:
    """Read the named columns as text without padding; optional ones the file lacks are missing."""
    try:
        raw = pl.read_csv(
            path, infer_schema=False, quote_char=None, encoding="utf8-lossy", truncate_ragged_lines=True
        )
    except FileNotFoundError:
        raise InputError(
            path, "no such file", "a folder of the FAA registry holds MASTER.txt and ACFTREF.txt"
        ) from None
    except pl.exceptions.PolarsError as error:
        first = str(error).splitlines()[0]
        raise InputError(
            path, f"not a comma-separated file with a header ({first})", "download it anew"
        ) from None
    names = {name.strip("\ufeff "): name for name in reversed(raw.columns)}
    require(columns, names, path)
    picked = raw.select(pl.col(names[name]).alias(name) for name in (*columns, *optional) if name in names)
    absent = [pl.lit(None, pl.String).alias(name) for name in optional if name not in names]
    return picked.select(text(name) for name in picked.columns).with_columns(absent)
