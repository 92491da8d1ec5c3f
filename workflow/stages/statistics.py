"""Stage 4: seconds and flight hours by aircraft, airspace class and altitude layer."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from data_schemas.task import Task, Worker
from workflow.stages.stage import Job, Stage, digest


def _plan(job: Job) -> list[Task]:
    from tracks.registry import registry_digest
    from tracks.statistics import statistics_tasks

    settings = digest("statistics", job.dataset.statistics.digest(), registry_digest(job.registry))
    return statistics_tasks(job.one_input, job.output / "parts", settings)


def _worker(job: Job) -> Worker:
    from tracks.leaves import LeafIndex
    from tracks.statistics import statistics_task

    leaves = LeafIndex.load(job.registry, job.registry_settings)
    return partial(statistics_task, settings=job.dataset.statistics, leaves=leaves)


def _finish(job: Job, outputs: list[Path]) -> dict[str, dict[str, object]]:
    from tracks.statistics import sum_statistics

    sum_statistics(outputs, job.output)
    return {}


STAGE = Stage(
    "statistics",
    "Count seconds and flight hours.",
    "Count seconds by aircraft (year, type, manufacturer, model, seats), airspace class and 100 ft layer "
    "above ground, and flight hours.",
    _plan,
    _worker,
    finish=_finish,
)
