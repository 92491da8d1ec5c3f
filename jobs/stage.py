"""The beginning and the end of a run, the same for every backend."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError, StageFailedError, StageStoppedError, TrackmillError
from data_schemas.task import Task, Worker
from jobs.attempt import Outcome, Totals, one_line
from jobs.ledger import PartWriter, Tail, merge, new_run, read_ledger
from jobs.order import ORDERS
from jobs.progress import Pace
from jobs.resume import Resume, resume
from jobs.run_record import RunRecord, State, read_records
from jobs.summary import RunSummary, failures_text


@dataclass(frozen=True, slots=True)
class Job:
    """What `jobs.run.run_tasks` was called with; every process of the run has the same."""

    plan: Callable[[], Sequence[Task]] | Sequence[Task]
    make_worker: Callable[[], Worker]
    launch: LaunchSettings
    ledger: Path
    stage: str
    progress: bool


class LedRun:
    """A run, as the one process that leads it sees it.

    Attributes
    ----------
    todo
        Tasks to run, in their order.
    record
        The run's record; None where nothing has to be done.
    """

    def __init__(self, job: Job, workers: int) -> None:
        """Plan, look up what is finished, order the rest, and open the ledger.

        Raises
        ------
        InputError
            From the plan, the ledger, or an unknown order.
        """
        self._clock = time.monotonic()
        self._job = job
        self._workers = workers
        launch = job.launch
        tasks = job.plan() if callable(job.plan) else job.plan
        self._tasks = list(tasks)
        self._resume: Resume = resume(self._tasks, read_ledger(job.ledger))
        self.todo = ORDERS[launch.order](self._resume.todo, launch.seed)
        self.record: RunRecord | None = self._open() if self.todo else None

    def _open(self) -> RunRecord:
        job, launch = self._job, self._job.launch
        try:
            job.ledger.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(job.ledger, f"not a folder for the ledger ({error.strerror})") from error
        record = RunRecord(
            run=new_run(job.ledger),
            stage=job.stage,
            tasks=len(self._tasks),
            skipped=len(self._resume.finished),
            todo=len(self.todo),
            todo_cost=sum(task.cost for task in self.todo),
            workers=self._workers,
            triple=launch.triple,
            backend=launch.backend,
            order=launch.order,
            distribution=launch.distribution,
            started_at_s=time.time(),
        )
        # All parts exist before any worker starts: a shared file system may show a new name half a minute
        # late, but what an opened file holds at once.
        for worker in range(1, self._workers + 1):
            PartWriter(job.ledger, record.run, worker).close()
        record.write(job.ledger)
        return record

    def follow(self) -> tuple[Tail, Pace]:
        """Return what the progress of this run is read from."""
        assert self.record is not None
        tail = Tail(self._job.ledger, self.record.run, self._workers)
        return tail, Pace(self.record.todo, self.record.todo_cost)

    def close(self, outcomes: Sequence[Outcome]) -> RunSummary:
        """End the run: merge the ledger, write the record, report failures.

        Parameters
        ----------
        outcomes
            What each worker did.

        Raises
        ------
        StageStoppedError
            The run was asked to stop and tasks are left.
        StageFailedError
            Tasks failed.
        """
        summary = self._sum_up(outcomes)
        stopped = summary.left > 0
        state = State.STOPPED if stopped else State.FAILED if summary.failed else State.DONE
        if self.record is not None:
            pinning = next((outcome.pinning for outcome in outcomes if outcome.pinning), "")
            self.record.ended(state, summary.seconds, pinning).write(self._job.ledger)
            ended = {r.run for r in read_records(self._job.ledger) if r.state is not State.RUNNING}
            merge(self._job.ledger, ended.__contains__)
        if summary.orphans:
            _say(f"{summary.stage}: {len(summary.orphans)} outputs belong to no task of the list any more")
        if summary.failed:
            _say(failures_text(summary.failures, summary.ledger))
        if stopped:
            done = f"{summary.done} tasks done, {summary.left} left"
            raise StageStoppedError(f"stage {summary.stage} was asked to stop: {done}; run it again to go on")
        if summary.failed:
            problem = f"stage {summary.stage}: {summary.failed} of {len(self.todo)} tasks failed"
            raise StageFailedError(f"{problem}; the rest is done and kept, run it again to retry what failed")
        return summary

    def _sum_up(self, outcomes: Sequence[Outcome]) -> RunSummary:
        totals, stage_totals = Totals(), Totals()
        for outcome in outcomes:
            totals.merge(outcome.totals)
        for row in self._resume.finished:
            stage_totals.add(row)
        stage_totals.merge(totals)
        failures = sorted((row for o in outcomes for row in o.failures), key=lambda row: row.task)
        return RunSummary(
            stage=self._job.stage,
            run=self.record.run if self.record else "",
            ledger=self._job.ledger,
            tasks=len(self._tasks),
            skipped=len(self._resume.finished),
            done=totals.tasks,
            failed=len(failures),
            left=len(self.todo) - totals.tasks - len(failures),
            workers=self._workers,
            seconds=time.monotonic() - self._clock,
            totals=totals,
            stage_totals=stage_totals,
            failures=tuple(failures),
            orphans=tuple(self._resume.orphans),
        )


def stage_error(error: BaseException, stage: str, where: str) -> TrackmillError:
    """Return what a failed planning, set-up or end of a run is reported as: our own errors as they are.

    Parameters
    ----------
    error
        What was raised.
    stage
        The stage.
    where
        The process it was raised in.
    """
    if isinstance(error, TrackmillError):
        return error
    failed = StageFailedError(f"stage {stage} broke off: {one_line(error)} ({where})")
    failed.add_note("".join(traceback.format_exception(error)))  # travels between ranks, unlike the traceback
    return failed


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
