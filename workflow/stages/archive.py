"""Stage 2: all hours of a leaf in one file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from data_schemas.task import Task, Worker
from workflow.stages.stage import Job, Stage, digest


def _plan(job: Job) -> list[Task]:
    from tracks.archive import archive_tasks

    return archive_tasks(job.one_input, job.output, settings_digest(job))


def settings_digest(job: Job) -> str:
    """Return the digest of the settings that decide an archived leaf."""
    return digest("archive", job.dataset.archive.digest())


def _worker(job: Job) -> Worker:
    from tracks.archive import archive_task

    return partial(archive_task, settings=job.dataset.archive, memory_bytes=job.memory_bytes)


def _finish(_job: Job, outputs: list[Path]) -> dict[str, dict[str, object]]:
    from tracks.archive import remove_empty

    remove_empty(outputs)
    return {}


STAGE = Stage(
    "archive",
    "Merge all hours of a leaf into one file.",
    "Merge all hours of a leaf into one Parquet file sorted by address and time. New hours update only the "
    "leaves they touch; rows in = rows out is checked.",
    _plan,
    _worker,
    keeps_former_outputs=True,
    finish=_finish,
)
