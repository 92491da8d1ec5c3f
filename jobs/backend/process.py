"""Backend `process`: processes of this machine, without MPI; one that dies costs the task in flight alone.

This process leads: it hands out tasks over a pipe to each worker, works on none, and sleeps until a worker
says something or dies. Of a dead worker's ledger part it learns what had ended and what was in flight, writes
the end of that attempt, and starts another process in its place, with the rest of what the dead one was
given. If this process is killed the kernel kills the workers with it.
"""

from __future__ import annotations

import os
import selectors
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pipe
from typing import Final

from data_schemas.errors import InputError, StageFailedError, TrackmillError
from jobs.attempt import Outcome
from jobs.backend.aftermath import DeadReader, rest_of
from jobs.backend.process_member import Member, cause_of_death
from jobs.backend.process_worker import Ready, SetUp, pickled_worker
from jobs.backend.shares import shares
from jobs.drain import Drain
from jobs.ledger import Place, printable
from jobs.node import node_name, this_node
from jobs.stage import Job, LedRun, leading
from jobs.summary import RunSummary
from jobs.triple import Triple

_IDLE_DEATHS: Final = 3
"""How often in a row a worker may die with no task in flight before the run is given up."""


_ENDS_OF_JOBS: Final = (-signal.SIGKILL, -signal.SIGTERM)


def run(job: Job) -> RunSummary:
    """Run a job on processes of this machine; see `jobs.run.run_tasks`."""
    with leading(job, f"leader of the workers on host {node_name()}") as drain:
        triple = Triple(*job.launch.triple)
        if triple.nodes > 1:
            problem = f"{triple.nodes} nodes, but backend process is one machine"
            raise InputError(f"triple {triple}", problem, f"write [1,{triple.processes},{triple.threads}]")
        triple.check(this_node(), memory_gb=job.launch.memory_gb)
        make_worker = pickled_worker(job)
        with LedRun(job, triple.workers, isolated=True) as led:
            if not led.run:
                return led.close([])
            leader = _Leader(job, led, make_worker, drain)
            with led.progress():
                leader.lead()
            return led.close(leader.outcomes)


@dataclass(slots=True)
class _Seat:
    """A worker's number, and the process that has it at the time.

    Attributes
    ----------
    place
        Run, stage, number, host.
    pieces
        What is left to be handed to it.
    reader
        What its dead processes left.
    member
        The process; None once it has ended for good.
    ready, let_go
        Whether that is set up, and whether it was told that nothing more comes.
    given
        What it was given and has not ended; handed out again where another process takes over.
    idle_deaths
        How often in a row its process died with no task in flight and none ended.
    """

    place: Place
    pieces: Iterator[Sequence[int]]
    reader: DeadReader
    member: Member | None = None
    ready: bool = False
    let_go: bool = False
    given: Sequence[int] = ()
    idle_deaths: int = 0


class _Leader:
    """Hands out the tasks of a run.

    Attributes
    ----------
    outcomes
        What the workers' processes did, the dead ones included.
    """

    def __init__(self, job: Job, led: LedRun, make_worker: bytes, drain: Drain) -> None:
        self._job = job
        self._tasks = led.todo
        self._make_worker = make_worker
        self._drain = drain
        self._selector = selectors.DefaultSelector()
        self._left: list[Member] = []
        self._attempts: dict[int, int] = {}  # of tasks that their process died of: number of the next one
        self._error: TrackmillError | None = None
        self._begun = False
        self.outcomes: list[Outcome] = []
        workers, retries = Triple(*job.launch.triple).workers, job.launch.retries
        self._seats = [
            _Seat(
                Place(led.run, job.stage, n, workers, node_name()),
                pieces,
                DeadReader(job.ledger, led.run, n, retries),
            )
            for n, pieces in enumerate(shares(job.launch, self._tasks, workers), start=1)
        ]

    def lead(self) -> None:
        """Run all tasks, or those that are in flight when this process is asked to stop.

        Raises
        ------
        TrackmillError
            A worker could not be set up, cannot write the ledger, or dies again and again.
        """
        asked, ask = Pipe(duplex=False)

        def wake() -> None:  # a signal alone does not end the wait for messages
            with suppress(OSError):  # closed: there is nothing left to wake
                ask.send(None)

        self._drain.tell(wake)
        with asked, ask, self._selector, ExitStack() as stack:
            stack.callback(self._end_all)
            self._selector.register(asked, selectors.EVENT_READ, partial(self._stop, asked.recv))
            for seat in self._seats:
                if not self._drain.asked:
                    self._start(seat)
            while any(seat.member is not None for seat in self._seats):
                for key, _ in self._selector.select():
                    key.data()
        if self._error is not None:
            raise self._error

    def _start(self, seat: _Seat) -> None:
        """Start a process for a worker."""
        set_up = SetUp(seat.place, self._make_worker, self._job.ledger, self._job.launch, os.getpid())
        seat.member = member = Member(set_up)
        seat.ready = seat.let_go = False
        read = selectors.EVENT_READ
        self._selector.register(member.connection, read, partial(self._hear, seat, member))
        self._selector.register(member.sentinel, read, partial(self._find_dead, seat, member))

    def _hear(self, seat: _Seat, member: Member) -> None:
        """Receive a message of a worker."""
        if seat.member is not member:
            return  # it came with the news of its death
        try:
            message = member.connection.recv()
        except (EOFError, OSError):
            self._bury(seat, member)
            return
        match message:
            case Ready(pinning):
                self.outcomes.append(Outcome(pinning=pinning))
                self._make_ready(seat, member)
            case bool(stopped):
                if stopped:
                    self._drain.ask()
                seat.given, seat.idle_deaths = (), 0
                self._give(seat, member)
            case Outcome():
                self.outcomes.append(message)
                self._leave(seat, member)
            case TrackmillError():
                self._leave(seat, member)
                self._break_off(message)

    def _make_ready(self, seat: _Seat, member: Member) -> None:
        """Note that a worker is set up; hand out the first tasks when all are, as none may be able to."""
        seat.ready = True
        if self._begun or self._drain.asked:
            self._give(seat, member)
        elif all(other.ready for other in self._seats):
            self._begun = True
            for other in self._seats:
                assert other.member is not None
                self._give(other, other.member)

    def _give(self, seat: _Seat, member: Member) -> None:
        """Send a worker its next tasks; let it go at the end."""
        seat.given = () if self._drain.asked else seat.given or next(seat.pieces, ())
        if seat.given:
            attempt = self._attempts.get(seat.given[0], 1)
            member.give(self._tasks.take(seat.given), attempt)
        elif not seat.let_go:
            seat.let_go = True
            member.let_go()

    def _leave(self, seat: _Seat, member: Member) -> None:
        """Expect nothing more of a process."""
        self._selector.unregister(member.connection)
        self._selector.unregister(member.sentinel)
        self._left.append(member)
        seat.member = None

    def _find_dead(self, seat: _Seat, member: Member) -> None:
        """Note that a process has ended; it may have said something before."""
        while seat.member is member and member.connection.poll():
            self._hear(seat, member)
        if seat.member is member:
            self._bury(seat, member)

    def _bury(self, seat: _Seat, member: Member) -> None:
        """Write down what a process that died had done and was doing, and start another in its place."""
        self._leave(seat, member)
        code = self._left.pop().close()
        names = {printable(self._tasks[index].id): index for index in seat.given}
        found = seat.reader.read(names)
        why = cause_of_death(code, found.flight, self._job.launch.task_seconds)
        # The end of a job's time kills whatever has not stopped by then: that accuses nobody.
        blamed = not (self._drain.asked and code in _ENDS_OF_JOBS)
        seat.given = rest_of(self._job, names, found, self._attempts, why, blamed=blamed)
        self.outcomes.append(found.outcome)
        seat.idle_deaths = 0 if found.ended or found.flight else seat.idle_deaths + 1
        if self._drain.asked:
            return
        if seat.idle_deaths == _IDLE_DEATHS:
            times = f"{seat.place} died {_IDLE_DEATHS} times with no task in flight"
            self._break_off(StageFailedError(f"stage {self._job.stage} broke off: {times}: {why}"))
            return
        seat.given = seat.given or next(seat.pieces, ())
        if seat.given:
            self._start(seat)

    def _break_off(self, error: TrackmillError) -> None:
        """Let the others finish what is in flight, and end with an error."""
        self._error = self._error or error
        self._drain.ask()

    def _stop(self, told: Callable[[], object]) -> None:
        """Have all workers finish what is in flight: this process was asked to stop."""
        told()
        for seat in self._seats:
            if seat.member is None:
                continue
            if not seat.ready:
                seat.member.kill()
            elif seat.given:
                seat.member.ask_to_stop()
            else:
                self._give(seat, seat.member)

    def _end_all(self) -> None:
        """Wait for the processes that have said their last word, and kill those that have not."""
        for seat in self._seats:
            if seat.member is not None:
                seat.member.kill()
                self._left.append(seat.member)
        for member in self._left:
            member.close()
