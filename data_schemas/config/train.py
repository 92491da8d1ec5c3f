"""Sections of stages 4 and 5: statistics, and the encounter models to train (a model is a value)."""

from __future__ import annotations

import itertools
import math
import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from data_schemas.config.section import Section

VariableName = Literal["G", "A", "L", "v", "dv", "dh", "dpsi"]
SquawkScope = Literal["all", "1200only", "1200exclude"]
CutPoints = Annotated[tuple[float, ...], Field(min_length=2)]


class StatisticsSettings(Section):
    """Stage 4: where seconds are counted."""

    floor_ft_agl: float = 50.0
    """Lowest altitude counted, ft AGL."""
    ceiling_ft_agl: float = 18000.0
    """Altitudes from here on are not counted, ft AGL."""
    layer_ft: Annotated[float, Field(gt=0)] = 100.0
    """Thickness of an altitude layer, ft."""


class ModelSettings(Section):
    """One kind of encounter model: its variables, in the order of the network, and their cut points."""

    name: str = "uncor"
    """First part of the names of the model files."""
    variables: tuple[VariableName, ...] = ("G", "A", "L", "v", "dv", "dh", "dpsi")
    """Variables in the order of the network; G and A may be left out (published unconventional models)."""
    layer_ft_agl: CutPoints = (50, 500, 1200, 3000, 5000)
    """Cut points of L, altitude layer, ft AGL; the outer two bound what is sampled."""
    speed_kt: CutPoints = (0, 30, 60, 90, 120, 140, 165, 250, 300)
    """Cut points of v, kt."""
    acceleration_kt_s: CutPoints = (-2, -1, -0.25, 0.25, 1, 2)
    """Cut points of dv, kt/s."""
    vertical_rate_ft_min: CutPoints = (-2000, -1250, -750, -250, 250, 750, 1250, 2000)
    """Cut points of dh, ft/min."""
    turn_rate_deg_s: CutPoints = (-8, -6, -4.5, -1.5, 1.5, 4.5, 6, 8)
    """Cut points of dpsi, deg/s."""
    altitude_scope_ft_agl: tuple[float, float] = (50.0, 5000.0)
    """Seconds with an altitude in [low, high) ft AGL are observations."""
    altitude: Literal["mode", "baro", "geo"] = "mode"
    """Altitude of L and dh; `mode`: barometric in modes baro and both, geometric in mode geo."""
    squawks: tuple[SquawkScope, ...] = ("all", "1200only", "1200exclude")
    """Which codes: one model for each."""
    fine_bins: Annotated[int, Field(ge=2)] = 3
    """Equal parts a bin is cut into for counting resample rates."""

    @model_validator(mode="after")
    def _sensible(self) -> ModelSettings:
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", self.name):
            msg = f"name is part of file names: letters, digits, '_', '.' and '-' only, found '{self.name}'"
            raise ValueError(msg)
        if not self.altitude_scope_ft_agl[0] < self.altitude_scope_ft_agl[1]:
            msg = f"altitude_scope_ft_agl must be [low, high), found {list(self.altitude_scope_ft_agl)}"
            raise ValueError(msg)
        order = ("G", "A", "L", "v", "dv", "dh", "dpsi")
        if [v for v in order if v in self.variables] != list(self.variables):
            msg = f"variables must be in the order {', '.join(order)}, each at most once"
            raise ValueError(msg)
        missing = {"L", "v", "dv", "dh", "dpsi"} - set(self.variables)
        if missing:
            msg = f"variables lacks {', '.join(sorted(missing))}: only G and A may be left out"
            raise ValueError(msg)
        for field in (
            "layer_ft_agl",
            "speed_kt",
            "acceleration_kt_s",
            "vertical_rate_ft_min",
            "turn_rate_deg_s",
        ):
            cuts = getattr(self, field)
            if not all(map(math.isfinite, cuts)) or any(b <= a for a, b in itertools.pairwise(cuts)):
                msg = f"{field} must rise from left to right and be finite, found {list(cuts)}"
                raise ValueError(msg)
        return self


class TrainSettings(Section):
    """Stage 5: which models to train from the tracks."""

    models: tuple[ModelSettings, ...] = (ModelSettings(),)
    """Kinds of model; each is trained for every aircraft type and squawk scope that was observed."""
    sample_tracks: Annotated[int, Field(ge=0)] = 20000
    """Tracks sampled from each model for the marginals beside the training data's; 0: none."""
    sample_seconds: Annotated[int, Field(ge=2)] = 60
    """Length of a sampled track, s."""
    sample_seed: Annotated[int, Field(ge=0)] = 7
    """Seed of the sampled tracks."""

    @model_validator(mode="after")
    def _named_apart(self) -> TrainSettings:
        names = [model.name for model in self.models]
        if not names or len(set(names)) != len(names):
            msg = f"models must be at least one, each with a name of its own, found {names}"
            raise ValueError(msg)
        return self
