"""Aircraft types from ICAO Doc 8643: a type designator (C172) and its description code (L1P).

A description is three characters: kind of aircraft (L landplane, S seaplane, A amphibian, H helicopter,
G gyroplane, T tilt-rotor), number of engines (1 to 8, C for a coupled pair), kind of engine (P piston,
T turboprop, J jet, E electric). Aircraft without a designator of their own have a special one (GLID).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping

import polars as pl

from data_schemas.errors import InputError
from data_schemas.packaged import resolve

SHIPPED_TABLE = "package:doc8643.json"
"""Designators of the aircraft that the package ships."""

SPECIAL_DESIGNATORS = {
    "BALL": "Balloon",
    "SHIP": "BlimpDirigible",
    "GLID": "Glider",
    "GLIM": "Glider",  # motor glider, in use though not in the document
    "GYRO": "Gyroplane",
    "UHEL": "Rotorcraft",  # ultralight helicopter
    "PARA": "PoweredParachute",
    "ULAC": "Other",  # ultralight, fixed wing or weight shift: the designator does not say which
    "ZZZZ": "Unknown",  # the document's own word for a type without designator
}
"""What the special designators mean; their descriptions (L0-, B0-) would mix gliders with ultralights."""

_BY_KIND = {
    "H": "Rotorcraft",
    "G": "Gyroplane",
    "B": "Balloon",
    "P": "PoweredParachute",
}
_NO_ENGINE = "-"


def aircraft_type(designator: str | None, description: str | None) -> str:
    """Return the aircraft type of a designator and its description; `Unknown` where neither says.

    Tilt-rotors (T, R in some databases) are `Other`, the FAA's word for powered lift too: the limits of
    rotorcraft would cut them. So are unmanned aircraft (D) and the vehicles and towers (V, T) that some
    databases list. A coupled pair of engines (C, or 0 with a kind of engine) counts as several.

    >>> aircraft_type("C172", "L1P"), aircraft_type("A320", "L2J"), aircraft_type("GLID", "L0-")
    ('FixedWingSingleEngine', 'FixedWingMultiEngine', 'Glider')
    """
    special = SPECIAL_DESIGNATORS.get(designator or "")
    if special:
        return special
    if description is None or len(description) != 3:
        return "Unknown"
    kind, engines, power = tuple(description)
    if kind in "LSA":
        return _fixed_wing(engines, power)
    if kind in "TRDV":
        return "Other"
    return _BY_KIND.get(kind, "Unknown")


def _fixed_wing(engines: str, power: str) -> str:
    if engines == "1":
        return "FixedWingSingleEngine"
    coupled = engines == "C" or (engines == "0" and power != _NO_ENGINE)
    if coupled or engines in "2345678":
        return "FixedWingMultiEngine"
    return "Unknown"


def read_type_table(path: str | None) -> dict[str, str]:
    """Read a JSON file (.gz or not) of designators to descriptions, or to lists [name, description, ...].

    `None` is the table the package ships, which holds only the designators of the aircraft it ships.

    Raises
    ------
    InputError
        The file is missing or not such a table.
    """
    file = resolve(path or SHIPPED_TABLE)
    remedy = 'expected {"C172": "L1P", ...} or {"C172": ["CESSNA 172", "L1P", ...], ...}'
    try:
        raw = file.read_bytes()
        tree = json.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)
    except FileNotFoundError:
        raise InputError(file, "no such table of type designators", "mend type_table") from None
    except (ValueError, OSError, EOFError):
        raise InputError(file, "not a JSON file", remedy) from None
    if not isinstance(tree, dict):
        raise InputError(file, "not a table of type designators", remedy)
    table: dict[str, str] = {}
    for designator, value in tree.items():
        description = value[1] if isinstance(value, list) and len(value) > 1 else value
        if not isinstance(description, str):
            raise InputError(file, f"designator {designator} has no description code", remedy)
        table[designator] = description
    return table


def type_columns(rows: pl.DataFrame, table: Mapping[str, str]) -> pl.DataFrame:
    """Set `aircraft_type` from the columns `typecode` and `description`, by table where there is no latter.

    It is missing where the row has neither; `Unknown` where what it has says nothing.
    """
    rows = rows.with_columns(
        pl.coalesce(
            pl.col("description").str.to_uppercase(),
            pl.col("typecode").replace_strict(table, default=None, return_dtype=pl.String),
        ).alias("description")
    )
    pairs = rows.select("typecode", "description").unique()
    types = [_type_or_none(code, text) for code, text in pairs.iter_rows()]
    found = pairs.with_columns(pl.Series("aircraft_type", types, pl.String))
    return rows.join(
        found, on=["typecode", "description"], how="left", nulls_equal=True, maintain_order="left"
    )


def _type_or_none(designator: str | None, description: str | None) -> str | None:
    return None if designator is None and description is None else aircraft_type(designator, description)


def unknown_designators(typecodes: Iterable[str | None], table: Mapping[str, str]) -> int:
    """Count the rows whose designator neither the table nor the special designators know."""
    return sum(1 for code in typecodes if code and code not in table and code not in SPECIAL_DESIGNATORS)
