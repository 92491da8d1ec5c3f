"""The manager's side and the worker's side of handing out ranges of numbers, three numbers a message."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterator
from typing import Final

from mpi4py import MPI

from jobs.backend.mpi_waiting import Rhythm, wait_until
from jobs.distribution import spans
from jobs.drain import Drain

_ASK, _GIVE = 1, 2
_WORKER_POLLS_S: Final = 2e-3
"""How long a worker looks for an answer before it sleeps: its core is its own, and the answer comes soon."""

_LEAD_S: Final = 5e-3
_LONG_TASK_S: Final = 0.2
"""A worker asks for its next chunk the lead before it needs it, so that it need not wait for a manager that
sleeps. With tasks longer than the second time it does not: the wait is nothing then, and what one worker
keeps could be another's."""

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
    everybody, pause = comm.Ibarrier(), Rhythm()
    while True:
        if comm.Iprobe(MPI.ANY_SOURCE, _ASK, status) or comm.Iprobe(MPI.ANY_SOURCE, _ASK, status):
            comm.Recv([asked, MPI.INT64_T], status.source, _ASK)
            if asked[0]:
                drain.ask()
            answer[0], answer[1] = (0, 0) if drain.asked else give(asked[1])
            comm.Send([answer, MPI.INT64_T], status.source, _GIVE)
            pause.came()
        elif everybody.Test():
            return
        else:
            pause()


def next_chunks(ends: array[int]) -> Callable[[int], Range]:
    """Return a function that gives the chunks one after another, whatever is asked for."""
    chunks = spans(ends)
    return lambda _at_least: next(chunks, (0, 0))


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
    asker, seconds_a_task = Asker(comm, drain), _LONG_TASK_S
    while True:
        asker.ask()
        start, end = asker.answer()
        if start == end:
            return
        clock = time.perf_counter()
        asks_at = _asks_at(start, end, seconds_a_task)
        for index in range(start, end):
            if drain.asked:
                break
            if index == asks_at:
                asker.ask()
            yield index
        seconds_a_task = (time.perf_counter() - clock) / (end - start)


def _asks_at(start: int, end: int, seconds_a_task: float) -> int:
    """Return the task of a chunk before which the next chunk is asked for; the end if it is not."""
    if seconds_a_task >= _LONG_TASK_S:
        return end
    return max(start, end - math.ceil(_LEAD_S / max(seconds_a_task, 1e-9)))
