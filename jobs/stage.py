"""The beginning and the end of a run, the same for every backend."""

from __future__ import annotations

import platform
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import StageFailedError, StageStoppedError, TrackmillError
from data_schemas.task import Task, Worker
from jobs.attempt import Failure, Outcome, Totals, one_line
from jobs.deaths import bury
from jobs.drain import Drain, draining
from jobs.fingerprint import fingerprint
from jobs.ledger import PartWriter, Place, Status, create_part, merge, new_run
from jobs.lock import only_run
from jobs.order import ORDERS
from jobs.progress import Pace, Tail, progress
from jobs.resume import Resume, resume
from jobs.run_record import RunRecord, State, read_records
from jobs.summary import RunSummary, failures_text
from jobs.tasklist import TaskList


@dataclass(frozen=True, slots=True)
class Job:
    """What `jobs.run.run_tasks` was called with; every process of the run has the same."""

    plan: Callable[[], Iterable[Task]] | Iterable[Task]
    make_worker: Callable[[], Worker]
    launch: LaunchSettings
    ledger: Path
    stage: str
    progress: bool


class LedRun:
    """A run, as the one process that leads it sees it; a context manager, which holds the ledger's lock.

    Attributes
    ----------
    todo
        Tasks to run, in their order.
    alone
        Tasks to run after them, one at a time on one worker: runs may have died of them.
    run
        The run's name; empty where nothing has to be done.
    """

    def __init__(self, job: Job, workers: int, *, isolated: bool = False) -> None:
        """Plan, look up what is finished, order the rest, and open the ledger.

        Parameters
        ----------
        job
            What to run.
        workers
            Number of working processes.
        isolated
            A worker's death costs its task alone, so that no task needs to run alone.

        Raises
        ------
        InputError
            From the plan, the ledger, or an unknown order; another run is at work on the ledger.
        """
        self._clock = time.monotonic()
        self._job = job
        self._workers = workers
        self._lock = ExitStack()
        self._lock.enter_context(only_run(job.ledger))
        try:
            self._split(isolated)
            self._record: RunRecord | None = self._open() if self._resume.todo else None
        except BaseException:
            self._lock.close()
            raise
        self.run = self._record.run if self._record is not None else ""

    def __enter__(self) -> LedRun:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._lock.close()

    def _split(self, isolated: bool) -> None:
        """Plan, and split the list: finished, to run, to run alone, set aside."""
        job, launch = self._job, self._job.launch
        dead = {
            record.run: record.backend in {"serial", "mpi"}
            for record in read_records(job.ledger)
            if record.state is State.RUNNING
        }
        for culprit in bury(job.ledger, dead):
            _say(f"{job.stage}: the run before this one died of task {culprit}")
        self._tasks = TaskList.pack(job.plan() if callable(job.plan) else job.plan)
        self._resume: Resume = resume(self._tasks, job.ledger)
        deaths = self._resume.deaths
        self._aside = {
            index: found for index, found in deaths.items() if found.known and found.count >= launch.deaths
        }
        suspects = {
            index
            for index, found in deaths.items()
            if not isolated and index not in self._aside and found.count >= max(1, launch.deaths - 1)
        }
        free = [i for i in self._resume.todo if i not in suspects and i not in self._aside]
        todo = self._tasks.take(free)
        self.todo = todo.take(ORDERS[launch.order](todo, launch.seed))
        self.alone = self._tasks.take(sorted(suspects))

    def _open(self) -> RunRecord:
        job, launch = self._job, self._job.launch
        record = RunRecord(
            run=new_run(job.ledger),
            stage=job.stage,
            tasks=len(self._tasks),
            skipped=self._resume.finished,
            todo=len(self._resume.todo),
            todo_cost=sum(self.todo.costs()) + sum(self.alone.costs()),
            workers=self._workers,
            triple=launch.triple,
            backend=launch.backend,
            order=launch.order,
            distribution=launch.distribution,
            started_at_s=time.time(),
        )
        for worker in range(1, self._workers + 1):
            create_part(job.ledger, record.run, worker)
        record.write(job.ledger)
        return record

    def progress(self) -> AbstractContextManager[None]:
        """Show the progress of this run, which has something to do, while the block runs."""
        job, record = self._job, self._record
        assert record is not None
        tail, pace = Tail(job.ledger, self.run, self._workers), Pace(record.todo, record.todo_cost)
        return progress(job.stage, tail, pace, shown=job.progress)

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
        summary = self._sum_up([*outcomes, self._set_aside()])
        stopped = summary.left > 0
        state = State.STOPPED if stopped else State.FAILED if summary.failed else State.DONE
        if self._record is not None:
            pinning = next((outcome.pinning for outcome in outcomes if outcome.pinning), "")
            self._record.ended(state, summary.seconds, pinning).write(self._job.ledger)
            merge(self._job.ledger, lambda _run: True)  # the lock says that no other run is alive
        self._lock.close()
        if summary.orphans:
            _say(f"{summary.stage}: {len(summary.orphans)} outputs belong to no task of the list any more")
        if summary.failed:
            _say(failures_text(summary))
        if stopped:
            done = f"{summary.done} tasks done, {summary.left} left"
            raise StageStoppedError(f"stage {summary.stage} was asked to stop: {done}; run it again to go on")
        if summary.failed:
            problem = f"stage {summary.stage}: {summary.failed} of {len(self._resume.todo)} tasks failed"
            raise StageFailedError(f"{problem}; the rest is done and kept, run it again to retry what failed")
        return summary

    def _set_aside(self) -> Outcome:
        """Write a row for each task that is not tried, and return them as failures."""
        outcome = Outcome()
        if not self._aside or not self.run:
            return outcome
        place = Place(self.run, self._job.stage, 0, self._workers, platform.node())
        part = PartWriter(self._job.ledger, place)
        for index, deaths in sorted(self._aside.items()):
            task = self._tasks[index]
            error = (
                f"set aside: {deaths.count} runs died while it ran; change its input or settings, "
                "or raise launch.deaths, to try it again"
            )
            part.began(task, 1, time.time(), fingerprint(task))
            part.ended(task.id, 0.0, Status.ASIDE, 0, {"error": error})
            outcome.fail(Failure(task.id, 0, "not tried", error))
        part.close()
        return outcome

    def _sum_up(self, outcomes: Sequence[Outcome]) -> RunSummary:
        totals, stage_totals = Totals(), Totals()
        for outcome in outcomes:
            totals.merge(outcome.totals)
        stage_totals.merge(self._resume.totals)
        stage_totals.merge(totals)
        failures = sorted((f for o in outcomes for f in o.failures), key=lambda failure: failure.task)
        failed = sum(outcome.failed for outcome in outcomes)
        return RunSummary(
            stage=self._job.stage,
            run=self.run,
            ledger=self._job.ledger,
            tasks=len(self._tasks),
            skipped=self._resume.finished,
            done=totals.tasks,
            failed=failed,
            left=len(self._resume.todo) - totals.tasks - failed,
            workers=self._workers,
            seconds=time.monotonic() - self._clock,
            totals=totals,
            stage_totals=stage_totals,
            failures=tuple(failures),
            orphans=tuple(self._resume.orphans),
        )


@contextmanager
def leading(job: Job, where: str) -> Iterator[Drain]:
    """Lead a run in the block: signals ask it to stop, and what it raises is the stage's error.

    Parameters
    ----------
    job
        What is run.
    where
        This process, for a person.
    """
    try:
        with draining() as drain:
            yield drain
    except (TrackmillError, KeyboardInterrupt):
        raise
    except BaseException as error:  # panics of Rust libraries are no Exceptions
        raise stage_error(error, job.stage, where) from error


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
