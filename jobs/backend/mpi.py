"""Backend `mpi`: every rank runs the same program and calls `run_tasks`; mpi4py carries the messages.

With a managed distribution rank 0 hands out tasks and works on none, ranks 1 … N are workers 1 … N. With a
static one all ranks work, rank r is worker r + 1. One rank alone runs serially. Where the workers use every
core of a node they are pinned to cores of their own (`TRACKMILL_PIN=0` leaves them to the kernel).
"""

from __future__ import annotations

import os
import platform
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from mpi4py import MPI

from data_schemas.errors import InputError, TrackmillError
from jobs.attempt import Outcome, Place, TaskRunner, one_line
from jobs.backend import serial
from jobs.backend.mpi_messages import ask_for_tasks, hand_out, wait_for_all
from jobs.distribution import DISTRIBUTIONS, Managed, Static
from jobs.drain import Drain, draining
from jobs.node import move_to_cores, pin_to_cores, this_node
from jobs.progress import progress
from jobs.stage import Job, LedRun, stage_error
from jobs.summary import RunSummary
from jobs.triple import Triple

T = TypeVar("T")


class _EndedError(Exception):
    """All ranks have agreed to end; rank 0 knows the error."""

    def __init__(self, error: TrackmillError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where a rank sits: its host and the cores it may run on there."""

    host: str
    cores: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Crew:
    """The ranks of a run and this rank's part among them.

    Attributes
    ----------
    seats
        Seat of each rank.
    managers
        1 where rank 0 hands out the tasks, 0 where it works.
    """

    comm: MPI.Intracomm
    seats: tuple[_Seat, ...]
    managers: int

    @property
    def seat(self) -> _Seat:
        """Return this rank's seat."""
        return self.seats[self.comm.rank]

    @property
    def workers(self) -> int:
        """Return the number of working ranks."""
        return len(self.seats) - self.managers

    @property
    def worker(self) -> int:
        """Return the number of this rank's worker, from 1; 0 for the manager."""
        return self.comm.rank + 1 - self.managers

    @property
    def neighbours(self) -> list[int]:
        """Return the working ranks of this rank's host, itself among them if it works."""
        ranks = range(self.managers, len(self.seats))
        return [rank for rank in ranks if self.seats[rank].host == self.seat.host]

    @property
    def where(self) -> str:
        """Return where this rank is, for a person."""
        if self.worker == 0:
            return f"manager of {self.workers} workers on host {self.seat.host}"
        return f"worker {self.worker} of {self.workers} on host {self.seat.host}"


def run(job: Job) -> RunSummary | None:
    """Run a job on all ranks; see `jobs.run.run_tasks`."""
    world = MPI.COMM_WORLD
    if world.size == 1:
        return serial.run(job)
    with _aborting(world), draining() as drain:
        comm = world.Dup()  # messages of ours cannot meet those of a worker that uses MPI itself
        cores = os.sched_getaffinity(0)
        error: TrackmillError | None = None
        summary: RunSummary | None = None
        try:
            summary = _run(job, comm, drain)
        except _EndedError as ended:
            error = ended.error
        if os.sched_getaffinity(0) != cores:
            move_to_cores(cores)  # the next stage of this process is pinned anew
        comm.Free()
    if error is None:
        return summary
    if world.rank == 0:
        raise error
    raise SystemExit(0)


def _run(job: Job, comm: MPI.Intracomm, drain: Drain) -> RunSummary | None:
    wait_for_all(comm)
    mine = _Seat(platform.node(), frozenset(os.sched_getaffinity(0)))
    seats = tuple(comm.allgather(mine))
    crew = _Crew(comm, seats, managers=0)
    distribution = _agree(crew, job, lambda: DISTRIBUTIONS[job.launch.distribution])
    crew = _Crew(comm, seats, managers=1 if isinstance(distribution, Managed) else 0)
    _agree(crew, job, lambda: _check_node(crew, job))

    led = _agree(crew, job, lambda: LedRun(job, crew.workers) if comm.rank == 0 else None)
    run_name = comm.bcast("" if led is None or led.record is None else led.record.run)
    outcome = Outcome()
    if run_name:
        runner = _agree(crew, job, lambda: _make_runner(crew, job, run_name))
        with _progress(job, led):
            if isinstance(distribution, Static):
                _work_static(crew, distribution, led, runner, drain)
            elif led is not None:
                hand_out(comm, led.todo, distribution.chunk, job.launch.tasks_per_message, drain)
            elif runner is not None:
                for task in ask_for_tasks(comm, drain):
                    runner.run(task)
            if runner is not None:
                runner.close()
                outcome = runner.outcome
            wait_for_all(comm)
    outcomes = comm.gather(outcome)
    return _agree(crew, job, lambda: led.close(outcomes or []) if led is not None else None)


def _agree(crew: _Crew, job: Job, action: Callable[[], T]) -> T:
    """Run an action on every rank; if it raises on any of them, all of them end."""
    error: TrackmillError | None = None
    result: T | None = None
    try:
        result = action()
    except KeyboardInterrupt:
        raise
    except BaseException as raised:  # panics of Rust libraries are no Exceptions
        error = stage_error(raised, job.stage, crew.where)
    wait_for_all(crew.comm)
    errors = [found for found in crew.comm.allgather(error) if found is not None]
    if errors:
        raise _EndedError(errors[0])
    return result  # type: ignore[return-value]  # without an error there is a result


def _shape(crew: _Crew, job: Job) -> Triple:
    """Return the triple of this rank's host alone, counting the ranks that are there."""
    return Triple(1, len(crew.neighbours), job.launch.triple[2])


def _check_node(crew: _Crew, job: Job) -> None:
    """Refuse more threads than cores on this rank's host."""
    if crew.neighbours:
        cores = frozenset[int]().union(*(crew.seats[rank].cores for rank in crew.neighbours))
        _shape(crew, job).check(this_node(cores))


def _make_runner(crew: _Crew, job: Job, run_name: str) -> TaskRunner | None:
    """Pin this rank and make its worker; the manager has none."""
    if crew.worker == 0:
        return None
    note = "processes are not pinned: TRACKMILL_PIN=0"
    if os.environ.get("TRACKMILL_PIN", "1") != "0":
        local_rank = crew.neighbours.index(crew.comm.rank)
        note = pin_to_cores(local_rank, _shape(crew, job), only_if_full=True).note
    try:
        worker = job.make_worker()
    except InputError as error:
        if len({seat.host for seat in crew.seats}) == 1:
            raise
        problem = f"{error.problem} (on host {crew.seat.host})"  # what is missing may be there on the others
        raise type(error)(error.where, problem, error.remedy) from error
    place = Place(run_name, job.stage, crew.worker, crew.workers, crew.seat.host)
    runner = TaskRunner(place, worker, job.ledger, job.launch.retries)
    runner.outcome.pinning = note
    return runner


def _work_static(
    crew: _Crew, distribution: Static, led: LedRun | None, runner: TaskRunner | None, drain: Drain
) -> None:
    lists = None
    if led is not None:
        dealt = distribution.deal([task.cost for task in led.todo], crew.workers)
        lists = [[led.todo[index] for index in indices] for indices in dealt]
    assert runner is not None  # all ranks work
    for task in crew.comm.scatter(lists):
        if drain.asked:
            break
        runner.run(task)


@contextmanager
def _progress(job: Job, led: LedRun | None) -> Iterator[None]:
    if led is None:
        yield
        return
    tail, pace = led.follow()
    with progress(job.stage, tail, pace, shown=job.progress):
        yield


@contextmanager
def _aborting(world: MPI.Intracomm) -> Iterator[None]:
    """End all ranks at once if this one cannot go on: the others would wait for it for ever."""
    try:
        yield
    except SystemExit:
        raise
    except BaseException as error:
        ours = isinstance(error, TrackmillError)
        text = one_line(error) if ours or isinstance(error, KeyboardInterrupt) else traceback.format_exc()
        print(
            f"rank {world.rank} of {world.size} on host {platform.node()}: {text}",
            file=sys.stderr,
            flush=True,
        )
        world.Abort(error.exit_code if isinstance(error, TrackmillError) else 1)
