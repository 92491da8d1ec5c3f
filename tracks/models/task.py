"""Stage 5 as tasks: one counts a leaf; then the counts of all leaves become models."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

from data_schemas.config import ModelSettings
from data_schemas.errors import InputError
from data_schemas.files import write_text
from data_schemas.task import Counts, Task
from tracks.models.counts import REASONS, Counter, Shape, model_of
from tracks.models.file import write_model
from tracks.models.leaf import altitude_of, batches
from tracks.models.parts import counted_with, dense, sum_parts, write_part
from tracks.models.variables import IntArray


def train_tasks(tracks: Path, out: Path, settings_digest: str) -> list[Task]:
    """Return one task for each leaf below a folder of tracks, in the order of their paths.

    The counts of `year=2019/aircraft_type=Rotorcraft/x.parquet` go to the same path below `out`.
    """
    files = sorted(p for p in tracks.rglob("*.parquet") if not p.name.startswith("."))
    return [
        Task(
            id=file.relative_to(tracks).with_suffix("").as_posix(),
            inputs=(str(file),),
            output=str(out / file.relative_to(tracks)),
            cost=float(file.stat().st_size),
            settings=settings_digest,
        )
        for file in files
    ]


def train_task(task: Task, *, models: tuple[ModelSettings, ...], altitude_mode: str) -> Counts:
    """Count the seconds and transitions of one leaf for every kind of model.

    Parameters
    ----------
    task
        A leaf of tracks, sorted by address, segment and time; writes a MODEL_COUNTS table.
    models
        Kinds of model.
    altitude_mode
        Mode of stage 3: baro, geo or both.

    Returns
    -------
    Counts
        Rows out are the observations of the first kind of model, whatever their squawk; the others' and the
        scopes' are in `made`.

    Raises
    ------
    InputError
        The leaf is missing or no table of tracks.
    """
    leaf = Path(task.inputs[0])
    counters = [Counter(settings) for settings in models]
    aircraft: list[list[IntArray]] = [[] for _ in models]
    reasons = np.zeros(len(REASONS), np.int64)
    rows = 0
    for batch in batches(leaf, models, altitude_mode):
        rows += len(batch.group)
        for i, (counter, settings) in enumerate(zip(counters, models, strict=True)):
            altitude = altitude_of(settings, altitude_mode)
            reason = counter.add(batch.columns(altitude), batch.follows, batch.group)
            aircraft[i].append(batch.aircraft(reason == 0))
            if i == 0:
                reasons += np.bincount(reason, minlength=len(REASONS))
    write_part(task.output, counters, aircraft, altitude_mode)
    left = {name: int(n) for name, n in zip(REASONS, reasons, strict=True) if name != REASONS[0] and n}
    return Counts(rows, int(reasons[0]), left, _made(counters))


def build_models(
    parts: Iterable[Path], out: Path, models: tuple[ModelSettings, ...]
) -> list[dict[str, object]]:
    """Sum the counts of leaves, in any order, and write the model files.

    For each kind of model, squawk scope and aircraft type (of the part's path, `aircraft_type=...`) with any
    observation: `<name>_<squawk>_<aircraft_type>.txt`, and beside it the same name with `.json`:
    observations, transitions, flight hours, aircraft, the changes and repeats behind the rates (rates alone
    do not add up), settings, software version.

    Returns
    -------
    list of dict
        The same facts, with the name of the model file, sorted by it.

    Raises
    ------
    InputError
        A part is no table of counts, has no aircraft type, or was counted with other settings.
    """
    by_type: dict[str, list[Path]] = defaultdict(list)
    for part in sorted(set(parts)):
        by_type[_aircraft_type(part)].append(part)
    built: list[dict[str, object]] = []
    for aircraft_type, files in sorted(by_type.items()):
        kinds = _same_settings(files, models)
        counts = sum_parts(files)
        for settings in models:
            for squawk in settings.squawks:
                found = counts.get((settings.name, squawk))
                if found is not None:
                    about = {"model": settings.name, "squawk": squawk, "aircraft_type": aircraft_type}
                    built.append(_write(out, settings, found, about | {"settings": kinds[settings.name]}))
    return sorted(built, key=lambda facts: str(facts["file"]))


def _write(
    out: Path, settings: ModelSettings, found: pl.DataFrame, about: dict[str, object]
) -> dict[str, object]:
    """Write one model and the facts beside it; return the facts."""
    shape = Shape.of(settings)
    counted = dense(found, shape)
    name = "_".join(str(about[key]) for key in ("model", "squawk", "aircraft_type"))
    write_model(model_of(settings, counted), out / f"{name}.txt")
    names = [v.name for v in shape.variables]
    facts = {
        "file": f"{name}.txt",
        **{key: about[key] for key in ("model", "squawk", "aircraft_type")},
        "observations": counted.observations,
        "transitions": counted.transitions,
        "flight_hours": counted.observations / 3600,
        "aircraft": found.filter(pl.col("table") == "aircraft").height,
        "changes": dict(zip(names, counted.changes.tolist(), strict=True)),
        "repeats": dict(zip(names, counted.repeats.tolist(), strict=True)),
        "settings": about["settings"],
        "software": f"trackmill {version('trackmill')}",
    }
    write_text(out / f"{name}.json", json.dumps(facts, indent=1) + "\n")
    return facts


def _aircraft_type(part: Path) -> str:
    for folder in reversed(part.parts[:-1]):
        if folder.startswith("aircraft_type="):
            return folder.removeprefix("aircraft_type=")
    raise InputError(part, "no folder aircraft_type=... in its path", "keep the folders of stage train")


def _same_settings(files: list[Path], models: tuple[ModelSettings, ...]) -> dict[str, dict[str, object]]:
    """Return the settings that all parts were counted with, by kind of model; they must be the given ones."""
    kinds = counted_with(files[0])
    for file in files:
        if counted_with(file) != kinds:
            raise InputError(file, f"counted with other settings than {files[0]}", "run stage train again")
    for settings in models:
        fields = {k: v for k, v in settings.model_dump(mode="json").items() if k != "altitude"}
        if {k: v for k, v in kinds.get(settings.name, {}).items() if k != "altitude"} != fields:
            raise InputError(
                files[0], f"{settings.name} was counted with other settings", "run stage train again"
            )
    return kinds


def _made(counters: list[Counter]) -> dict[str, int]:
    made: dict[str, int] = {}
    for counter in counters:
        for squawk in counter.settings.squawks:
            counted = counter.tables(squawk)
            made[f"observations_{counter.settings.name}_{squawk}"] = counted.observations
            made[f"transitions_{counter.settings.name}_{squawk}"] = counted.transitions
    return made
