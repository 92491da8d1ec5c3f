"""Aerodromes from the files of OurAirports and of the FAA."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data_schemas.errors import InputError
from data_schemas.packaged import resolve

Floats = NDArray[np.float64]

_CLOSED = "closed"
_OURAIRPORTS_KINDS = {
    "large_airport": "airport",
    "medium_airport": "airport",
    "small_airport": "airport",
    "heliport": "heliport",
    "seaplane_base": "seaplane_base",
    "balloonport": "balloonport",
    "closed": _CLOSED,
    "closed_airport": _CLOSED,
}
_NASR_KINDS = {
    "A": "airport",
    "B": "balloonport",
    "C": "seaplane_base",
    "G": "gliderport",
    "H": "heliport",
    "U": "ultralight",
}


@dataclass(frozen=True)
class _Layout:
    """The columns of a file: its kinds of aerodrome, and those read, the first identifier present wins."""

    kinds: dict[str, str]
    kind: str
    idents: tuple[str, ...]
    lat: str
    lon: str
    elevation: str
    status: str | None = None

    @property
    def required(self) -> set[str]:
        return {self.kind, self.idents[-1], self.lat, self.lon, self.elevation}


_LAYOUTS = (
    _Layout(_OURAIRPORTS_KINDS, "type", ("ident",), "latitude_deg", "longitude_deg", "elevation_ft"),
    _Layout(
        _NASR_KINDS,
        "SITE_TYPE_CODE",
        ("ICAO_ID", "ARPT_ID"),
        "LAT_DECIMAL",
        "LONG_DECIMAL",
        "ELEV",
        "ARPT_STATUS",
    ),
)


@dataclass(frozen=True)
class Aerodromes:
    """Aerodromes in the order of their file, one entry of each field an aerodrome.

    Attributes
    ----------
    ident
        ICAO code where there is one, else the national identifier.
    lat_deg, lon_deg
        Reference point, WGS-84 degrees.
    elevation_ft
        Of the field, ft MSL; NaN where the file has none.
    """

    ident: tuple[str, ...]
    lat_deg: Floats
    lon_deg: Floats
    elevation_ft: Floats

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.ident)

    def take(self, index: NDArray[np.int64]) -> Aerodromes:
        """Return those of an index, in its order."""
        ident = tuple(self.ident[place] for place in index)
        return Aerodromes(ident, self.lat_deg[index], self.lon_deg[index], self.elevation_ft[index])


def read_aerodromes(setting: str, path: str, kinds: Collection[str]) -> Aerodromes:
    """Read `airports.csv` of OurAirports, or `APT_BASE.csv` of the FAA's NASR subscription.

    The header tells which it is; either may be compressed (.gz). Closed aerodromes are not read.

    Parameters
    ----------
    setting
        The setting that names the file, for messages.
    path
        The file; `package:NAME` is one the package ships.
    kinds
        Kinds of aerodrome to keep: airport, heliport, seaplane_base, gliderport, balloonport, ultralight.

    Raises
    ------
    InputError
        The file is missing or in neither layout, a row has no position or an unknown kind, or none is kept.

    Notes
    -----
    Columns of OurAirports: its data dictionary. Of NASR: the layout of its APT_BASE table, where
    SITE_TYPE_CODE is A airport, B balloonport, C seaplane base, G gliderport, H heliport, U ultralight and
    ARPT_STATUS is O operational, CI or CP closed.
    """
    where = f"{setting}: {path}"
    raw = _read_text(path, where)
    layout = next((layout for layout in _LAYOUTS if layout.required <= set(raw.columns)), None)
    if layout is None:
        either = " or ".join(", ".join(sorted(layout.required)) for layout in _LAYOUTS)
        raise InputError(where, f"lacks the columns {either}", "give airports.csv or APT_BASE.csv")
    idents = [_text(name) for name in layout.idents if name in raw.columns]
    rows = raw.select(
        pl.int_range(2, pl.len() + 2).alias("line"),
        pl.coalesce(idents).alias("ident"),
        _text(layout.kind).alias("code"),
        _text(layout.kind).replace_strict(layout.kinds, default=None).alias("kind"),
        *(
            _text(raw_name).cast(pl.Float64, strict=False).alias(name)
            for name, raw_name in (("lat", layout.lat), ("lon", layout.lon), ("elevation", layout.elevation))
        ),
        _open(layout, raw.columns).alias("open"),
    )
    _refuse(rows.filter(pl.col("kind").is_null()), where, layout)
    rows = rows.filter(pl.col("open") & pl.col("kind").is_in(list(kinds)))
    positioned = pl.col("lat").is_between(-90, 90) & pl.col("lon").is_between(-180, 180)
    _refuse(rows.filter(~positioned.fill_null(value=False) | pl.col("ident").is_null()), where)
    if rows.is_empty():
        raise InputError(where, f"holds no open {' or '.join(kinds)}", "check the file and the kinds wanted")
    lat, lon, elevation = (rows[name].fill_null(np.nan).to_numpy() for name in ("lat", "lon", "elevation"))
    return Aerodromes(tuple(rows["ident"]), lat, lon, elevation)


def _read_text(path: str, where: str) -> pl.DataFrame:
    """Read a CSV file with every column as text; names of places may be in Latin-1, which does not matter."""
    file = resolve(path)
    try:
        # The content, since polars would take signs in a name for a pattern of names.
        return pl.read_csv(file.read_bytes(), infer_schema=False, encoding="utf8-lossy")
    except OSError as error:
        raise InputError(
            where, f"cannot be read ({error.strerror})", "correct the path or unset it"
        ) from None
    except pl.exceptions.PolarsError as error:
        told = " ".join(str(error).split())[:200]
        raise InputError(where, f"is not a CSV file ({told})", "give airports.csv or APT_BASE.csv") from None


def _text(name: str) -> pl.Expr:
    stripped = pl.col(name).str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def _open(layout: _Layout, columns: Collection[str]) -> pl.Expr:
    if layout.status is None or layout.status not in columns:
        return _text(layout.kind).replace_strict(layout.kinds, default=None) != _CLOSED
    return _text(layout.status).fill_null("O") == "O"


def _refuse(rows: pl.DataFrame, where: str, layout: _Layout | None = None) -> None:
    """Raise on the first of the rows, if there is one: an unknown kind by a layout, else no position."""
    if rows.is_empty():
        return
    first = rows.row(0, named=True)
    place = f"{where}, row {first['line']}"
    if layout is not None:
        known = ", ".join(layout.kinds)
        raise InputError(place, f"{layout.kind} is {first['code']!r}, expected one of {known}", "correct it")
    found = f"identifier {first['ident']}, latitude {first['lat']}, longitude {first['lon']}"
    raise InputError(place, f"has no identifier or no position in degrees ({found})", "correct or remove it")
