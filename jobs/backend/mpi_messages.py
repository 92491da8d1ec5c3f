"""Messages between ranks, and waiting that leaves the cores to those who work."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence

from mpi4py import MPI

from data_schemas.errors import InputError
from data_schemas.task import Task
from jobs.drain import Drain

_ASK, _GIVE = 1, 2
_SHORTEST_SLEEP_S = 20e-6
# How long a wait polls before it sleeps: the manager briefly, since it takes its time from a worker's core;
# a worker longer, since the core is its own and an answer comes soon.
_MANAGER_POLLS_S = 50e-6
_WORKER_POLLS_S = 2e-3


def longest_sleep_s() -> float:
    """Return how long a waiting rank sleeps at most between looks (`TRACKMILL_POLL_S`, 5 ms).

    Longer leaves more of the core to others, shorter answers sooner: at 5 ms a waiting manager takes about
    1 % of a core, at 1 ms 6 %.
    """
    text = os.environ.get("TRACKMILL_POLL_S", "0.005")
    try:
        return float(text)
    except ValueError:
        raise InputError("TRACKMILL_POLL_S", f"'{text}' is not a number of seconds", "unset it") from None


def wait_until(ready: Callable[[], bool], polls_s: float = 0.0) -> None:
    """Return when `ready` says so; look for `polls_s` without a pause, then sleep between looks.

    A sleep is a quarter of the time waited so far, so that a short wait is answered soon and a long one costs
    little, but at most `longest_sleep_s`.
    """
    started, longest_s = time.perf_counter(), longest_sleep_s()
    # MPICH takes a message in at one look and tells of it at the next, so each look is two.
    while not (ready() or ready()):
        waited_s = time.perf_counter() - started
        if waited_s > polls_s:
            time.sleep(min(max(waited_s / 4, _SHORTEST_SLEEP_S), longest_s))


def wait_for_all(comm: MPI.Intracomm) -> None:
    """Wait until all ranks are here. MPI's own barrier would keep a core busy until then."""
    wait_until(comm.Ibarrier().Test)


def hand_out(
    comm: MPI.Intracomm,
    tasks: Sequence[Task],
    chunk: Callable[[int, int, int], int],
    tasks_per_message: int,
    drain: Drain,
) -> None:
    """Be the manager: give the next tasks to each worker that asks, an empty list when there are no more.

    A worker that asks tells whether it was asked to stop; then no worker is given more.
    """
    workers = comm.size - 1
    next_task, at_work = 0, workers
    status = MPI.Status()
    while at_work:
        wait_until(lambda: comm.Iprobe(MPI.ANY_SOURCE, _ASK, status), _MANAGER_POLLS_S)
        if comm.recv(source=status.source, tag=_ASK):
            drain.ask()
        left = 0 if drain.asked else len(tasks) - next_task
        size = chunk(left, workers, tasks_per_message) if left else 0
        comm.send(tasks[next_task : next_task + size], dest=status.source, tag=_GIVE)
        next_task += size
        at_work -= size == 0


def ask_for_tasks(comm: MPI.Intracomm, drain: Drain) -> Iterator[Task]:
    """Be a worker: yield tasks as the manager (rank 0) gives them; none any more once asked to stop."""
    while True:
        comm.send(drain.asked, dest=0, tag=_ASK)
        wait_until(lambda: comm.Iprobe(0, _GIVE), _WORKER_POLLS_S)
        tasks: list[Task] = comm.recv(source=0, tag=_GIVE)
        if not tasks:
            return
        for task in tasks:
            if drain.asked:
                break
            yield task
