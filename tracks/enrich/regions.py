"""G, the geographic domain, and the first-order division of a position (pipeline.md, stage 3, step 10)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracks.enrich.arrays import Floats, Integers
from tracks.enrich.land import Land
from tracks.enrich.layers import Geometries, read_polygons
from tracks.enrich.nearest import NearestOutline
from tracks.enrich.polygons import PolygonIndex

SETTING = "enrich.region_file"

MAINLAND, ISLANDS, OFF_MAINLAND, OFF_ISLANDS, CANADA = 1, 2, 3, 4, 5
"""G: mainland USA and Alaska; Hawaii, Puerto Rico, U.S. Virgin Islands; the sea off each; Canada."""

_OFFSHORE = np.array([0, OFF_MAINLAND, OFF_ISLANDS, 0], np.int8)
"""G of the sea off the land of G = 1 and 2; the last is for -1, the sea off neither."""

_CELL_DEG = 1 / 8
_OWN_CODES = {"PR", "VI"}
_ISLAND_STATES = {"US-HI", "US-PR", "US-VI"}
_NEITHER = {"US-AS", "US-GU", "US-MP", "US-UM"}


class Regions:
    """First-order divisions: outlines, each with its geographic domain and GeoNames id.

    Parameters
    ----------
    geometries
        Outlines, valid polygons in degrees.
    domains
        G of each division: 1, 2, 5 or 0.
    geoname_ids
        GeoNames id of each division, 0 where it has none.
    offshore_nm
        How far from the land of G = 1 or 2 the sea counts as offshore of it, NM.
    land
        The land of all countries, finer than the divisions. None: what is in no division is sea.
    gap_nm
        How far from a division land in none still belongs to it, NM.
    """

    def __init__(
        self,
        geometries: Geometries,
        domains: NDArray[np.int8],
        geoname_ids: NDArray[np.int32],
        offshore_nm: float,
        land: Land | None = None,
        gap_nm: float = 0.0,
    ) -> None:
        self._index = PolygonIndex(
            geometries, _CELL_DEG, np.append(np.arange(len(geometries)), -1).astype(np.int32)
        )
        # One more of each for the points of no division, whose index is -1.
        self._domains = np.append(domains, np.int8(0))
        self._geoname_ids = np.append(geoname_ids, np.int32(0))
        self._land = land
        self._divisions = NearestOutline(geometries, np.arange(len(geometries)), gap_nm)
        ours = (domains == MAINLAND) | (domains == ISLANDS)
        self._coasts = NearestOutline(geometries[ours], domains[ours], offshore_nm)

    @classmethod
    def read(cls, path: str, offshore_nm: float, land: Land | None = None, gap_nm: float = 0.0) -> Regions:
        """Read a vector file of divisions with the properties iso_a2, iso_3166_2 and gn_id.

        Raises
        ------
        InputError
            The file cannot be read or lacks a property.
        """
        properties, geometries = read_polygons(SETTING, path, ("iso_a2", "iso_3166_2", "gn_id"))
        domains = np.array([_domain(about) for about in properties], np.int8)
        geoname_ids = np.array([_geoname_id(about["gn_id"]) for about in properties], np.int32)
        return cls(geometries, domains, geoname_ids, offshore_nm, land, gap_nm)

    def division(self, lat_deg: Floats, lon_deg: Floats) -> Integers:
        """Return the index of the division that covers each point, -1 where none does."""
        return self._index.first(lat_deg, lon_deg)

    def classify(self, lat_deg: Floats, lon_deg: Floats) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
        """Return G and geoname_id of each point.

        - What a division covers is its own: its lakes and bays too, whatever the land file says. A border
          belongs to the division that the file lists first.
        - Land in no division belongs to the nearest division within the gap, which bridges the difference
          between a coarse outline of divisions and a fine one of land. Other land is foreign: G = 0.
        - All else is sea (without land: all else). Within reach of the land of G = 1 or 2 it is offshore of
          the nearer of the two, of 1 where they are equally near, whether or not Canada or another country
          is nearer still, as the published method has it, which calls all sea offshore.

        Guam, American Samoa and the Northern Marianas are none of these.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        """
        division = self.division(lat_deg, lon_deg)
        domain, geoname_id = np.empty(lat_deg.size, np.int8), np.empty(lat_deg.size, np.int32)
        if _of_divisions(division, self._domains, self._geoname_ids, domain, geoname_id):
            (sea,) = np.nonzero(division < 0)
            lat_deg, lon_deg = lat_deg[sea], lon_deg[sea]
            if self._land is not None:
                ashore = self._land.holds(lat_deg, lon_deg)
                if ashore.any():
                    strip, sea = sea[ashore], sea[~ashore]
                    nearest = self._divisions.label(lat_deg[ashore], lon_deg[ashore])
                    domain[strip], geoname_id[strip] = self._domains[nearest], self._geoname_ids[nearest]
                    lat_deg, lon_deg = lat_deg[~ashore], lon_deg[~ashore]
            domain[sea] = _OFFSHORE[self._coasts.label(lat_deg, lon_deg)]
        return domain, geoname_id


@njit(cache=True)
def _of_divisions(division, domains, geoname_ids, domain, geoname_id):  # type: ignore[no-untyped-def]
    """Fill in what divisions say of their points, and for -1 the last ones; return whether any is -1."""
    beyond = False
    for point in range(division.size):
        at = division[point]
        beyond |= at < 0
        domain[point], geoname_id[point] = domains[at], geoname_ids[at]
    return beyond


def _domain(about: dict[str, Any]) -> int:
    """G of the land of a division."""
    country, code = about["iso_a2"], about["iso_3166_2"]
    if country in _OWN_CODES or code in _ISLAND_STATES:
        return ISLANDS
    if country == "US" and code not in _NEITHER:
        return MAINLAND
    return CANADA if country == "CA" else 0


def _geoname_id(value: Any) -> int:
    """GeoNames id; Natural Earth writes a missing one as nothing, -1 or -99."""
    return int(value) if isinstance(value, int | float) and value > 0 else 0
