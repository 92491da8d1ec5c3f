"""Section of stage 3: the steps from observations to 1 Hz tracks, with the published constants."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from data_schemas.config.section import Section

Positive = Annotated[float, Field(gt=0)]


class TypeLimits(Section):
    """What an aircraft of one type cannot do; a row beyond any limit leaves."""

    ceiling_ft: Positive
    """Highest altitude, ft MSL."""
    vertical_rate_ft_s: Positive
    """Highest |vertical rate|, ft/s."""
    speed_kt: Positive
    """Highest estimated ground speed, kt."""
    acceleration_kt_s: Positive
    """Highest |acceleration| of the estimated speed, kt/s."""
    turn_rate_deg_s: Positive
    """Highest |turn rate|, deg/s."""


def _limits(ceiling: float, vertical: float, speed: float, accel: float, turn: float) -> TypeLimits:
    return TypeLimits(
        ceiling_ft=ceiling,
        vertical_rate_ft_s=vertical,
        speed_kt=speed,
        acceleration_kt_s=accel,
        turn_rate_deg_s=turn,
    )


_LIGHT_FT_S = 2000 / 60

PUBLISHED_LIMITS = {
    "FixedWingMultiEngine": _limits(85000, 100, 600, 6, 10),
    "FixedWingSingleEngine": _limits(31000, 100, 400, 6, 10),
    "Glider": _limits(18000, _LIGHT_FT_S, 200, 6, 10),
    "Gyroplane": _limits(18000, _LIGHT_FT_S, 130, 6, 12),
    "PoweredParachute": _limits(18000, _LIGHT_FT_S, 100, 6, 12),
    "Rotorcraft": _limits(21000, _LIGHT_FT_S, 250, 8, 12),
    "WeightShiftControl": _limits(18000, _LIGHT_FT_S, 100, 6, 12),
    "other": _limits(85000, 100, 600, 6, 12),
}
"""Published limits by aircraft type (Weinert et al. 2020); `other` serves every type not named."""


class ProcessSettings(Section):
    """Stage 3: clean, smooth, limit, interpolate. Defaults are the published numbers."""

    require_squawk: bool = True
    """Whether rows without a squawk leave (published: true). Set false where a recording has none."""
    altitude_mode: Literal["baro", "geo", "both"] = "both"
    """Which altitudes must be present and are tested (published: both)."""
    altitude_floor_ft: float = -115.0
    """Lowest altitude kept, ft MSL."""
    gap_s: Positive = 20.0
    """A new segment starts where the time to the previous row exceeds this, s."""
    minimum_rows: Annotated[int, Field(ge=3)] = 10
    """Segments with fewer rows leave."""
    outlier_test: Literal["published", "hampel"] = "published"
    """`published`: altitude against the median of its whole segment; `hampel`: against the median of a
    moving window, which keeps the descent of a flight that is mostly cruise."""
    outlier_scaled_mads: Positive = 1.5
    """Rows further from the median than this many scaled median absolute deviations leave."""
    hampel_half_window_s: Positive = 30.0
    """The moving window of `hampel` is [t - this, t + this), s."""
    smooth_half_window_s: Positive = 15.0
    """The Gaussian smoothing window is [t - this, t + this), s."""
    smooth_sigma_s: Positive = 6.0
    """Standard deviation of the Gaussian weights, s."""
    level_below_ft_s: Annotated[float, Field(ge=0)] = 1.0
    """Vertical rates smaller than this become 0, ft/s."""
    course_interpolation: Literal["unwrapped", "published"] = "unwrapped"
    """`unwrapped` turns the short way through north; `published` interpolates through 360 to 0 as the
    released code does."""
    row_group_rows: Annotated[int, Field(ge=1000)] = 250_000
    """Rows in a Parquet row group of the tracks: 25 MB unpacked."""
    limits: dict[str, TypeLimits] = Field(default_factory=lambda: dict(PUBLISHED_LIMITS))
    """Limits by aircraft type; `other` serves the types not named."""

    def limits_of(self, aircraft_type: str) -> TypeLimits:
        """Return the limits of an aircraft type."""
        return self.limits.get(aircraft_type) or self.limits.get("other") or PUBLISHED_LIMITS["other"]
