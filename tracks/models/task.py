"""Stage 5 as tasks: one counts a leaf; then the counts of all leaves become models."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data_schemas.config import ModelSettings
from data_schemas.errors import InputError
from data_schemas.task import Counts, Task
from tracks.models.counts import REASONS, Shape, model_of
from tracks.models.leaf import needed
from tracks.models.parts import TrainCounter, counted_as, counted_with, dense, sparse, sum_parts
from tracks.models.trained import Trained, add_models, read_trained
from tracks.track_rows import read_rows

TOO_FEW_HOURS = "too_few_hours"
"""Folder below the models for those with fewer flight hours than their kind wants."""


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
    counter = TrainCounter(models, altitude_mode)
    for rows in read_rows(Path(task.inputs[0]), needed(models, altitude_mode)):
        counter.add(rows)
    return counter.write(task.output)


@dataclass(frozen=True)
class Built:
    """Models written: what went into each, sorted by the name of the file.

    `models` have at least the minimum of flight hours of their kind; `too_few_hours`, in a folder of that
    name, do not.
    """

    models: list[dict[str, Any]]
    too_few_hours: list[dict[str, Any]]


def build_models(
    parts: Iterable[Path], out: Path, models: tuple[ModelSettings, ...], base: Path | None = None
) -> Built:
    """Sum the counts of leaves, in any order, and write the model files.

    For each kind of model, squawk scope and aircraft type (of the part's path, `aircraft_type=...`) with any
    observation: `<name>_<squawk>_<aircraft_type>.txt`, and beside it the same name with `.json`, which says
    what went in (see `tracks.models.trained`).

    Parameters
    ----------
    parts
        Tables of counts, one a leaf.
    out
        Folder for the models.
    models
        Kinds of model.
    base
        Folder of models written earlier, of other data: they are added to, or written again as they are where
        the parts have nothing to add.

    Raises
    ------
    InputError
        A part is no table of counts, has no aircraft type, or was counted with other settings; a model of
        `base` does not add up with those of the parts.
    """
    by_type: dict[str, list[Path]] = defaultdict(list)
    for part in sorted(set(parts)):
        by_type[_aircraft_type(part)].append(part)
    found: dict[str, list[tuple[object, Trained]]] = defaultdict(list)
    for where, earlier in _earlier(base, out, models):
        found[earlier.name].append((where, earlier))
    for aircraft_type, files in sorted(by_type.items()):
        for new in _counted(aircraft_type, files, models):
            found[new.name].append((f"the counts of {new.name}", new))
    minimum = {settings.name: settings.minimum_hours for settings in models}
    built = Built([], [])
    for name, addends in sorted(found.items()):
        trained = add_models(addends)
        enough = trained.flight_hours >= minimum[trained.about["model"]]
        file = f"{name}.txt" if enough else f"{TOO_FEW_HOURS}/{name}.txt"
        trained.write(out / file)
        (built.models if enough else built.too_few_hours).append(trained.brief(file))
    return built


def model_files(folder: Path) -> list[Path]:
    """Return the models of a folder, those of too few hours included."""
    return sorted([*folder.glob("*.txt"), *(folder / TOO_FEW_HOURS).glob("*.txt")])


def _earlier(
    base: Path | None, out: Path, models: tuple[ModelSettings, ...]
) -> Iterator[tuple[Path, Trained]]:
    """Read the models of an earlier folder that are of these kinds."""
    if base is None:
        return
    if not base.is_dir():
        raise InputError(base, "no such folder of models", "give one in train.base_models")
    if base.resolve() == out.resolve():
        raise InputError(base, "is the folder that the models go to", "copy the models to add to elsewhere")
    kinds = {settings.name: settings.squawks for settings in models}
    for file in model_files(base):
        earlier = read_trained(file)
        if earlier.about["squawk"] in kinds.get(earlier.about["model"], ()):
            yield file, earlier


def _counted(aircraft_type: str, files: list[Path], models: tuple[ModelSettings, ...]) -> Iterator[Trained]:
    """Return the models of the parts of an aircraft type, by kind and squawk scope."""
    kinds = _same_settings(files, models)
    counts = sum_parts(files)
    digest = hashlib.sha256("".join(sorted(map(_digest, files))).encode()).hexdigest()
    for settings in models:
        for squawk in settings.squawks:
            found = counts.get((settings.name, squawk))
            counted = None if found is None else dense(found, Shape.of(settings))
            if found is None or counted is None or not counted.observations:
                continue
            about = {
                "model": settings.name,
                "squawk": squawk,
                "aircraft_type": aircraft_type,
                "settings": {k: v for k, v in kinds[settings.name].items() if k != "squawks"},
            }
            yield Trained(
                model_of(settings, counted),
                about,
                counted.transitions,
                dict(zip(settings.variables, counted.changes.tolist(), strict=True)),
                dict(zip(settings.variables, counted.repeats.tolist(), strict=True)),
                {REASONS[reason]: n for reason, n in sparse(found, "left")},
                tuple(date(1970, 1, 1) + timedelta(day) for day, _ in sparse(found, "days")),
                tuple(f"{address:06X}" for address, _ in sparse(found, "aircraft")),
                ((len(files), digest),),
            )


def _digest(part: Path) -> str:
    return hashlib.sha256(part.read_bytes()).hexdigest()


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
        altitude = str(kinds.get(settings.name, {}).get("altitude", ""))
        if kinds.get(settings.name) != counted_as((settings,), altitude)[settings.name]:
            raise InputError(
                files[0], f"{settings.name} was counted with other settings", "run stage train again"
            )
    return kinds
