"""The manager's side and the worker's side of handing out ranges of numbers, three numbers a message."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from typing import Final

from mpi4py import MPI

from jobs.backend.mpi_waiting import Pause, wait_until
from jobs.drain import Drain

_ASK, _GIVE = 1, 2
# How long a wait polls before it sleeps: the manager briefly, since it takes its time from a worker's core;
# a worker longer, since the core is its own and an answer comes soon.
_MANAGER_POLLS_S: Final = 50e-6
_WORKER_POLLS_S: Final = 2e-3

_ASKS_AHEAD_S: Final = 5e-3
"""Below this time a task a worker asks for more before its last task, so that it need not wait; above it the
wait is nothing, and a task kept by one worker could be another's."""

Range = tuple[int, int]


def serve(comm: MPI.Intracomm, give: Callable[[int], Range], drain: Drain) -> None:
    """Be the manager: answer whoever asks, until all other ranks have come to `wait_for_all`.

    Parameters
    ----------
    comm
        The ranks; this one answers.
    give
        From the least length asked for to the next range, empty at the end.
    drain
        A worker tells when it was asked to stop; then nobody is given more.
    """
    asked, answer, status = array("q", [0, 0]), array("q", [0, 0]), MPI.Status()
    everybody, pause = comm.Ibarrier(), Pause(_MANAGER_POLLS_S)
    while True:
        if comm.Iprobe(MPI.ANY_SOURCE, _ASK, status) or comm.Iprobe(MPI.ANY_SOURCE, _ASK, status):
            comm.Recv([asked, MPI.INT64_T], status.source, _ASK)
            if asked[0]:
                drain.ask()
            answer[0], answer[1] = (0, 0) if drain.asked else give(asked[1])
            comm.Send([answer, MPI.INT64_T], status.source, _GIVE)
            pause.reset()
        elif everybody.Test():
            return
        else:
            pause()


def next_chunks(ends: array[int]) -> Callable[[int], Range]:
    """Return a function that gives the chunks one after another, whatever is asked for."""
    starts = iter(range(len(ends)))

    def give(_at_least: int) -> Range:
        chunk = next(starts, None)
        if chunk is None:
            return 0, 0
        return (ends[chunk - 1] if chunk else 0), ends[chunk]

    return give


class Asker:
    """A worker's side: one question at a time to rank 0, whose answer may be fetched later."""

    def __init__(self, comm: MPI.Intracomm, drain: Drain) -> None:
        self._comm = comm
        self._drain = drain
        self._question = array("q", [0, 0])
        self._answer = array("q", [0, 0])
        self._coming: MPI.Request | None = None

    def ask(self, at_least: int = 1) -> None:
        """Ask for a range, if no answer is on its way."""
        if self._coming is None:
            self._coming = self._comm.Irecv([self._answer, MPI.INT64_T], 0, _GIVE)
            self._question[0], self._question[1] = self._drain.asked, at_least
            self._comm.Send([self._question, MPI.INT64_T], 0, _ASK)

    def answer(self) -> Range:
        """Wait for the answer."""
        assert self._coming is not None
        wait_until(self._coming.Test, _WORKER_POLLS_S)
        self._coming = None
        return self._answer[0], self._answer[1]


def indices_given(comm: MPI.Intracomm, drain: Drain) -> Iterator[int]:
    """Be a worker: yield task indices as rank 0 gives them; none any more once asked to stop."""
    asker, seconds_a_task = Asker(comm, drain), _ASKS_AHEAD_S
    while True:
        asker.ask()
        start, end = asker.answer()
        if start == end:
            return
        clock = time.perf_counter()
        for index in range(start, end - 1):
            if drain.asked:
                break
            yield index
        if seconds_a_task < _ASKS_AHEAD_S and not drain.asked:
            asker.ask()
        if not drain.asked:
            yield end - 1
        seconds_a_task = (time.perf_counter() - clock) / (end - start)
