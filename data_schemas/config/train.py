"""Sections of stages 4 and 5: statistics, and the encounter models to train."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from data_schemas.config.model import ModelSettings
from data_schemas.config.section import Section
from data_schemas.config.structure import StructureSettings


class StatisticsSettings(Section):
    """Stage 4: where seconds are counted."""

    floor_ft_agl: float = 50.0
    """Lowest altitude counted, ft AGL."""
    ceiling_ft_agl: float = 18000.0
    """Altitudes from here on are not counted, ft AGL."""
    layer_ft: Annotated[float, Field(gt=0)] = 100.0
    """Thickness of an altitude layer, ft."""


class TrainSettings(Section):
    """Stage 5: which models to train from the tracks."""

    models: tuple[ModelSettings, ...] = (ModelSettings(),)
    """Kinds of model; each is trained for every aircraft type and squawk scope that was observed."""
    base_models: str = ""
    """Folder of models trained earlier on other days or other aircraft, with the same settings: the new
    counts are added to theirs. Empty: none."""
    sample_tracks: Annotated[int, Field(ge=0)] = 20000
    """Tracks sampled from each model for the marginals beside the training data's; 0: none."""
    sample_seconds: Annotated[int, Field(ge=2)] = 60
    """Length of a sampled track, s."""
    sample_seed: Annotated[int, Field(ge=0)] = 7
    """Seed of the sampled tracks."""
    structure: StructureSettings = StructureSettings()
    """Graphs learned from the counts."""

    @model_validator(mode="after")
    def _named_apart(self) -> TrainSettings:
        names = [model.name for model in self.models]
        if not names or len(set(names)) != len(names):
            msg = f"models must be at least one, each with a name of its own, found {names}"
            raise ValueError(msg)
        return self
