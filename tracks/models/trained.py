"""A trained model with what went into it: read, written and added up without the data behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data_schemas.days import days_text, parse_days
from data_schemas.errors import InputError
from data_schemas.files import write_text
from tracks.models.counts import resample_rates
from tracks.models.file import model_text, read_model
from tracks.models.network import EncounterModel, Network
from tracks.models.variables import IntArray

_ABOUT = ("model", "squawk", "aircraft_type", "settings")
"""What two models must have in common to be added."""


@dataclass(frozen=True)
class Trained:
    """A model and what went into it; everything but the model is in the file beside it, `.json`.

    Attributes
    ----------
    model
        The encounter model.
    about
        Kind of model, squawk scope, aircraft type, and the settings that decide what a count means.
    transitions
        Pairs of consecutive seconds counted.
    changes, repeats
        By variable: transitions within a bin that changed or kept the fine bin. Rates alone do not add up.
    left
        Seconds of the squawk scope that are no observations, by reason.
    days
        Days (UTC) with observations.
    aircraft
        Addresses observed.
    inputs
        Of each time of counting the number of leaves and one SHA-256 over those of their counts.
    """

    model: EncounterModel
    about: dict[str, Any]
    transitions: int
    changes: dict[str, int]
    repeats: dict[str, int]
    left: dict[str, int]
    days: tuple[date, ...]
    aircraft: tuple[str, ...]
    inputs: tuple[tuple[int, str], ...]

    @property
    def name(self) -> str:
        """Name of its file, without the ending."""
        return "_".join(str(self.about[key]) for key in ("model", "squawk", "aircraft_type"))

    @property
    def observations(self) -> int:
        """Seconds counted."""
        table = self.model.initial.tables[0]
        return 0 if table is None else int(table.sum())

    @property
    def flight_hours(self) -> float:
        """Observations in hours."""
        return self.observations / 3600

    def brief(self, file: str) -> dict[str, Any]:
        """Return what went in, in few words: without days, addresses and checksums."""
        return {
            "file": file,
            **{key: self.about[key] for key in ("model", "squawk", "aircraft_type")},
            "observations": self.observations,
            "transitions": self.transitions,
            "flight_hours": self.flight_hours,
            "aircraft": len(self.aircraft),
            "first_day": min(self.days).isoformat() if self.days else None,
            "last_day": max(self.days).isoformat() if self.days else None,
            "settings": self.about["settings"],
        }

    def write(self, path: Path) -> None:
        """Write the model and, beside it, what went in."""
        text = model_text(self.model)
        facts = self.brief(path.name) | {
            "left": self.left,
            "changes": self.changes,
            "repeats": self.repeats,
            "days": days_text(self.days),
            "addresses": " ".join(self.aircraft),
            "inputs": [{"leaves": leaves, "sha256": digest} for leaves, digest in self.inputs],
            "software": f"trackmill {version('trackmill')}",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        write_text(path, text)
        write_text(path.with_suffix(".json"), json.dumps(facts, indent=1) + "\n")


def read_trained(path: str | Path) -> Trained:
    """Read a model and the file beside it.

    Raises
    ------
    InputError
        One of them is missing, malformed, or the model is not the one that the file beside it is about.
    """
    file = Path(path)
    model = read_model(file)
    beside = file.with_suffix(".json")
    try:
        facts = json.loads(beside.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problem = f"no file of what went into {file.name}"
        raise InputError(beside, problem, "models without it do not add up: train them anew") from None
    except (OSError, ValueError) as error:
        raise InputError(beside, f"not a JSON file ({error})", "train the model anew") from None
    try:
        found = _trained(model, facts)
        digest = facts["sha256"]
    except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
        problem = f"not what trackmill writes beside a model ({type(error).__name__}: {error})"
        raise InputError(beside, problem, "train the model anew") from None
    if digest != hashlib.sha256(file.read_bytes()).hexdigest():
        raise InputError(file, f"changed since {beside.name} was written beside it", "train it anew")
    return found


def add_models(models: Iterable[tuple[object, Trained]]) -> Trained:
    """Add models of different data: the result is the model of all data.

    Parameters
    ----------
    models
        Pairs of a name for messages and a model, at least one.

    Raises
    ------
    InputError
        They are of different kinds, types, squawk scopes or settings, or two of them have counted the same
        aircraft on the same day.
    """
    (first, total), *others = models
    for where, other in others:
        for key in _ABOUT:
            if total.about[key] != other.about[key]:
                raise InputError(where, _difference(key, total, other, first), "add models of one kind")
        days, aircraft = set(total.days) & set(other.days), set(total.aircraft) & set(other.aircraft)
        if days and aircraft:
            problem = (
                f"has aircraft {min(aircraft)} and day {min(days)} in common with the models added before it "
                f"({len(aircraft):,} aircraft and {len(days):,} days in all): seconds may count twice"
            )
            raise InputError(where, problem, "add models of other days or other aircraft")
        total = _sum(total, other)
    return total


def _sum(a: Trained, b: Trained) -> Trained:
    changes, repeats = _added(a.changes, b.changes), _added(a.repeats, b.repeats)
    model = replace(
        a.model,
        initial=_summed(a.model.initial, b.model.initial),
        transition=_summed(a.model.transition, b.model.transition),
        resample_rates=resample_rates(tuple(changes.values()), tuple(repeats.values())),
    )
    return replace(
        a,
        model=model,
        transitions=a.transitions + b.transitions,
        changes=changes,
        repeats=repeats,
        left=_added(a.left, b.left),
        days=tuple(sorted({*a.days, *b.days})),
        aircraft=tuple(sorted({*a.aircraft, *b.aircraft})),
        inputs=tuple(sorted(a.inputs + b.inputs)),
    )


def _summed(a: Network, b: Network) -> Network:
    def both(x: IntArray | None, y: IntArray | None) -> IntArray | None:
        return None if x is None or y is None else x + y

    return replace(a, tables=tuple(both(x, y) for x, y in zip(a.tables, b.tables, strict=True)))


def _added(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    """Add by key, in the order of the first, then the second."""
    return {key: a.get(key, 0) + b.get(key, 0) for key in {**a, **b}}


def _difference(key: str, a: Trained, b: Trained, first: object) -> str:
    if key != "settings":
        return f"{key} is {b.about[key]}, of {first} it is {a.about[key]}"
    ours, theirs = a.about[key], b.about[key]
    name = next(n for n in {**ours, **theirs} if ours.get(n) != theirs.get(n))
    return f"setting {name} is {theirs.get(name)}, of {first} it is {ours.get(name)}"


def _trained(model: EncounterModel, facts: dict[str, Any]) -> Trained:
    variables = facts["settings"]["variables"]
    if len(variables) != len(model.initial.labels):
        msg = "variables of the settings are not those of the model"
        raise ValueError(msg)
    return Trained(
        model,
        {key: facts[key] for key in _ABOUT},
        int(facts["transitions"]),
        {name: int(facts["changes"][name]) for name in variables},
        {name: int(facts["repeats"][name]) for name in variables},
        {name: int(count) for name, count in facts["left"].items()},
        tuple(parse_days(facts["days"])),
        tuple(facts["addresses"].split()),
        tuple((int(i["leaves"]), str(i["sha256"])) for i in facts["inputs"]),
    )
