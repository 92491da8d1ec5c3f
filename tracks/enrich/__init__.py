"""What surrounds a second of a track: airspace, terrain, region, aerodrome (pipeline.md, step 10)."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from data_schemas.config.enrich import EnrichSettings
from data_schemas.errors import InputError
from data_schemas.stamps import Stamp, stamps
from tracks.aerodromes.reading import read_aerodromes
from tracks.enrich import geoid, land, regions, terrain, volumes
from tracks.enrich.airspace import OTHER, Airspace
from tracks.enrich.geoid import Geoid
from tracks.enrich.land import Land
from tracks.enrich.near_aerodrome import NearAerodromes
from tracks.enrich.regions import Regions
from tracks.enrich.terrain import Terrain

Floats = NDArray[np.float64]

AERODROMES = "enrich.aerodrome_file"


class Enrichment:
    """Airspace class, terrain elevation and region of positions, from the files the settings name.

    What is absent has a neutral answer: A = 4, elevation NaN, G = 0 and geoname_id = 0; `absent` names it.
    Pickled, it is its settings: whoever unpickles it loads the files.

    Parameters
    ----------
    settings
        The section `enrich` of the configuration.
    airspace, grids, divisions, shores, geoid, aerodromes
        The outside data, each of which may be absent. `Enrichment.load` reads them.
    notes
        What reading them found, a line a file: how much, what was not kept, what was mended.
    """

    def __init__(
        self,
        settings: EnrichSettings,
        airspace: Airspace | None,
        grids: Terrain | None,
        divisions: Regions | None,
        shores: Land | None,
        geoid: Geoid | None,
        aerodromes: NearAerodromes | None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self._settings = settings
        self._airspace = airspace
        self._grids = grids
        self._divisions = divisions
        self._shores = shores
        self._geoid = geoid
        self.aerodromes = aerodromes
        self.notes = notes

    @classmethod
    def load(cls, settings: EnrichSettings) -> Enrichment:
        """Read what the settings name, once a process: as long as no file changes, a repeat costs nothing.

        Raises
        ------
        InputError
            A file is missing or unreadable; the line names the setting and the file.
        """
        return _load(settings, _stamp(settings))

    def __reduce__(self) -> tuple[Callable[[EnrichSettings], Enrichment], tuple[EnrichSettings]]:
        """Pickle by settings: prepared polygons and open rasters stay in their process."""
        return Enrichment.load, (self._settings,)

    def airspace(
        self, lat_deg: Floats, lon_deg: Floats, alt_ft_msl: Floats, elevation_ft: Floats
    ) -> NDArray[np.int8]:
        """Return A: 1 B, 2 C, 3 D, 4 other; see `tracks.enrich.airspace.Airspace.classify`.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        alt_ft_msl
            Altitudes, ft MSL; NaN is in no volume.
        elevation_ft
            What `elevation_ft` says of the points; NaN is in no volume with a limit above ground.
        """
        if self._airspace is None:
            return np.full(lat_deg.size, OTHER, np.int8)
        return self._airspace.classify(lat_deg, lon_deg, alt_ft_msl, elevation_ft)

    def elevation_ft(self, lat_deg: Floats, lon_deg: Floats) -> Floats:
        """Return terrain elevation, ft MSL, 0 over the sea, NaN where no grid has a value.

        With a land file, the sea is where the grids say 0 or less, or have no value, and the file has no
        land. Land below sea level (Death Valley, polders) keeps its elevation. Where a grid is above 0, it
        is believed: it knows the shore better than polygons do.

        Without one, land is what lies in a division of the region file. Without that either, all that is
        below 0 becomes 0: a grid with the sea floor in it, taken at its word, would be wrong by thousands of
        feet, and land below the sea seldom by more than a hundred.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        """
        if self._grids is None:
            return np.full(lat_deg.size, np.nan)
        elevation_ft = self._grids.elevation_ft(lat_deg, lon_deg)
        low = elevation_ft <= 0
        if self._shores is not None:
            low |= np.isnan(elevation_ft)
        below = np.flatnonzero(low)
        if below.size:
            land = self._is_land(lat_deg[below], lon_deg[below])
            elevation_ft[below[~land]] = 0.0
        return elevation_ft

    def _is_land(self, lat_deg: Floats, lon_deg: Floats) -> NDArray[np.bool_]:
        if self._shores is not None:
            return self._shores.holds(lat_deg, lon_deg)
        if self._divisions is not None:
            return self._divisions.division(lat_deg, lon_deg) >= 0
        return np.zeros(lat_deg.size, np.bool_)

    def above_sea_ft(self, lat_deg: Floats, lon_deg: Floats, alt_geo_ft: Floats) -> Floats:
        """Return geometric altitudes as heights above the sea; without a geoid (published) as they are.

        See `tracks.enrich.geoid.Geoid.above_sea_ft`.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        alt_geo_ft
            Geometric altitudes as reported, ft above the WGS-84 ellipsoid; NaN where missing.
        """
        if self._geoid is None:
            return alt_geo_ft
        return self._geoid.above_sea_ft(lat_deg, lon_deg, alt_geo_ft)

    def regions(self, lat_deg: Floats, lon_deg: Floats) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
        """Return G (0 to 5) and geoname_id (0 where none); see `tracks.enrich.regions.Regions.classify`.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        """
        if self._divisions is None:
            return np.zeros(lat_deg.size, np.int8), np.zeros(lat_deg.size, np.int32)
        return self._divisions.classify(lat_deg, lon_deg)

    def absent(self) -> list[str]:
        """Return a line for each outside datum that the settings do not name, with what that means."""
        no_land = self._grids is not None and self._divisions is None and self._shores is None
        lines = [
            (self._airspace is None, volumes.SETTING, "no airspace: A is 4 (other) everywhere"),
            (
                self._grids is None,
                terrain.SETTING,
                "no terrain: elevation and altitudes above ground are missing",
            ),
            (self._divisions is None, regions.SETTING, "no regions: G and geoname_id are 0 everywhere"),
            (no_land, land.SETTING, "no land: where elevation is below 0 it counts as sea"),
        ]
        return [f"{text} ({setting} is not set)" for lacking, setting, text in lines if lacking]


def _stamp(settings: EnrichSettings) -> tuple[Stamp, ...]:
    """Return the state of the files that the settings name."""
    named = [(terrain.SETTING, path) for path in settings.elevation_grids]
    named += [(volumes.SETTING, path) for path in settings.airspace_files]
    named += [(regions.SETTING, settings.region_file)] if settings.region_file else []
    named += [(land.SETTING, settings.land_file)] if settings.land_file else []
    named += [(geoid.SETTING, path) for path in settings.geoid_grids]
    named += [(AERODROMES, settings.aerodrome_file)] if settings.aerodrome_file else []
    return tuple(stamp for setting, path in named for stamp in _stamps(setting, path))


def _stamps(setting: str, path: str) -> tuple[Stamp, ...]:
    try:
        return stamps([path])
    except InputError as error:
        raise InputError(f"{setting}: {path}", error.problem, error.remedy) from None


@functools.lru_cache(maxsize=4)
def _load(settings: EnrichSettings, _stamp: tuple[Stamp, ...]) -> Enrichment:
    airspace = grids = divisions = shores = sea_level = aerodromes = None
    notes: tuple[str, ...] = ()
    if settings.airspace_files:
        found = volumes.read_volumes(settings.airspace_files)
        _check_ground(found, settings)
        airspace = Airspace(found, settings.airspace_precedence)
        notes = found.notes
    if settings.elevation_grids:
        grids = Terrain.open(settings.elevation_grids, settings.terrain_memory_mb)
    if settings.land_file:
        shores = Land.read(settings.land_file)
    if settings.region_file:
        divisions = Regions.read(settings.region_file, settings.offshore_nm, shores, settings.land_gap_nm)
    if settings.geoid_grids:
        sea_level = Geoid.open(settings.geoid_grids)
    if settings.aerodrome_file:
        near = read_aerodromes(AERODROMES, settings.aerodrome_file, settings.aerodrome_kinds)
        aerodromes = NearAerodromes(near)
    return Enrichment(settings, airspace, grids, divisions, shores, sea_level, aerodromes, notes)


def _check_ground(found: volumes.Volumes, settings: EnrichSettings) -> None:
    """Refuse limits above ground where nothing says how high the ground is."""
    (above_ground,) = np.nonzero(found.floor_agl | found.ceiling_agl)
    if above_ground.size and not settings.elevation_grids:
        problem = (
            f"{above_ground.size} volumes have a limit above ground (the first: "
            f"'{found.names[above_ground[0]]}'), and no terrain is configured"
        )
        remedy = f"name elevation grids in {terrain.SETTING} or leave these volumes out of the files"
        raise InputError(volumes.SETTING, problem, remedy)
