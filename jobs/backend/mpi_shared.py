"""What the ranks of a node share: the task list, and a counter that tells them what is next."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator
from typing import Final, cast

from mpi4py import MPI

from jobs.backend.mpi_messages import Asker
from jobs.backend.mpi_waiting import Pause
from jobs.distribution.grants import REFILL_S
from jobs.drain import Drain
from jobs.tasklist import TaskList

_BYTES: Final = 8  # of a whole number


class NodeMemory:
    """Memory that all ranks of a node see, zero at first.

    Parameters
    ----------
    node
        The ranks of the node.
    size
        Length [byte].
    """

    def __init__(self, node: MPI.Intracomm, size: int) -> None:
        self.window = MPI.Win.Allocate_shared(size if node.rank == 0 else 0, 1, comm=node)
        found, _ = self.window.Shared_query(0)
        self.view = memoryview(cast("bytearray", found)).cast("B")
        # One epoch for all of the run: with MPI_MODE_NOCHECK an operation needs nothing of the rank whose
        # memory it is, whatever that rank is busy with.
        self.window.Lock_all(MPI.MODE_NOCHECK)
        if node.rank == 0:
            self.view[:] = bytes(size)
        self.window.Sync()
        node.Barrier()
        self.window.Sync()

    def numbers(self, first: int = 0, count: int | None = None) -> memoryview:
        """Return whole numbers in the memory, from byte `first` on."""
        end = len(self.view) if count is None else first + count * _BYTES
        return self.view[first:end].cast("q")

    def free(self) -> None:
        """Let go of the memory; all ranks of the node together."""
        self.window.Unlock_all()
        self.view.release()
        self.window.Free()


def share_tasks(
    comm: MPI.Intracomm, node: MPI.Intracomm, tasks: TaskList | None
) -> tuple[TaskList, NodeMemory]:
    """Give every rank the task list of rank 0: once in the memory of each node, whatever its ranks.

    Parameters
    ----------
    comm, node
        All ranks, and those of this node.
    tasks
        The list, on rank 0.
    """
    sizes: tuple[int, int, int] | None = None
    if tasks is not None:
        sizes = len(tasks.data), len(tasks.ends), len(tasks.positions)
    length, ends, positions = comm.bcast(sizes)
    memory = NodeMemory(node, max(_BYTES, (ends + positions) * _BYTES + length))
    numbers = memory.numbers(0, ends + positions)
    data = memory.view[(ends + positions) * _BYTES :][:length]
    leads = comm.Split(0 if node.rank == 0 else MPI.UNDEFINED, comm.rank)
    if leads != MPI.COMM_NULL:
        if tasks is not None:
            numbers[:ends] = memoryview(array("q", tasks.ends))
            numbers[ends:] = memoryview(array("q", tasks.positions))
            data[:] = tasks.data
        leads.Bcast([numbers, MPI.INT64_T])
        leads.Bcast([data, MPI.BYTE])
        leads.Free()
    memory.window.Sync()
    node.Barrier()
    memory.window.Sync()
    return TaskList(data, numbers[:ends], positions=numbers[ends:]), memory


_TAKEN, _GRANTED, _CLAIMED, _NO_MORE, _STOPPED, _SLOTS = range(6)


class Counter:
    """Chunks of a node, taken by its ranks from a counter in its memory: no rank has to answer another.

    A rank draws a ticket (one atomic addition). On one node the ticket is the chunk. On several, each node
    is granted ranges of chunks by rank 0, which runs no tasks; tickets count what the node was granted. The
    rank that sees the grant run out asks for the next one while the others go on.

    Why rank 0 answers and no memory of it is read: between nodes an atomic operation is done by the rank that
    owns the memory, when it next enters MPI. A rank in a kernel that holds Python's lock does not for as long
    as the kernel runs, nor would a thread of it (`bench/counter_progress.py`).

    Parameters
    ----------
    node
        Ranks of this node that work.
    chunks
        Chunks of the whole list.
    asker
        How to ask for grants; None on one node, which has all chunks.
    drain
        Whether this rank was asked to stop.
    """

    def __init__(self, node: MPI.Intracomm, chunks: int, asker: Asker | None, drain: Drain) -> None:
        self._ranks = node.size
        self._chunks = chunks
        self._asker = asker
        self._drain = drain
        self._memory = NodeMemory(node, (_SLOTS + (0 if asker is None else chunks)) * _BYTES)
        self._numbers = self._memory.numbers()
        self._one, self._zero, self._found = array("q", [1]), array("q", [0]), array("q", [0])
        self._seconds_a_chunk = 0.0

    def chunks(self) -> Iterator[int]:
        """Yield chunks until there are none, or a rank of this node is asked to stop."""
        numbers, drain = self._numbers, self._drain
        found = self._granted(self._asker) if self._asker else self._counted()
        for chunk in found:
            if drain.asked or numbers[_STOPPED]:
                break
            yield chunk
        if drain.asked:
            numbers[_STOPPED] = 1
            if self._asker is not None:
                self._asker.ask()  # tells rank 0, so that the other nodes stop too
                self._asker.answer()

    def free(self) -> None:
        """Let go of the memory; all ranks of the node together."""
        self._numbers.release()
        self._memory.free()

    def _counted(self) -> Iterator[int]:
        """Yield chunks of the only node."""
        last = self._chunks - 1
        while (ticket := self._draw()) <= last:
            yield ticket

    def _draw(self) -> int:
        """Return the next ticket: the number of those drawn before, by one atomic addition."""
        found, window = self._found, self._memory.window
        found[0] = -1
        window.Fetch_and_op(self._one, found, 0, _TAKEN * _BYTES, MPI.SUM)
        # In the memory of the own node the addition is done at once, and waiting for it takes twice as long.
        if found[0] < 0:
            window.Flush(0)
        return found[0]

    def _granted(self, asker: Asker) -> Iterator[int]:
        """Yield chunks that this node was granted."""
        numbers = self._numbers
        clock, taken, known = time.perf_counter(), 0, 0
        while True:
            ticket = self._draw()
            # Asking early keeps chunks from other nodes: only where they are so short that waiting is worse.
            ahead = self._ranks if 0 < self._seconds_a_chunk < REFILL_S else 0
            if ticket + ahead >= known:
                known = self._wait_for(ticket, ahead, asker)
                if ticket >= known:
                    return
            yield numbers[_SLOTS + ticket]
            taken += 1
            self._seconds_a_chunk = (time.perf_counter() - clock) / taken

    def _wait_for(self, ticket: int, ahead: int, asker: Asker) -> int:
        """Return how many chunks are granted, once that is more than the ticket or there are no more."""
        numbers, pause = self._numbers, Pause(2e-3)
        while True:
            # In this order: a grant that came before the end must not be missed.
            no_more = numbers[_NO_MORE] or numbers[_STOPPED]
            self._memory.window.Sync()
            known: int = numbers[_GRANTED]
            if no_more or ticket + ahead < known:
                return known
            if self._claims():
                self._refill(asker)
            elif ticket < known:
                return known
            else:
                pause()

    def _claims(self) -> bool:
        """Return whether this rank is the one to ask for more."""
        window = self._memory.window
        window.Compare_and_swap(self._one, self._zero, self._found, 0, _CLAIMED * _BYTES)
        window.Flush(0)
        return self._found[0] == 0

    def _refill(self, asker: Asker) -> None:
        numbers, window = self._numbers, self._memory.window
        at_least = REFILL_S * self._ranks / self._seconds_a_chunk if self._seconds_a_chunk else 1
        asker.ask(max(1, int(at_least)))
        start, end = asker.answer()
        window.Sync()
        granted = numbers[_GRANTED]
        if start == end:
            numbers[_NO_MORE] = 1
        else:
            first = _SLOTS + granted
            numbers[first : first + end - start] = memoryview(array("q", range(start, end)))
            window.Sync()  # the chunks before the number that tells of them
            numbers[_GRANTED] = granted + end - start
        window.Sync()
        numbers[_CLAIMED] = 0
