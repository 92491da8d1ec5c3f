"""What the processes of a run are told, and the worker they run: the stage's, with its CPU time counted."""

from __future__ import annotations

import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from data_schemas.config import LaunchSettings
from data_schemas.files import complete_file
from data_schemas.task import Counts, Task, Worker
from jobs.order import ORDERS
from jobs.tasklist import TaskList
from workflow.stages.registered import BY_NAME
from workflow.stages.stage import Job

CPU_US, QUEUED_US = "bench_cpu_us", "bench_queued_us"
"""Counts of the ledger: CPU time of a task, all threads, and time it was ready to run without a core [µs]."""

WARM_UP = "warm-up:"
"""Before the id of the task that is run first to be run again."""


@dataclass(frozen=True, slots=True)
class Work:
    """One run, as its processes have it.

    Attributes
    ----------
    job
        Stage, inputs, and the run's own output and ledger.
    launch
        Triple, backend, distribution, order, seed.
    strategy
        What launches it.
    tasks
        How many of the stage's tasks are run, evenly drawn from the list; None for all.
    probe
        Number of tasks that do nothing, in place of the stage's; 0 for none.
    warm_up
        Whether the smallest task is run first, its id marked by `WARM_UP`, and again in its turn: the time it
        took longer is what a process loads when it first needs it.
    listed
        The list in its order, planned by who launches, where each task is a process of its own.
    """

    job: Job
    launch: LaunchSettings
    strategy: str
    tasks: int | None = None
    probe: int = 0
    warm_up: bool = False
    listed: tuple[Task, ...] = ()

    def plan(self) -> list[Task]:
        """Return the task list; planning costs the same with a probe."""
        planned = BY_NAME[self.job.stage].plan(self.job)
        if self.probe:
            return [Task(f"nothing-{number:06d}", (), "") for number in range(self.probe)]
        tasks = drawn(planned, self.tasks)
        if self.warm_up:
            least = min(tasks, key=lambda task: (task.cost, task.id))
            tasks.insert(
                0, replace(least, id=WARM_UP + least.id, output=str(self.job.output / "warm-up.parquet"))
            )
        return tasks

    def ordered(self) -> list[Task]:
        """Return the task list in the order of the launch, for launchers that know no orders."""
        tasks = self.plan()
        return [tasks[index] for index in ORDERS[self.launch.order](TaskList.pack(tasks), self.launch.seed)]

    def make_worker(self) -> Worker:
        """Return the worker, set up as always; a probe's does nothing then."""
        worker = BY_NAME[self.job.stage].worker(replace(self.job, memory_gb=self.launch.memory_gb))
        return partial(_timed, worker=_nothing if self.probe else worker)

    def save(self, file: Path) -> None:
        """Write it for the processes of a run."""
        with complete_file(file) as part:
            part.write_bytes(pickle.dumps(self))

    @staticmethod
    def load(file: Path) -> Work:
        """Return what `save` wrote."""
        work = pickle.loads(file.read_bytes())  # our own file, of this very run
        assert isinstance(work, Work)
        return work


def drawn(tasks: Sequence[Task], count: int | None) -> list[Task]:
    """Return `count` tasks evenly drawn from a list by falling cost, the largest among them; None for all."""
    if count is None or count >= len(tasks):
        return list(tasks)
    by_cost = sorted(tasks, key=lambda task: (-task.cost, task.id))
    chosen = {by_cost[number * len(tasks) // count].id for number in range(count)}
    return [task for task in tasks if task.id in chosen]


def _nothing(_task: Task) -> Counts:
    return Counts()


def _timed(task: Task, worker: Worker) -> Counts:
    queued, cpu = _queued_ns(), time.process_time_ns()
    counts = worker(replace(task, id=task.id.removeprefix(WARM_UP)))
    spent = {
        CPU_US: (time.process_time_ns() - cpu) // 1000,
        QUEUED_US: (_queued_ns() - queued) // 1000,
    }
    return replace(counts, made={**counts.made, **spent})


def _queued_ns() -> int:
    """Return how long this process's main thread was ready to run without a core [ns]; 0 if unknown."""
    try:
        return int(Path("/proc/self/schedstat").read_bytes().split()[1])
    except (OSError, IndexError):
        return 0
