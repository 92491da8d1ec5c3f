"""Section of stage 3.10: the outside data that gives positions a meaning. All may be absent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from data_schemas.config.section import Section, stamped

AerodromeKind = Literal["airport", "heliport", "seaplane_base", "gliderport", "balloonport", "ultralight"]


class EnrichSettings(Section):
    """Airspace, terrain and regions. What is absent is named in the report."""

    elevation_grids: tuple[str, ...] = ()
    """Heights above mean sea level, in order of preference; the next serves where one has no value. Each is
    a raster that GDAL reads (GeoTIFF, .hgt, DTED, GLOBE, VRT), or a folder or pattern of them (dem/*.hgt),
    whose rasters become one mosaic. `package:NAME` is a file the package ships. Empty: no el, no AGL."""
    terrain_memory_mb: Annotated[float, Field(ge=0)] = 512.0
    """Most memory of elevation grids on a node, shared by its processes [MiB]. Beyond it each process keeps
    64 tiles of 256 by 256 cells of its own (8 or 16 MiB)."""
    geoid_grids: tuple[str, ...] = ()
    """Heights of the geoid above the ellipsoid, which are subtracted from geometric altitudes: grids as
    above, `package:egm96_15min.tif`, or `proj:NAME`, one of PROJ's. Empty (published): none is subtracted."""
    airspace_files: tuple[str, ...] = ()
    """Airspace volumes of class B, C, D: the FAA's Class_Airspace (GeoJSON or shapefile, zipped or not),
    openAIP's GeoJSON, OpenAir text, or polygons in GeoJSON or a GeoPackage with CLASS, floor_ft_msl or
    floor_ft_agl, and ceiling_ft_msl or ceiling_ft_agl. The content says which. Empty: A = 4 everywhere."""
    airspace_precedence: tuple[Literal["B", "C", "D"], ...] = ("D", "C", "B")
    """Which class wins where volumes overlap, first wins (published: D over C over B)."""
    region_file: str | None = None
    """Vector file that GDAL reads of first-order divisions, with the properties iso_a2, iso_3166_2 and gn_id
    (Natural Earth admin-1). Unset: G = 0 and geoname_id = 0 everywhere."""
    land_file: str | None = None
    """Vector file of land polygons, of all countries, that GDAL reads (Natural Earth 1:10m land). Unset: what
    is in no division is sea."""
    land_gap_nm: Annotated[float, Field(ge=0)] = 5.0
    """How far from a division land in no division still belongs to it, NM: where the outline of divisions is
    coarser than that of land. Land further off is foreign (G = 0). Without land_file it has no effect."""
    offshore_nm: Annotated[float, Field(ge=0)] = 60.0
    """How far from the land of G = 1 or 2 the sea still counts as offshore of it (G = 3, 4), NM."""

    aerodrome_file: str | None = None
    """CSV file of aerodromes: airports.csv of OurAirports or APT_BASE.csv of the FAA's NASR subscription.
    Set: tracks have four more columns, the nearest aerodrome, distance, bearing and height above it. Unset
    (published): no such columns."""
    aerodrome_kinds: tuple[AerodromeKind, ...] = ("airport",)
    """Kinds of aerodrome that those columns count; with heliports the nearest is often one in a city."""

    def digest(self) -> str:
        """Digest the settings and the state of the files they name, so that a changed file reruns stage 3."""
        named = [
            *self.elevation_grids,
            *self.geoid_grids,
            *self.airspace_files,
            *([self.region_file] if self.region_file else []),
            *([self.land_file] if self.land_file else []),
            *([self.aerodrome_file] if self.aerodrome_file else []),
        ]
        # How much memory tiles may take changes no result.
        memory = type(self).model_fields["terrain_memory_mb"].default
        settings = self.model_copy(update={"terrain_memory_mb": memory})
        return stamped(super(EnrichSettings, settings).digest(), named)
