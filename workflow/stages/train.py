"""Stage 5: encounter models from 1 Hz tracks."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from data_schemas.task import Task, Worker
from workflow.stages.stage import Job, Stage, digest


def _plan(job: Job) -> list[Task]:
    from tracks.models.parts import counted_as
    from tracks.models.task import train_tasks

    counted = counted_as(job.dataset.train.models, job.dataset.process.altitude_mode)
    settings = digest("train", json.dumps(counted, sort_keys=True))
    return train_tasks(job.one_input, job.output / "parts", settings)


def _worker(job: Job) -> Worker:
    from tracks.models.task import train_task

    mode = job.dataset.process.altitude_mode
    return partial(train_task, models=job.dataset.train.models, altitude_mode=mode)


def _finish(job: Job, outputs: list[Path]) -> dict[str, dict[str, object]]:
    from tracks.models.task import build_models, model_files
    from tracks.structure.files import learn_from

    train = job.dataset.train
    base = Path(train.base_models) if train.base_models else None
    built = build_models(outputs, job.output, train.models, base)
    current = {job.output / facts["file"] for facts in (*built.models, *built.too_few_hours)}
    for file in model_files(job.output):
        beside = file.with_suffix(".json")
        if file not in current and beside.exists():  # ours, of former settings or of data that are gone
            beside.unlink()
            file.unlink()
            file.with_suffix(".structure.json").unlink(missing_ok=True)
    learned = learn_from([job.output / str(facts["file"]) for facts in built.models], train.structure)
    structures = [file.relative_to(job.output).as_posix() for file in learned]
    return {"train": {"models": built.models, "too_few_hours": built.too_few_hours, "structures": structures}}


STAGE = Stage(
    "train",
    "Train encounter models from tracks.",
    "Count every second and every transition of the tracks into the tables of encounter models, one model "
    "for each aircraft type and squawk scope, in the published file format.",
    _plan,
    _worker,
    finish=_finish,
)
