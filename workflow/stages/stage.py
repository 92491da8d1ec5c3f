"""What a stage is to the launcher, and how one is run."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from data_schemas.config import Dataset, LaunchSettings, RegistrySettings
from data_schemas.errors import InputError
from data_schemas.files import write_text
from data_schemas.task import Task, Worker


@dataclass(frozen=True)
class Job:
    """One stage of one data set with everything it reads and writes.

    `inputs` are folders or files of the stage before; `output` the folder written; `memory_gb` what a process
    may use [GiB], which changes no byte of what is written.
    """

    stage: str
    inputs: tuple[Path, ...]
    output: Path
    registry: Path
    ledger: Path
    summary: Path
    dataset: Dataset
    registry_settings: RegistrySettings
    memory_gb: float = LaunchSettings().memory_gb

    @property
    def memory_bytes(self) -> int:
        """What a process may use [byte]."""
        return int(self.memory_gb * 2**30)

    @property
    def one_input(self) -> Path:
        """The input of a stage that reads one folder."""
        if len(self.inputs) != 1:
            raise InputError(self.stage, f"expected one input folder, found {len(self.inputs)}", "give one")
        return self.inputs[0]


class Sums(Protocol):
    """Sums over tasks."""

    @property
    def rows_in(self) -> int:
        """Rows read."""

    @property
    def rows_out(self) -> int:
        """Rows kept."""

    @property
    def left(self) -> Mapping[str, int]:
        """Rows that left, by reason."""

    @property
    def made(self) -> Mapping[str, int]:
        """What was made of them."""


@dataclass(frozen=True)
class Stage:
    """How a stage makes its task list and its worker, and what it does with the outputs when all are done.

    A stage that keeps former outputs is one whose inputs may be cleared away once they are used (raw hours,
    organized hours); of any other, an output whose task is no longer in the list is removed.

    Attributes
    ----------
    plan, worker
        Task list and function of a job.
    keeps_former_outputs
        See above.
    finish
        What is done with all outputs; returns what else is to be said in the summaries, by stage.
    covers
        Stages that a job does, whose summaries it writes: its own, unless it does the work of others.
    counts_of
        Counts of one of them out of the sums over all tasks.
    """

    name: str
    headline: str
    about: str
    plan: Callable[[Job], list[Task]]
    worker: Callable[[Job], Worker]
    keeps_former_outputs: bool = False
    finish: Callable[[Job, list[Path]], Mapping[str, Mapping[str, object]]] = lambda _job, _outputs: {}
    covers: Callable[[Job], tuple[str, ...]] = lambda job: (job.stage,)
    counts_of: Callable[[Sums, str], Sums] = lambda totals, _stage: totals


def digest(*parts: str) -> str:
    """Return the digest of settings and software version that decides whether a finished task is stale."""
    text = json.dumps([version("trackmill"), *parts])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def run_stage(stage: Stage, job: Job, launch: LaunchSettings) -> None:
    """Run a stage's tasks on all ranks; on the first, sum up and write the summary, last of all files.

    Raises
    ------
    StageFailedError
        Some tasks failed; the others are done, and no summary is written.
    """
    from jobs.resume import remove_orphans
    from jobs.run import run_tasks

    tasks: list[Task] = []

    def plan() -> list[Task]:
        tasks.extend(_planned(stage, job))
        return tasks

    summary = run_tasks(
        plan=plan,
        make_worker=partial(
            stage.worker, replace(job, memory_gb=launch.memory_gb)
        ),  # not a lambda: it may travel to other processes
        launch=launch,
        ledger=job.ledger,
        stage=stage.name,
    )
    if summary is None:  # not the first rank
        return
    print(summary.line(), file=sys.stderr)
    if summary.orphans and not stage.keeps_former_outputs:  # reading a large ledger again takes its time
        for path in remove_orphans(job.ledger, tasks):
            print(f"{stage.name}: removed {path}, whose input is gone", file=sys.stderr)
    finished = stage.finish(job, [Path(task.output) for task in tasks])
    for name, file in _summaries(stage, job).items():
        sums = stage.counts_of(summary.stage_totals, name)
        facts = {
            "stage": name,
            "tasks": summary.tasks,
            "rows_in": sums.rows_in,
            "rows_out": sums.rows_out,
            "left": dict(sorted(sums.left.items())),
            "made": dict(sorted(sums.made.items())),
            **finished.get(name, {}),
        }
        write_text(file, json.dumps(facts, indent=1) + "\n")


def _summaries(stage: Stage, job: Job) -> dict[str, Path]:
    """Return the summary of each stage that a job does."""
    return {
        name: job.summary if name == job.stage else job.summary.with_name(f"{name}.json")
        for name in stage.covers(job)
    }


def _planned(stage: Stage, job: Job) -> list[Task]:
    for path in job.inputs:
        if not path.exists():
            raise InputError(path, "no such file or folder", f"give the input of stage {stage.name}")
    for summary in _summaries(stage, job).values():  # no stage is done until it says so again
        summary.unlink(missing_ok=True)
    return stage.plan(job)
