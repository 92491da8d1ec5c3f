"""Section `registry.leaves`: how much work a leaf of the hierarchy holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, field_validator

from data_schemas.aircraft import AIRCRAFT_TYPES
from data_schemas.config.section import Section
from data_schemas.errors import did_you_mean

HOURS_A_YEAR: Mapping[str, float] = {
    "FixedWingSingleEngine": 100,
    "FixedWingMultiEngine": 3000,
    "FixedWingMultiEngine/Seats_1_10": 300,
    "FixedWingMultiEngine/Seats_10_20": 300,
    "FixedWingMultiEngine/Seats_NaN_NaN": 1200,
    "Rotorcraft": 300,
    "Glider": 60,
    "Balloon": 40,
    "BlimpDirigible": 200,
    "Gyroplane": 50,
    "WeightShiftControl": 50,
    "PoweredParachute": 20,
    "Other": 100,
    "Unknown": 100,
}
"""Flight hours a year of an aircraft, one significant digit or two.

Single engine: 95 h for fixed-wing pistons in the FAA's General Aviation and Part 135 Activity Survey of 2020.
Multi-engine of 20 seats and more: airliners, some 9.8 block hours a day (BTS Form 41, as the MIT Airline Data
Project has them), one of them on the ground. Smaller ones are business aircraft and light twins. Where seats
are unknown both are in one folder: 1200 is the mean if a third are airliners. All others are our estimates:
they decide only how many leaves a folder gets, and an activity file takes their place.
"""


class LeafSettings(Section):
    """How addresses are cut into leaves.

    A leaf is a range of addresses of one type and seats bin. The leaves of a folder, at most 1000, are cut so
    that the work expected of the fullest is as little as can be.
    """

    hours_per_leaf: Annotated[float, Field(gt=0)] = 20_000.0
    """Expected flight hours a year in a leaf; more where a folder would exceed 1000 leaves, less where an
    aircraft type and seats bin has no more. 20,000 h are 7 airliners or 200 single-engine aircraft: observed
    on one day of seven at 10 s intervals, about a million rows."""
    hours_a_year: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=lambda: dict(HOURS_A_YEAR))
    """Flight hours a year expected of an aircraft, by its folder: aircraft type, or type/seats bin, which
    goes first. What is not named has the default."""
    unknown_leaves: Annotated[int, Field(ge=1, le=1000)] = 64
    """Equal address ranges for aircraft of no register. With an activity file: the hours of so many leaves,
    spread evenly over all addresses, are expected of aircraft of no register."""
    activity: str | None = None
    """Parquet or CSV file with columns icao24 and rows (observations seen), which
    `trackmill registry activity` makes of organized hours or an archive: leaves then hold equal shares of
    what was seen. Unset: hours_a_year alone."""
    expected_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    """With an activity file: share of all work that is still given out by hours_a_year and unknown_leaves, so
    that aircraft not seen yet count for something."""
    fixed: str | None = None
    """Parquet file of leaves that `trackmill registry leaves --out` has written: the years in it keep these
    leaves, whatever the register and the settings above become. An archive that outlives its raw hours needs
    it."""

    @field_validator("hours_a_year")
    @classmethod
    def _known_types(cls, hours: dict[str, float]) -> dict[str, float]:
        for name in hours:
            kind = name.split("/", maxsplit=1)[0]
            if kind not in AIRCRAFT_TYPES:
                msg = f"'{kind}' is no aircraft type ({did_you_mean(kind, AIRCRAFT_TYPES)})"
                raise ValueError(msg)
        return hours

    def hours_of(self, folder: str) -> float:
        """Return the flight hours a year of an aircraft in a folder, `<aircraft type>/<seats bin>`."""
        kind = folder.split("/", maxsplit=1)[0]
        for table in (self.hours_a_year, HOURS_A_YEAR):
            for name in (folder, kind):
                if name in table:
                    return table[name]
        return HOURS_A_YEAR["Unknown"]

    @property
    def files(self) -> tuple[str, ...]:
        """The files that these settings name."""
        return tuple(file for file in (self.activity, self.fixed) if file)
