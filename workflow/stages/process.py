"""Stage 3: archived observations to clean 1 Hz tracks."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from data_schemas.task import Task, Worker
from workflow.stages.stage import Job, Stage, digest


def _plan(job: Job) -> list[Task]:
    from tracks.process.task import process_tasks

    settings = digest("process", job.dataset.process.digest(), job.dataset.enrich.digest())
    return process_tasks(job.one_input, job.output, settings)


def _worker(job: Job) -> Worker:
    from tracks.enrich import Enrichment
    from tracks.process.task import process_task

    enrichment = Enrichment.load(job.dataset.enrich)
    return partial(process_task, settings=job.dataset.process, enrichment=enrichment)


def _finish(job: Job, _outputs: list[Path]) -> dict[str, dict[str, object]]:
    from tracks.enrich import Enrichment

    enrichment = Enrichment.load(job.dataset.enrich)
    return {"process": {"absent": enrichment.absent(), "read": list(enrichment.notes)}}


STAGE = Stage(
    "process",
    "Turn observations into clean 1 Hz tracks.",
    "Clean each leaf's observations (duplicates, altitude limits, segments, outliers, smoothing, dynamic "
    "limits), interpolate them to whole seconds and add airspace class, terrain and region.",
    _plan,
    _worker,
    finish=_finish,
)
