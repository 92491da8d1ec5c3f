"""The floor and the ceiling of an airspace volume, and how texts write them."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from tracks.units import m_to_ft

_FT_PER_FLIGHT_LEVEL = 100.0


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
_MSL = {"MSL", "AMSL", "ALT", "STD", "QNH"}
_DATUM = "|".join(sorted(_AGL | _MSL, key=len, reverse=True))
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
        return Limit(in_ft(float(level[1]), "FL"))
    height = _HEIGHT.fullmatch(said)
    if height is None or (height["before"] and height["after"]):
        raise ValueError(text)
    number = float(height["number"].replace(",", ""))
    datum = height["before"] or height["after"]
    return Limit(in_ft(number, (height["unit"] or "FT")[:1]), agl=datum in _AGL)


def in_ft(number: float, unit: str) -> float:
    """Return feet of a number of feet (`FT` or `F`), metres (`M`) or flight levels (`FL`).

    Raises
    ------
    ValueError
        The unit is none of these.
    """
    if unit == "M":
        return m_to_ft(number)
    if unit == "FL":
        return number * _FT_PER_FLIGHT_LEVEL
    if unit in {"FT", "F"}:
        return number
    raise ValueError(unit)
