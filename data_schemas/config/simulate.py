"""Section of `trackmill simulate`: raw hours of a fleet that never flew, for work at scale."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from data_schemas.aircraft import AIRCRAFT_TYPES
from data_schemas.config.section import Section

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]

_ADDRESS = re.compile("[0-9A-Fa-f]{6}")

DEFAULT_SHARES = {
    "FixedWingMultiEngine": 0.45,
    "FixedWingSingleEngine": 0.33,
    "Rotorcraft": 0.1,
    "Glider": 0.04,
    "Balloon": 0.015,
    "BlimpDirigible": 0.005,
    "Gyroplane": 0.015,
    "WeightShiftControl": 0.015,
    "PoweredParachute": 0.01,
    "Other": 0.02,
}
"""Share of each aircraft type in the fleet; Unknown is what the unregistered are."""


class SimulateSettings(Section):
    """What is simulated. The state of an aircraft depends on the seed, the aircraft and the time alone."""

    seed: Annotated[int, Field(ge=0, lt=2**64)] = 1
    """Seed: the same one gives the same bytes on any number of ranks."""
    start: str = "2021-10-04-12"
    """First hour, YYYY-MM-DD-HH, UTC."""
    hours: Annotated[int, Field(ge=1)] = 2
    """Number of hours, one file each."""
    form: Literal[".csv.tar", ".csv.gz", ".csv", ".parquet"] = ".csv.tar"
    """Form of the files; the member of a `.csv.tar` is a `.csv.gz`, as published."""
    gzip_level: Annotated[int, Field(ge=1, le=9)] = 1
    """gzip level of `.csv.tar` and `.csv.gz`."""
    report_interval_s: Literal[1, 2, 5, 10] = 10
    """Time between the state vectors of an aircraft, s (published hours: 10)."""
    aircraft: Annotated[int, Field(ge=1, le=2**24)] = 2000
    """Aircraft in the fleet; by default a twelfth of them is in the air at a time, on average over a day."""
    type_shares: dict[str, NotNegative] = Field(default_factory=lambda: dict(DEFAULT_SHARES))
    """Share of each aircraft type, any scale; types not named do not fly."""
    address_ranges: Annotated[tuple[tuple[str, str], ...], Field(min_length=1)] = (("A00001", "ADF7C7"),)
    """First and last address of the ranges that addresses come from (default: those of the U.S. register)."""
    unregistered: Share = 0.04
    """Share of aircraft that the register does not know."""
    region_box_deg: tuple[float, float, float, float] = (-122.0, 28.0, -74.0, 47.0)
    """West, south, east, north of the airfields, degrees; west > east spans 180°."""
    airfields: Annotated[int, Field(ge=1, le=100_000)] = 400
    """Airfields, uniform in the region."""
    airfield_skew: NotNegative = 0.8
    """Traffic of the k-th airfield is as 1/k to this power (Zipf)."""
    elevation_ft: tuple[float, float] = (0.0, 1500.0)
    """Lowest and highest elevation of airfields, ft."""
    activity: Positive = 1.0
    """Factor of everybody's flight hours."""
    activity_tail: Annotated[float, Field(gt=1)] = 1.3
    """Flight hours a day of an aircraft are Pareto distributed with this exponent (smaller: more skewed)."""
    day_sigma: NotNegative = 0.15
    """Standard deviation of the logarithm of the flight hours of a day."""
    hour_sigma: NotNegative = 0.25
    """Standard deviation of the logarithm of the departures in an hour, on top of the time of the day."""
    contact_age_s: Annotated[float, Field(ge=0, le=5)] = 1.0
    """A state vector's last message is up to this old, and its last position up to this older, s."""
    stale_s: Annotated[float, Field(ge=0, le=60)] = 15.0
    """After the last message, and after the last position, the last values are repeated for so long, s."""
    gaps_an_hour: Annotated[float, Field(ge=0, le=6)] = 1.0
    """Coverage gaps of an aircraft in an hour, mean."""
    gap_mean_s: Positive = 60.0
    """Mean length of coverage gaps, s (exponential, at most 600)."""
    dropouts_an_hour: Annotated[float, Field(ge=0, le=6)] = 1.0
    """Times an hour when positions, but not velocities, are lost."""
    dropout_mean_s: Positive = 12.0
    """Mean length of those, s (exponential, at most 600)."""
    position_noise_m: NotNegative = 0.0
    """Error of reported positions, north and east each, standard deviation, m; each message has its own."""
    rounded: bool = True
    """Whether positions lie on the grid of compact position reports, altitudes on steps of 25 ft, velocities
    on whole knots and vertical rates on 64 ft/min, as ADS-B has them; else they are exact."""
    duplicate_row: Share = 0.001
    """Share of rows written twice, exactly."""
    bad_address: Share = 0.00002
    """Share of rows whose address is no address."""
    no_squawk: Share = 0.03
    """Share of aircraft whose squawk is never received."""
    missing_squawk: Share = 0.02
    """Share of the other rows without squawk."""
    no_geoaltitude: Share = 0.05
    """Share of aircraft that do not send a geometric altitude."""
    missing_geoaltitude: Share = 0.02
    """Share of the other rows in flight without geometric altitude."""
    missing_baroaltitude: Share = 0.002
    """Share of rows in flight without barometric altitude."""
    missing_velocity: Share = 0.01
    """Share of rows without velocity, heading and vertical rate."""
    missing_callsign: Share = 0.02
    """Share of rows without call sign."""
    outlier_altitude: Share = 0.0003
    """Share of rows in flight whose barometric altitude is off by 2000 to 30000 ft."""
    outlier_position: Share = 0.0001
    """Share of rows whose position was decoded in the latitude zone beside the right one (6° off)."""
    vfr_squawk: Annotated[str, Field(pattern="^[0-7]{4}$")] = "1200"
    """Code of flights under visual flight rules (U.S. 1200, Europe 7000)."""

    @field_validator("start")
    @classmethod
    def _hour(cls, start: str) -> str:
        try:
            datetime.strptime(start, "%Y-%m-%d-%H").replace(tzinfo=UTC)
        except ValueError:
            msg = "expected an hour as 2021-10-04-12"
            raise ValueError(msg) from None
        return start

    @field_validator("type_shares")
    @classmethod
    def _types(cls, shares: dict[str, float]) -> dict[str, float]:
        known = [name for name in AIRCRAFT_TYPES if name != "Unknown"]
        strange = ", ".join(sorted(set(shares) - set(known)))
        if strange:
            msg = f"no such aircraft type: {strange}; known: {', '.join(known)}"
            raise ValueError(msg)
        if not sum(shares.values()) > 0:
            msg = "all shares are 0: name a type with a share above 0"
            raise ValueError(msg)
        return shares

    @field_validator("address_ranges")
    @classmethod
    def _addresses(cls, ranges: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        ends = [end for pair in ranges for end in pair]
        if not all(_ADDRESS.fullmatch(end) for end in ends):
            msg = "addresses are six hexadecimal digits"
            raise ValueError(msg)
        spans = sorted((int(first, 16), int(last, 16)) for first, last in ranges)
        if any(last < first for first, last in spans):
            msg = "the last address of a range is below its first"
            raise ValueError(msg)
        if any(after[0] <= before[1] for before, after in itertools.pairwise(spans)):
            msg = "address ranges overlap"
            raise ValueError(msg)
        return ranges

    @field_validator("region_box_deg")
    @classmethod
    def _region(cls, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        west, south, east, north = box
        if not (-80 <= south <= north <= 80 and -180 <= west <= 180 and -180 <= east <= 180):
            msg = "expected west, south, east, north with -180..180 and -80 <= south <= north <= 80"
            raise ValueError(msg)
        return box

    @field_validator("elevation_ft")
    @classmethod
    def _elevation(cls, ends: tuple[float, float]) -> tuple[float, float]:
        if not -1000 <= ends[0] <= ends[1] <= 12000:
            msg = "expected lowest and highest with -1000 <= lowest <= highest <= 12000"
            raise ValueError(msg)
        return ends

    @model_validator(mode="after")
    def _enough_addresses(self) -> SimulateSettings:
        room = sum(int(last, 16) - int(first, 16) + 1 for first, last in self.address_ranges)
        if room < self.aircraft:
            msg = f"{self.aircraft} aircraft, but address_ranges hold {room}: widen them or lower aircraft"
            raise ValueError(msg)
        return self

    @property
    def first_hour(self) -> datetime:
        """Return the start of the first hour, UTC."""
        return datetime.strptime(self.start, "%Y-%m-%d-%H").replace(tzinfo=UTC)

    def fleet_digest(self) -> str:
        """Return a digest of all that decides what an hour holds: which hours are asked for does not."""
        return self.model_copy(update={"start": "", "hours": 1}).digest()
