"""Aircraft types from ICAO Doc 8643: a type designator (C172) and its description code (L1P).

A description is three characters: kind of aircraft (L landplane, S seaplane, A amphibian, H helicopter,
G gyroplane, T tilt-rotor), number of engines (1 to 8, C for a coupled pair), kind of engine (P piston,
T turboprop, J jet, E electric). Aircraft without a designator of their own have a special one (GLID).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping

import polars as pl

from data_schemas.errors import InputError
from data_schemas.packaged import resolve

SHIPPED_TABLE = "package:doc8643.json"
"""All designators of the document."""

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

    `None` is the whole document as the package ships it.

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


def with_types(rows: pl.DataFrame, table: Mapping[str, str]) -> tuple[pl.DataFrame, int]:
    """Add `aircraft_type` by the columns `typecode` and `description` (by table where the latter is missing).

    It is missing where the row has neither; `Unknown` where what it has says nothing.

    Returns
    -------
    tuple
        The rows, and how many of them have a designator that neither the row, the table nor the special
        designators explain.
    """
    rows = rows.with_columns(
        pl.col("typecode").str.to_uppercase(),
        pl.col("description").str.to_uppercase(),
    )
    pairs = rows.group_by("typecode", "description").len()
    told = [
        (
            code,
            given,
            _type_or_none(code, given or table.get(code or "")),
            _unexplained(code, given, table) * n,
        )
        for code, given, n in pairs.iter_rows()
    ]
    schema = dict.fromkeys(("typecode", "description", "aircraft_type"), pl.String) | {"unknown": pl.Int64}
    found = pl.DataFrame(told, schema, orient="row")
    keys = ["typecode", "description"]
    joined = rows.join(found.drop("unknown"), on=keys, how="left", nulls_equal=True, maintain_order="left")
    return joined, int(found["unknown"].sum())


def _type_or_none(designator: str | None, description: str | None) -> str | None:
    return None if designator is None and description is None else aircraft_type(designator, description)


def _unexplained(designator: str | None, description: str | None, table: Mapping[str, str]) -> bool:
    known = description is not None or designator in table or designator in SPECIAL_DESIGNATORS
    return designator is not None and not known
