"""Names and units of the columns of a raw file, in both dialects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data_schemas.errors import InputError
from tracks.units import M_PER_FT, M_S_PER_KT

_ALIASES: dict[str, tuple[str, ...]] = {
    "time_s": ("time", "timestamp"),
    "icao24": ("icao24",),
    "lat_deg": ("lat", "latitude"),
    "lon_deg": ("lon", "longitude"),
    "alt_baro_ft_msl": ("baroaltitude", "altitude", "baro_altitude"),
    "alt_geo_ft_msl": ("geoaltitude", "geo_altitude"),
    "speed_kt": ("velocity", "groundspeed"),
    "course_deg": ("heading", "track", "true_track"),
    "vertical_rate_ft_s": ("vertrate", "vertical_rate"),
    "callsign": ("callsign",),
    "onground": ("onground", "on_ground"),
    "alert": ("alert",),
    "spi": ("spi",),
    "squawk": ("squawk",),
    "lastposupdate_s": ("lastposupdate", "last_position", "time_position"),
    "lastcontact_s": ("lastcontact", "last_contact"),
}
"""Raw names of each column of the observations: OpenSky's files, the traffic library, the REST API."""

TIMES = ("time_s", "lastposupdate_s", "lastcontact_s")
FLAGS = ("onground", "alert", "spi")
"""Columns that are no numbers: POSIX times, which may be written otherwise, and booleans."""

_TRAFFIC_MARKS = {"groundspeed", "altitude", "timestamp"}
_REQUIRED = ("time_s", "icao24", "lat_deg", "lon_deg")


@dataclass(frozen=True)
class Source:
    """Where a column of the observations comes from: its raw name, and what its numbers are divided by."""

    raw: str
    unit: float = 1.0


def find_sources(header: Sequence[str], where: object) -> dict[str, Source]:
    """Return the source of every column of the observations that a file has, by the header of the file.

    Without a column for lastcontact_s, its source is that of time_s.

    A file with any of groundspeed, altitude, timestamp is in the traffic dialect: its altitude and
    geoaltitude are ft and its vertical_rate is ft/min. groundspeed is kt. A column under any other name is
    SI in both dialects, so that baroaltitude is m and velocity m/s wherever they occur.
    Case and surrounding blanks of a name do not matter; columns with other names are ignored.

    Raises
    ------
    InputError
        A required column is missing (time, address, position, at least one altitude), or two columns mean
        the same thing.
    """
    raw_of: dict[str, list[str]] = {}
    for raw in header:
        raw_of.setdefault(raw.strip().lower(), []).append(raw)
    traffic = not _TRAFFIC_MARKS.isdisjoint(raw_of)
    found: dict[str, Source] = {}
    for column, aliases in _ALIASES.items():
        present = [(alias, raw) for alias in aliases for raw in raw_of.get(alias, [])]
        if len(present) > 1:
            both = " and ".join(f"'{raw.strip()}'" for _, raw in present)
            raise InputError(where, f"columns {both} mean the same thing", "remove all but one")
        if present:
            alias, raw = present[0]
            found[column] = Source(raw, _unit(alias, traffic))
    missing = ["/".join(_ALIASES[column]) for column in _REQUIRED if column not in found]
    if not {"alt_baro_ft_msl", "alt_geo_ft_msl"} & set(found):
        missing.append("/".join(_ALIASES["alt_baro_ft_msl"] + _ALIASES["alt_geo_ft_msl"]))
    if missing:
        shown = ", ".join(name.strip() for name in header)
        shown = shown if len(shown) <= 300 else shown[:300] + " …"
        raise InputError(
            where, f"missing column {', '.join(missing)}; it has {shown}", "see pipeline.md, raw input"
        )
    found.setdefault("lastcontact_s", found["time_s"])
    return found


def _unit(alias: str, traffic: bool) -> float:
    """Return what the numbers of a column under this name are divided by to be in aviation units."""
    if alias == "velocity":
        return M_S_PER_KT
    if alias in {"baroaltitude", "baro_altitude", "geo_altitude", "vertrate"}:
        return M_PER_FT
    if alias == "geoaltitude":
        return 1.0 if traffic else M_PER_FT
    if alias == "vertical_rate":
        return 60.0 if traffic else M_PER_FT
    return 1.0
