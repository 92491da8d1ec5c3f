"""Section of `trackmill query`: which boxes about aerodromes are asked for, and when."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from data_schemas.config.enrich import AerodromeKind
from data_schemas.config.section import Section, stamped

Hour = Annotated[int, Field(ge=0, le=24)]


class QuerySettings(Section):
    """Queries for the environment of aerodromes; airspace and terrain are those of section `enrich`."""

    aerodrome_file: str | None = None
    """CSV file of aerodromes: airports.csv of OurAirports or APT_BASE.csv of the FAA's NASR subscription."""
    aerodrome_kinds: tuple[AerodromeKind, ...] = (
        "airport",
        "heliport",
        "seaplane_base",
        "gliderport",
        "balloonport",
        "ultralight",
    )
    """Kinds of aerodrome that count (published: all). Closed ones never do."""
    airspace_classes: Annotated[tuple[Literal["B", "C", "D"], ...], Field(min_length=1)] = ("B", "C", "D")
    """Classes of airspace in or under which an aerodrome counts."""
    radius_nm: Annotated[float, Field(ge=0.1, le=100)] = 8.0
    """Radius of the circle about an aerodrome, NM."""
    max_box_nm2: Annotated[float, Field(ge=1)] = 600.0
    """Boxes larger than this are split, square NM."""
    bottom_ft_agl: float = 0.0
    """Lowest altitude asked for, above the lowest ground of the box, ft."""
    top_ft_agl: float = 5100.0
    """Highest altitude asked for, above the highest ground of the box, ft."""
    max_top_ft_msl: float = 12500.0
    """Highest altitude asked for in any case, ft MSL."""
    altitude: Literal["baro", "geo"] = "baro"
    """Which altitude is asked for (published: baro)."""
    days: str | None = None
    """Local days: years, months, days and ranges of them, such as `2019-06` or `2019-06-01..2019-06-14`."""
    mondays: str | None = None
    """The Mondays among such days, instead of `days`, such as `2018..2019`."""
    hours_local: tuple[Hour, Hour] = (5, 23)
    """First and last hour of the local daytime, the last not in it; zone time, 15° of longitude an hour."""
    queries_per_group: Annotated[int, Field(ge=1, le=1000)] = 1000
    """Queries in a group, which are one folder and one file of SQL, at most."""
    seed: Annotated[int, Field(ge=0)] = 42
    """Seed of the order in which queries are run."""

    @model_validator(mode="after")
    def _make_sense(self) -> QuerySettings:
        if self.days and self.mondays:
            msg = "days and mondays are both set: keep one and remove the other"
            raise ValueError(msg)
        if not self.hours_local[0] < self.hours_local[1]:
            msg = "hours_local must rise, such as [5, 23]"
            raise ValueError(msg)
        return self

    def digest(self) -> str:
        """Digest the settings and the state of the aerodrome file."""
        return stamped(super().digest(), [self.aerodrome_file] if self.aerodrome_file else [])
