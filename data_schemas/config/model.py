"""A kind of encounter model as a value: variables, cut points, graph, scope."""

from __future__ import annotations

import itertools
import math
import re
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from data_schemas.config.graph import DYNAMIC, VARIABLES, initial_parents, transition_parents
from data_schemas.config.presets import PRESETS
from data_schemas.config.section import Section
from data_schemas.errors import did_you_mean

VariableName = Literal["G", "A", "L", "v", "dv", "dh", "dpsi"]
SquawkScope = Literal["all", "1200only", "1200exclude"]
CutPoints = Annotated[tuple[float, ...], Field(min_length=2)]

MOST_CELLS = 20_000_000
"""Most cells of a kind of model: counted for three groups of squawks, 480 MB in each process."""
MOST_FINE_BINS = 32_767
"""Most fine bins of a variable."""


class ModelSettings(Section):
    """One kind of encounter model: its variables, in the order of the network, and their cut points."""

    preset: str = ""
    """Published model whose settings are taken, keys given here laid over them: uncor_opensky_v1p2 (all
    defaults), uncor_opensky_v1, uncor_1200code_v2, balloon, blimp, glider, hang_glider_flexible,
    hang_glider_rigid, paraglider, paramotor, skydiving, weather_balloon. Empty: the defaults."""
    name: str = "uncor"
    """First part of the names of the model files."""
    variables: Annotated[tuple[VariableName, ...], Field(min_length=1)] = (
        *("G", "A", "L"),
        *("v", "dv", "dh", "dpsi"),
    )
    """Variables in the order of the network; at least one of dv, dh and dpsi."""
    regions: Annotated[int, Field(ge=1, le=5)] = 5
    """Values of G; 4: none for mainland Canada, as in models before OpenSky 1.2."""
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
    initial_graph: dict[str, tuple[str, ...]] | None = None
    """Parents of each variable in the first second, such as `{v: [L], dh: [L, v]}`; one that is not named has
    none. Null: all variables before it, as published for the uncorrelated models."""
    transition_graph: dict[str, tuple[str, ...]] | None = None
    """Parents of dv, dh and dpsi a second later, such as `{dv: [L, dv, "dh(t+1)"], dh: [L, dh]}`: a name is
    of the present second, with `(t+1)` of the later one. Null: as published for the uncorrelated models."""
    minimum_hours: Annotated[float, Field(ge=0)] = 0.0
    """Models of fewer flight hours are kept apart, in the folder `too_few_hours`, h."""
    fine_bins: Annotated[int, Field(ge=2)] = 3
    """Equal parts a bin is cut into for counting resample rates."""

    @model_validator(mode="before")
    @classmethod
    def _over_preset(cls, given: Any) -> Any:
        if not isinstance(given, dict) or not given.get("preset"):
            return given
        name = str(given["preset"])
        if name not in PRESETS:
            msg = f"no preset '{name}' ({did_you_mean(name, PRESETS)})"
            raise ValueError(msg)
        return {"name": name} | PRESETS[name] | given

    @model_validator(mode="after")
    def _sensible(self) -> ModelSettings:
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", self.name):
            msg = f"name is part of file names: letters, digits, '_', '.' and '-' only, found '{self.name}'"
            raise ValueError(msg)
        if not self.altitude_scope_ft_agl[0] < self.altitude_scope_ft_agl[1]:
            msg = f"altitude_scope_ft_agl must be [low, high), found {list(self.altitude_scope_ft_agl)}"
            raise ValueError(msg)
        if [v for v in VARIABLES if v in self.variables] != list(self.variables):
            msg = f"variables must be in the order {', '.join(VARIABLES)}, each at most once"
            raise ValueError(msg)
        if not set(DYNAMIC) & set(self.variables):
            msg = f"variables needs at least one of {', '.join(DYNAMIC)}, found {', '.join(self.variables)}"
            raise ValueError(msg)
        for field in _CUTS.values():
            cuts = getattr(self, field)
            if not all(map(math.isfinite, cuts)) or any(b <= a for a, b in itertools.pairwise(cuts)):
                msg = f"{field} must rise from left to right and be finite, found {list(cuts)}"
                raise ValueError(msg)
        self._check_size(self.initial_parents, self.transition_parents)
        return self

    @property
    def initial_parents(self) -> dict[str, tuple[str, ...]]:
        """Parents of every variable of the first second."""
        return initial_parents(self.variables, self.initial_graph)

    @property
    def transition_parents(self) -> dict[str, tuple[str, ...]]:
        """Parents of every dynamic variable at t + 1: names at t, then names with `(t+1)`."""
        return transition_parents(self.variables, self.transition_graph)

    def cuts_of(self, name: str) -> tuple[float, ...] | None:
        """Return the cut points of a variable, None where it is categorical."""
        cuts: tuple[float, ...] | None = getattr(self, _CUTS[name]) if name in _CUTS else None
        return cuts

    def bins_of(self, name: str) -> int:
        """Return the number of bins of a variable, its name with or without `(t+1)`."""
        cuts = self.cuts_of(name.removesuffix("(t+1)"))
        return len(cuts) - 1 if cuts else {"G": self.regions, "A": 4}[name]

    def _check_size(
        self, initial: dict[str, tuple[str, ...]], transition: dict[str, tuple[str, ...]]
    ) -> None:
        fine, name = max((self.bins_of(name) * self.fine_bins, name) for name in self.variables)
        if fine > MOST_FINE_BINS:
            msg = f"{name} has {fine:,} fine bins, at most {MOST_FINE_BINS:,}: fewer cut points or fine_bins"
            raise ValueError(msg)
        # the graph of the first second is not counted by, but cut out of the joint histogram afterwards
        joint = math.prod(self.bins_of(name) for name in initial)
        moved = sum(math.prod(map(self.bins_of, (name, *above))) for name, above in transition.items())
        if joint + moved > MOST_CELLS:
            msg = (
                f"the joint histogram has {joint:,} cells and the transition tables {moved:,}, together at "
                f"most {MOST_CELLS:,}: fewer variables, bins or parents"
            )
            raise ValueError(msg)


_CUTS = {
    "L": "layer_ft_agl",
    "v": "speed_kt",
    "dv": "acceleration_kt_s",
    "dh": "vertical_rate_ft_min",
    "dpsi": "turn_rate_deg_s",
}
"""The field with the cut points of each variable that has them."""
