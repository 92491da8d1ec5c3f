"""Backend `mpi`: every rank runs the same program and calls `run_tasks`; mpi4py carries the messages.

Where a manager hands out tasks it is rank 0, which works on none, and ranks 1 … N are workers 1 … N; so too
with a counter on several nodes, where rank 0 grants each node its share. Else all ranks work, rank r is
worker r + 1. One rank alone runs serially. Where the workers use every core of a node they are pinned to
cores of their own (`TRACKMILL_PIN=0` leaves them to the kernel).
"""

from __future__ import annotations

import os
import platform
import sys
import traceback
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TypeVar, cast

from mpi4py import MPI

from data_schemas.errors import InputError, TrackmillError
from jobs.attempt import Outcome, TaskRunner, one_line
from jobs.backend import serial
from jobs.backend.mpi_crew import Crew, Seat
from jobs.backend.mpi_messages import Asker, indices_given, next_chunks, serve
from jobs.backend.mpi_shared import Counter, share_tasks
from jobs.backend.mpi_waiting import sharpen_sleep, wait_for_all
from jobs.deaths import STOP_NOTE
from jobs.distribution import DISTRIBUTIONS, Distribution, Source, Static
from jobs.distribution.grants import grants
from jobs.drain import Drain, draining
from jobs.launcher import check_started_as_one
from jobs.ledger import Place
from jobs.node import move_to_cores, node_name, pin_worker, this_node
from jobs.stage import Job, LedRun, stage_error
from jobs.summary import RunSummary

T = TypeVar("T")


class _EndedError(Exception):
    """All ranks have agreed to end; rank 0 knows the error."""

    def __init__(self, error: TrackmillError) -> None:
        super().__init__(str(error))
        self.error = error


def run(job: Job) -> RunSummary | None:
    """Run a job on all ranks; see `jobs.run.run_tasks`."""
    world = MPI.COMM_WORLD
    check_started_as_one(world.size)
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
    sharpen_sleep()
    mine = Seat(node_name(), platform.node(), frozenset(os.sched_getaffinity(0)))
    node = cast("MPI.Intracomm", comm.Split_type(MPI.COMM_TYPE_SHARED))
    groups = comm.allreduce(int(node.rank == 0))
    crew = Crew(comm, tuple(comm.allgather(mine)), node, groups, managers=0)
    distribution = _agree(crew, job, lambda: DISTRIBUTIONS[job.launch.distribution])
    crew = replace(crew, managers=_managers(distribution, max(crew.nodes, groups)))
    _agree(crew, job, lambda: _check_node(crew, job))

    led = _agree(crew, job, lambda: LedRun(job, crew.workers) if comm.rank == 0 else None)
    with led or nullcontext():
        run_name = comm.bcast("" if led is None else led.run)
        outcome = Outcome()
        if run_name:
            runner = _agree(crew, job, lambda: _make_runner(crew, job, run_name, drain))
            with nullcontext() if led is None else led.progress():
                _work(crew, distribution, job, led, runner, drain)
            if runner is not None:
                runner.close()
                outcome = runner.outcome
        outcomes = comm.gather(outcome)
        node.Free()
        return _agree(crew, job, lambda: led.close(outcomes or []) if led is not None else None)


def _managers(distribution: Distribution, nodes: int) -> int:
    """Return how many ranks work on no task: a manager, or whoever grants nodes their share."""
    if isinstance(distribution, Static):
        return 0
    return 1 if distribution.source is Source.MANAGER or nodes > 1 else 0


def _work(
    crew: Crew,
    distribution: Distribution,
    job: Job,
    led: LedRun | None,
    runner: TaskRunner | None,
    drain: Drain,
) -> None:
    """Run the tasks of the list, then those that must run alone."""
    comm = crew.comm
    tasks, memory = share_tasks(comm, crew.node, led.todo if led is not None else None)
    if isinstance(distribution, Static):
        work, free = _work_static(crew, distribution, led, drain)
    else:
        ends = distribution.cut(len(tasks), crew.workers, job.launch.tasks_per_message)
        if distribution.source is Source.MANAGER:
            work, free = _work_managed(crew, ends, drain)
        else:
            work, free = _work_counted(crew, ends, drain)
    if runner is not None:  # who has none has served those who have, until they were all here
        runner.run(tasks[index] for index in work)
        runner.rest()
        wait_for_all(comm)
    free()
    alone = comm.bcast([*led.alone] if led is not None else None)
    if alone:
        if runner is not None and crew.worker == 1:
            runner.run(drain.until_asked(alone))
            runner.rest()
        wait_for_all(comm)
    del tasks
    memory.free()


_Work = tuple[Iterator[int], Callable[[], None]]
"""Indices of the tasks of this rank as they come, and what lets go of the memory they come from."""


def _nothing() -> None:
    return


def _work_static(crew: Crew, distribution: Static, led: LedRun | None, drain: Drain) -> _Work:
    dealt: list[Sequence[int]] | None = None
    if led is not None:
        dealt = [array("q", mine) for mine in distribution.deal(led.todo.costs(), crew.workers)]
    return drain.until_asked(crew.comm.scatter(dealt)), _nothing


def _work_managed(crew: Crew, ends: array[int], drain: Drain) -> _Work:
    if crew.worker == 0:
        serve(crew.comm, next_chunks(ends), drain)
        return iter(()), _nothing
    return indices_given(crew.comm, drain), _nothing


def _work_counted(crew: Crew, ends: array[int], drain: Drain) -> _Work:
    workers = cast("MPI.Intracomm", crew.node.Split(0 if crew.worker else MPI.UNDEFINED, crew.node.rank))
    if crew.worker == 0:
        serve(crew.comm, grants(len(ends), crew.groups), drain)
        return iter(()), _nothing
    counter = Counter(workers, len(ends), Asker(crew.comm, drain) if crew.managers else None, drain)

    def free() -> None:
        counter.free()
        workers.Free()

    return _indices(counter.chunks(), ends, drain), free


def _indices(chunks: Iterator[int], ends: array[int], drain: Drain) -> Iterator[int]:
    for chunk in chunks:
        for index in range(ends[chunk - 1] if chunk else 0, ends[chunk]):
            if drain.asked:
                break
            yield index


def _agree(crew: Crew, job: Job, action: Callable[[], T]) -> T:
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


def _check_node(crew: Crew, job: Job) -> None:
    """Refuse more threads than cores, and more memory than there is, on this rank's node."""
    if crew.neighbours:
        cores = frozenset[int]().union(*(crew.seats[rank].cores for rank in crew.neighbours))
        crew.shape(job.launch.triple[2]).check(this_node(cores), memory_gb=job.launch.memory_gb)


def _make_runner(crew: Crew, job: Job, run_name: str, drain: Drain) -> TaskRunner | None:
    """Pin this rank and make its worker; the manager has none."""
    if crew.worker == 0:
        return None
    note = _pin(crew, job)
    try:
        worker = job.make_worker()
    except InputError as error:
        if crew.nodes == 1:
            raise
        problem = f"{error.problem} (on host {crew.seat.node})"  # what is missing may be there on the others
        raise type(error)(error.where, problem, error.remedy) from error
    place = Place(run_name, job.stage, crew.worker, crew.workers, crew.seat.node)
    runner = TaskRunner(place, worker, job.ledger, job.launch)
    drain.tell(lambda: runner.note(STOP_NOTE))
    runner.outcome.pinning = note
    return runner


def _pin(crew: Crew, job: Job) -> str:
    nodes = {seat.node for seat in crew.seats if seat.machine == crew.seat.machine}
    shared = "several nodes are one machine" if len(nodes) > 1 else ""
    shape = crew.shape(job.launch.triple[2])
    return pin_worker(crew.neighbours.index(crew.comm.rank), shape, unless=shared)


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
