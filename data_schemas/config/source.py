"""Sections of stages 0 to 2: registry, organize, archive."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from data_schemas.config.leaves import LeafSettings
from data_schemas.config.section import Section, stamped


class RegisterSource(Section):
    """One register to read."""

    format: Literal["generic", "faa", "transport_canada", "ilt", "iaa", "opensky", "tar1090"]
    """Layout. `generic`: CSV with the columns of the registry table or (icao24, typecode). National ones:
    `faa` (folder with MASTER.txt and ACFTREF.txt), `transport_canada` (folder with carscurr.txt), `ilt` and
    `iaa` (the Dutch and Irish spreadsheets). Aircraft databases: `opensky` and `tar1090` (CSV)."""
    path: str
    """File or folder, relative to the working directory; `package:NAME` is a file the package ships."""
    type_table: str | None = None
    """JSON file of ICAO type designators to Doc 8643 descriptions, `{"C172": "L1P"}` or `{"C172": [name,
    "L1P", ...]}`, for registers with designators. Unset: the whole of Doc 8643, which the package ships."""


class RegistrySettings(Section):
    """Stage 0: which registers become the one table of aircraft, and how leaves are cut from it."""

    sources: tuple[RegisterSource, ...] = ()
    """Registers in order of precedence: where two disagree on an address, the first listed wins. National
    registers belong before aircraft databases."""
    leaves: LeafSettings = LeafSettings()
    """How addresses are cut into the leaves of the hierarchy."""


class OrganizeSettings(Section):
    """Stage 1: raw hour files to sorted Parquet."""

    bounds_box_deg: tuple[float, float, float, float] | None = None
    """West, south, east, north in degrees, edges included; west > east spans 180°. Rows outside leave as
    `outside_bounds`. Unset: no box."""
    bounds_polygon: str | None = None
    """GeoJSON file whose polygons bound the rows instead of a box. Unset: no polygon."""
    row_group_rows: Annotated[int, Field(ge=1000)] = 131_072
    """Rows in a Parquet row group: smaller ones let archive read less of an hour, larger ones pack better."""

    @model_validator(mode="after")
    def _one_bound(self) -> OrganizeSettings:
        if self.bounds_box_deg and self.bounds_polygon:
            msg = "bounds_box_deg and bounds_polygon are both set: keep one and remove the other"
            raise ValueError(msg)
        if self.bounds_box_deg and not (
            -90 <= self.bounds_box_deg[1] <= self.bounds_box_deg[3] <= 90
            and all(-180 <= lon <= 180 for lon in self.bounds_box_deg[::2])
        ):
            msg = "bounds_box_deg is west, south, east, north with -180..180 and -90 <= south <= north <= 90"
            raise ValueError(msg)
        return self

    def digest(self) -> str:
        """Digest the settings and the state of the polygon file, so that a changed one reruns stage 1."""
        return stamped(super().digest(), [self.bounds_polygon] if self.bounds_polygon else [])


class ArchiveSettings(Section):
    """Stage 2: all hours of a leaf in one Parquet file."""

    row_group_rows: Annotated[int, Field(ge=1000)] = 262_144
    """Most rows in a Parquet row group, held in memory at once; a group ends early rather than split an
    aircraft that fits in one."""
    compression_level: Annotated[int, Field(ge=1, le=22)] = 2
    """zstd level of positions; LZ4 packs all else. Level 1 takes a tenth more room for them."""
