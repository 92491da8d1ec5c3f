"""How tables of airspace volumes say class, name and limits: the FAA's, openAIP's and a plain one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tracks.enrich.volumes.limits import SURFACE, UNLIMITED, Limit, in_ft

Row = Mapping[str, Any]
"""The fields of one feature, by name in lower case."""


class FieldError(ValueError):
    """A field of a feature that cannot be read: its name, what it is and what was expected."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem


@dataclass(frozen=True)
class Layout:
    """One way of saying what a volume is.

    Attributes
    ----------
    title
        What the layout is called in messages.
    fields
        Fields, in lower case: of each group of alternatives the table must have at least one.
    optional
        Further fields that are read where the table has them.
    letter
        The airspace class of a row, or what else it is.
    floor, ceiling
        The limits of a row; FieldError where they cannot be read.
    """

    title: str
    fields: tuple[tuple[str, ...], ...]
    optional: tuple[str, ...]
    letter: Callable[[Row], str]
    floor: Callable[[Row], Limit]
    ceiling: Callable[[Row], Limit]


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip().upper()


def _number(field: str, value: Any) -> float:
    """Return a number that a field gives as a number or as text, as dBase files do."""
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if math.isnan(number):
        raise FieldError(field, f"is {value!r}, expected a number")
    return number


def _in_ft(field: str, value: float, unit: Any) -> float:
    try:
        return in_ft(value, _text(unit) or "FT")
    except ValueError:
        problem = f"is {unit!r}, expected FT, FL or M"
        raise FieldError(field, problem) from None


_FAA_NO_VALUE = -9998.0
_FLOOR_OF_CLASS_A = Limit(18000.0)


def _faa_letter(row: Row) -> str:
    """CLASS, unless LOCAL_TYPE says that the row is no class of airspace (a Mode C veil, a TRSA)."""
    local = _text(row.get("local_type")).replace("_", " ")
    if local and not local.startswith("CLASS"):
        return local
    return _text(row["class"]) or local.removeprefix("CLASS").strip()


def _faa_limit(row: Row, which: str) -> Limit:
    code = _text(row[f"{which}_code"])
    if code in {"UNLTD", "UNL"}:
        return UNLIMITED
    value = _number(f"{which}_val".upper(), row[f"{which}_val"])
    if value == _FAA_NO_VALUE:
        if which == "upper" and _text(row.get("upper_desc")) == "AA":
            return _FLOOR_OF_CLASS_A.below()
        raise FieldError(f"{which}_val".upper(), "is -9998 (no value), expected a limit")
    ft = _in_ft(f"{which}_uom".upper(), value, row.get(f"{which}_uom"))
    if code in {"SFC", "AGL", "HEI"}:
        return Limit(ft, agl=True)
    if code in {"MSL", "STD"}:
        return Limit(ft)
    if not code:
        return SURFACE if which == "lower" and ft == 0 else Limit(ft)
    found = row[f"{which}_code"]
    problem = f"is {found!r}, expected MSL, SFC, AGL, STD or UNLTD"
    raise FieldError(f"{which}_code".upper(), problem)


def _faa_ceiling(row: Row) -> Limit:
    limit = _faa_limit(row, "upper")
    return limit.below() if _text(row.get("upper_desc")) == "TNI" else limit


FAA = Layout(
    "the FAA's Class_Airspace",
    (("class",), ("lower_val",), ("lower_code",), ("upper_val",), ("upper_code",)),
    ("local_type", "name", "lower_uom", "upper_uom", "upper_desc"),
    _faa_letter,
    lambda row: _faa_limit(row, "lower"),
    _faa_ceiling,
)
"""`Class_Airspace` of the FAA's Aeronautical Data Delivery Service and of the 28 day NASR subscription.

LOWER_ and UPPER_VAL are in LOWER_ and UPPER_UOM (FT, or FL with the code STD) above what the CODE says: MSL,
or the surface (SFC; a value of 700 with SFC is 700 ft AGL). An empty code is MSL, and a floor of 0 with an
empty code the surface. UPPER_DESC TI is "to and including", TNI "to but not including"; AA with the value
-9998 is "up to class A", not including 18,000 ft MSL (14 CFR 71.33). Hours of operation (WKHR_CODE) are not
looked at: a volume that is class D by day is so at night.
"""


def _plain_limit(row: Row, which: str) -> Limit:
    msl, agl = f"{which}_ft_msl", f"{which}_ft_agl"
    if row.get(agl) is None:
        return Limit(_number(msl, row.get(msl)))
    if row.get(msl) is not None:
        raise FieldError(agl, f"is given as well as {msl}, expected one of them")
    return Limit(_number(agl, row[agl]), agl=True)


PLAIN = Layout(
    "plain",
    (("class",), ("floor_ft_msl", "floor_ft_agl"), ("ceiling_ft_msl", "ceiling_ft_agl")),
    ("name",),
    lambda row: _text(row["class"]),
    lambda row: _plain_limit(row, "floor"),
    lambda row: _plain_limit(row, "ceiling"),
)
"""CLASS, floor and ceiling in feet above mean sea level or above ground, and perhaps NAME."""

_OPENAIP_CLASSES = dict(enumerate("ABCDEFG"))
_OPENAIP_UNITS = {0: "M", 1: "FT", 6: "FL"}
_OPENAIP_DATUMS = {0: True, 1: False, 2: False}


def _openaip_limit(row: Row, field: str) -> Limit:
    """Return the limit of an object of value, unit (0 m, 1 ft, 6 FL) and datum (0 GND, 1 MSL, 2 STD)."""
    try:
        said = json.loads(row[field.lower()])
        unit, agl = _OPENAIP_UNITS[said["unit"]], _OPENAIP_DATUMS[said["referenceDatum"]]
    except (TypeError, ValueError, KeyError):
        problem = f"is {row[field.lower()]!r}, expected value, unit (0, 1, 6) and referenceDatum (0, 1, 2)"
        raise FieldError(field, problem) from None
    return Limit(in_ft(_number(field, said.get("value")), unit), agl=agl)


OPENAIP = Layout(
    "openAIP's",
    (("icaoclass",), ("lowerlimit",), ("upperlimit",)),
    ("name",),
    lambda row: _OPENAIP_CLASSES.get(row["icaoclass"], "unclassified"),
    lambda row: _openaip_limit(row, "lowerLimit"),
    lambda row: _openaip_limit(row, "upperLimit"),
)
"""GeoJSON as openAIP publishes it by country; icaoClass counts from 0 for A."""

LAYOUTS = (FAA, PLAIN, OPENAIP)
"""The first whose fields a table has is taken."""
