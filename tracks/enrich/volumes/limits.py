"""The floor and the ceiling of an airspace volume, and how texts write them."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from tracks.units import M_PER_FT

FT_PER_FLIGHT_LEVEL = 100.0

UNITS_FT = {"": 1.0, "FT": 1.0, "F": 1.0, "FEET": 1.0, "M": 1 / M_PER_FT, "FL": FT_PER_FLIGHT_LEVEL}
"""Feet in each unit that a limit may be in; flight levels are feet of pressure altitude."""


class Limit(NamedTuple):
    """A floor or a ceiling: feet above mean sea level, or above ground where `agl`."""

    ft: float
    agl: bool = False

    def as_floor(self) -> Limit:
        """Return the limit as a floor: one at the surface holds all altitudes, -inf."""
        return Limit(-math.inf) if self.agl and self.ft <= 0 else self

    def below(self) -> Limit:
        """Return the greatest limit that leaves this one out ("to but not including")."""
        return self._replace(ft=math.nextafter(self.ft, -math.inf))


SURFACE = Limit(0.0, agl=True)
UNLIMITED = Limit(math.inf)

_SURFACE = {"GND", "SFC", "SURFACE", "GROUND", "GRND", "GL"}
_UNLIMITED = {"UNL", "UNLIM", "UNLIMITED", "UNLTD", "UNLD"}
_AGL = {"AGL", "AGND", "GND", "SFC", "ASFC", "HEI"}
_MSL = {"", "MSL", "AMSL", "ALT", "STD", "QNH"}
_DATUM = "|".join(sorted((_AGL | _MSL) - {""}, key=len, reverse=True))
_LEVEL = re.compile(r"FL *(\d+)(?: *STD)?")
_HEIGHT = re.compile(
    rf"(?P<before>{_DATUM})? *(?P<number>\d+(?:,\d{{3}})*(?:\.\d+)?) *"
    rf"(?P<unit>FEET|FT|F|METERS|METRES|MTR|M(?!SL))? *(?P<after>{_DATUM})?"
)


def read_limit(text: str) -> Limit:
    """Return the limit that a text says, in the notations of OpenAir files.

    `GND` and `SFC` are the surface, `UNL` has no limit, `FL95` is 9500 ft of pressure altitude, taken as
    MSL; `2500ft MSL`, `3000 MSL`, `1000 AGL`, `AGL 1000ft`, `450 m`: feet where there is no unit, MSL where
    there is no datum.

    Raises
    ------
    ValueError
        The text is none of these.
    """
    said = " ".join(text.upper().split())
    if said in _SURFACE:
        return SURFACE
    if said in _UNLIMITED:
        return UNLIMITED
    if level := _LEVEL.fullmatch(said):
        return Limit(float(level[1]) * FT_PER_FLIGHT_LEVEL)
    height = _HEIGHT.fullmatch(said)
    if height is None or (height["before"] and height["after"]):
        raise ValueError(text)
    number = float(height["number"].replace(",", ""))
    metres = (height["unit"] or "").startswith("M")
    datum = height["before"] or height["after"] or ""
    return Limit(number / M_PER_FT if metres else number, agl=datum in _AGL)
