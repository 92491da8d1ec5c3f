"""One process a task, however it was started: by a shell, Snakemake, a SLURM array or a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from data_schemas.config.launch import LaunchSettings
from data_schemas.task import Task, Worker
from jobs.attempt import TaskRunner
from jobs.ledger import Place
from jobs.node import node_name


def run_single(
    tasks: Sequence[Task],
    index: int,
    make_worker: Callable[[], Worker],
    launch: LaunchSettings,
    ledger: Path,
    stage: str,
) -> int:
    """Run one task of a list in this process, with a ledger part of its own; return how many failed.

    Parameters
    ----------
    tasks, index
        The list, and which of it; its number from 1 counts as the worker's.
    make_worker, launch, ledger, stage
        As of `jobs.run.run_tasks`; the ledger's folder exists.
    """
    place = Place(RUN, stage, index + 1, len(tasks), node_name())
    runner = TaskRunner(place, make_worker(), ledger, launch)
    runner.run([tasks[index]])
    runner.close()
    return runner.outcome.failed


RUN = "peer"
"""Name of the run in such a ledger, which no run of ours goes on with."""
