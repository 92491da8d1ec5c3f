"""mpi4py.futures: a pool of ranks that a manager gives tasks by `map`, pickled."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from concurrent.futures import Executor
from itertools import repeat
from pathlib import Path
from typing import cast

from mpi4py import MPI
from mpi4py.futures import MPICommExecutor

from data_schemas.config.launch import LaunchSettings
from data_schemas.task import Task, Worker
from jobs.attempt import TaskRunner
from jobs.ledger import Place
from jobs.node import node_name
from jobs.peers.single import RUN


class _Place:
    """The runner of this rank, made with its first task."""

    runner: TaskRunner | None = None


def run_futures(
    plan: Callable[[], list[Task]],
    make_worker: Callable[[], Worker],
    launch: LaunchSettings,
    ledger: Path,
    stage: str,
) -> None:
    """Run a task list on the ranks of MPI_COMM_WORLD, the first of which hands out; all ranks call this.

    Parameters
    ----------
    plan
        Makes the list, in its order; only the first rank calls it.
    make_worker, ledger, stage
        As of `jobs.run.run_tasks`; the ledger's folder exists.
    launch
        Limits, and `tasks_per_message` as the pool's chunk size.
    """
    with MPICommExecutor(MPI.COMM_WORLD) as found:
        pool = cast("Executor | None", found)
        if pool is None:
            return
        told = repeat((make_worker, launch, ledger, stage))
        for _ in pool.map(_run, plan(), told, chunksize=launch.tasks_per_message):
            pass


def _run(task: Task, told: tuple[Callable[[], Worker], LaunchSettings, Path, str]) -> None:
    """Run a task at this rank."""
    make_worker, launch, ledger, stage = told
    if _Place.runner is None:
        world = MPI.COMM_WORLD
        place = Place(RUN, stage, max(1, world.rank), max(1, world.size - 1), node_name())
        _Place.runner = TaskRunner(place, make_worker(), ledger, launch)
        atexit.register(_Place.runner.close)
    _Place.runner.run([task])
