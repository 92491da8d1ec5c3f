"""Stage 1: raw hour files to sorted, labelled Parquet."""

from __future__ import annotations

from functools import partial

from data_schemas.task import Task, Worker
from workflow.stages.stage import Job, Stage, digest


def _digest(job: Job) -> str:
    from tracks.leaves import leaves_digest
    from tracks.registry import registry_digest

    settings = job.dataset.organize.digest(), leaves_digest(job.registry_settings.leaves)
    return digest("organize", *settings, registry_digest(job.registry))


def _plan(job: Job) -> list[Task]:
    from tracks.organize import hour_files, organize_tasks

    return organize_tasks(hour_files(job.inputs), job.output, _digest(job))


def _worker(job: Job) -> Worker:
    from tracks.leaves import LeafIndex
    from tracks.organize import organize_task

    leaves = LeafIndex.load(job.registry, job.registry_settings)
    return partial(organize_task, settings=job.dataset.organize, leaves=leaves, memory_bytes=job.memory_bytes)


STAGE = Stage(
    "organize",
    "Sort raw hour files into Parquet, rows labelled with their leaf.",
    "Read each raw hour file once, drop faulty rows with a counted reason, label every row with its leaf "
    "(year, aircraft type, seats, address range) and write one Parquet file an hour, sorted by leaf, "
    "address and time.",
    _plan,
    _worker,
    keeps_former_outputs=True,
)
