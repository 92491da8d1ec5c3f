"""Backend `dask`: workers of dask.distributed; one that dies costs the task in flight alone.

This process is dask's client and the manager: each worker is called with the tasks of one chunk, and with a
second chunk while the first runs if that is short, since a call is ten milliseconds under way. When a worker
has died and its nanny has started it anew, its ledger part says what had ended and what was in flight; the
end of that attempt is written, and the worker is given the rest.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from data_schemas.errors import InputError, StageFailedError, TrackmillError
from jobs.attempt import Outcome
from jobs.backend.aftermath import rest_of
from jobs.backend.dask_seat import Seat, seated
from jobs.deaths import note_of_death
from jobs.drain import Drain
from jobs.ledger import printable
from jobs.node import node_name, this_node
from jobs.stage import Job, LedRun, leading, stage_error
from jobs.summary import RunSummary
from jobs.triple import Triple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from distributed import Client, Future

_RETURNS_S: Final = 60.0
"""How long a worker that died may take to be started anew."""
_LOOK_EVERY_S: Final = 1.0
_LOOK_OFTEN_S: Final = 0.2
"""How often to look for workers that left without dask saying so; while one is awaited."""
_SHORT_S: Final = 0.5
"""A worker whose call took less is given the next one ahead: more than that is not put behind another."""
_IDLE_DEATHS: Final = 3
"""How often in a row a worker may die with no task in flight before the run is given up."""


def run(job: Job) -> RunSummary | None:
    """Run a job on dask's workers; see `jobs.run.run_tasks`.

    With dask on ranks all of them call this, and a program can do so once: the ranks that do not lead end.
    """
    wanted = {"local": "distributed", "mpi": "dask_mpi", "slurm": "dask_jobqueue"}
    for module in ("distributed", wanted[job.launch.dask]):
        if find_spec(module) is None:
            raise InputError("launch.backend dask", f"needs {module}", "pip install 'trackmill[dask]'")
    import dask.config

    from jobs.backend.dask_clusters import connected, ending_ranks, leads, settings

    with dask.config.set(settings(job.launch)):
        if not leads(job.launch):
            raise SystemExit(0)
        where = f"leader of dask's workers on host {node_name()}"
        with leading(job, where) as drain, ending_ranks(job.launch):
            triple = Triple.parse(job.launch.triple)
            if job.launch.dask == "local":
                Triple(1, triple.workers, triple.threads).check(this_node(), memory_gb=job.launch.memory_gb)
            with LedRun(job, triple.workers, isolated=True) as led:
                if not led.run:
                    return led.close([])
                with connected(job.launch, job.ledger) as client:
                    leader = _Leader(job, led, client, drain)
                    with led.progress():
                        leader.lead()
                return led.close(leader.outcomes)


class _Leader:
    """Hands out the tasks of a run.

    Attributes
    ----------
    outcomes
        What the workers did, the dead ones included.
    """

    def __init__(self, job: Job, led: LedRun, client: Client, drain: Drain) -> None:
        self._job = job
        self._tasks = led.todo
        self._run = led.run
        self._client = client
        self._drain = drain
        self._news: SimpleQueue[tuple[Seat, Future[Any]] | None] = SimpleQueue()
        self._attempts: dict[int, int] = {}  # of tasks that their process died of: number of the next one
        self._left_over: list[Iterator[Sequence[int]]] = []  # by workers that are gone
        self._error: TrackmillError | None = None
        self._looked_s = 0.0
        self._seats = seated(job, self._tasks, led.run)
        self.outcomes: list[Outcome] = []

    def lead(self) -> None:
        """Run all tasks, or those that are in flight when this process is asked to stop.

        Raises
        ------
        TrackmillError
            A worker could not be set up, cannot write the ledger or dies again and again, or none is left.
        """
        self._drain.tell(lambda: self._news.put(None))
        if self._wait_for_workers():
            from jobs.backend.dask_worker import LivesWithItsNanny

            self._client.register_plugin(LivesWithItsNanny())
            for seat in self._seats:
                self._give(seat)
            while self._at_work():
                self._wait()
            self._end()
        if self._error is not None:
            raise self._error

    def _wait_for_workers(self) -> bool:
        """Return whether all workers came up; not so where this process is asked to stop before."""
        from jobs.backend.dask_clusters import STARTS_S, addresses

        start = time.monotonic()
        count = Triple.parse(self._job.launch.triple).workers
        while not self._drain.asked:
            found = addresses(self._client)
            if len(found) >= count:
                names = sorted(found, key=lambda name: (len(name), name))
                for seat, name in zip(self._seats, names, strict=False):
                    seat.name, seat.address = name, found[name]
                return True
            if time.monotonic() - start > STARTS_S[self._job.launch.dask]:
                problem = f"{len(found)} of {count} workers came up in {time.monotonic() - start:.0f} s"
                raise InputError(
                    f"launch.dask {self._job.launch.dask}", problem, "choose backend process or mpi"
                )
            time.sleep(_LOOK_OFTEN_S)
        return False

    def _at_work(self) -> bool:
        """Whether there is something to wait for: an answer, or a worker that is started anew."""
        return any(seat.calls or (seat.rest and not self._drain.asked) for seat in self._seats)

    def _wait(self) -> None:
        """Take one piece of news, and look after the workers now and then."""
        every_s = _LOOK_OFTEN_S if any(seat.awaited for seat in self._seats) else _LOOK_EVERY_S
        try:
            news = self._news.get(timeout=every_s)
            if news is None:
                self._ask_to_stop()
            else:
                self._hear(*news)
        except Empty:
            pass
        if time.monotonic() - self._looked_s > every_s:
            self._look()
            self._looked_s = time.monotonic()

    def _give(self, seat: Seat) -> None:
        """Call a worker with its next tasks, if there are any."""
        from jobs.backend.dask_worker import run_chunk

        while seat.address and not self._drain.asked and len(seat.calls) <= seat.quick:
            indices, seat.rest = seat.rest or self._next(seat), ()
            if not indices:
                return
            future = self._client.submit(
                run_chunk,
                seat.set_up,
                self._attempts.get(indices[0], 1),
                self._tasks.take(indices).to_bytes(),
                workers=[seat.address],
                allow_other_workers=False,
                pure=False,
            )
            seat.called(future, indices)
            future.add_done_callback(lambda done: self._news.put((seat, done)))

    def _next(self, seat: Seat) -> Sequence[int]:
        """Return the next piece of a worker's share, or of what others have left."""
        for pieces in (seat.pieces, *self._left_over):
            for piece in pieces:
                return piece
        return ()

    def _hear(self, seat: Seat, done: Future[Any]) -> None:
        """Take a worker's answer, or the news of its death."""
        from distributed import KilledWorker

        if done.key not in seat.calls:
            return  # of a process that is known to be dead
        error = done.exception() if done.status == "error" else None
        if done.status == "finished":
            seat.quick = seat.answered(done.key) < _SHORT_S
            self._give(seat)
        elif error is None or isinstance(error, KilledWorker):
            seat.lose()
        else:
            seat.answered(done.key)
            self._break_off(stage_error(error, self._job.stage, seat.where))

    def _look(self) -> None:
        """Find workers that left or came back.

        Dask blames the call for the death of its worker, but not where the worker left in good order (the
        end of a job of SLURM), and not where it was idle: calls would wait for it for ever.
        """
        from jobs.backend.dask_clusters import addresses

        found = addresses(self._client)
        for seat in self._seats:
            there = found.get(seat.name)
            if seat.address is not None and seat.address != there:
                seat.lose()
            if not seat.awaited:
                continue
            if there is not None:
                self._bury(seat)  # not before: only now it is certain that its process has ended
                seat.address = there
                self._give(seat)
            elif seat.away_s > _RETURNS_S:
                self._give_up(seat)

    def _bury(self, seat: Seat) -> None:
        """Write down what a worker that died had done and was doing."""
        names = {printable(self._tasks[index].id): index for index in seat.rest}
        found = seat.reader.read(names)
        note = note_of_death(found.flight, self._job.launch.task_seconds)
        why = note or "its process was ended from outside"
        blamed = bool(note) or not self._drain.asked
        seat.rest = rest_of(self._job, names, found, self._attempts, why, blamed=blamed)
        self.outcomes.append(found.outcome)
        seat.awaited = False
        seat.idle_deaths = 0 if found.ended or found.flight or not names else seat.idle_deaths + 1
        if seat.idle_deaths == _IDLE_DEATHS:
            times = f"{seat.where} died {_IDLE_DEATHS} times with no task in flight"
            self._break_off(StageFailedError(f"stage {self._job.stage} broke off: {times}"))

    def _give_up(self, seat: Seat) -> None:
        """Leave the tasks of a worker that does not come back to the others."""
        self._bury(seat)
        self._left_over += [iter([seat.rest] if seat.rest else []), seat.pieces]
        seat.rest = ()
        for other in self._seats:
            self._give(other)
        if not any(other.address or other.awaited for other in self._seats):
            problem = f"all workers died, and none was started anew in {_RETURNS_S:.0f} s; run it again"
            self._break_off(StageFailedError(f"stage {self._job.stage} broke off: {problem}"))

    def _break_off(self, error: TrackmillError) -> None:
        """Let the workers finish what is in flight, and end with an error."""
        self._error = self._error or error
        self._drain.ask()

    def _ask_to_stop(self) -> None:
        """Let all workers finish the task in flight and no more: this process was asked to stop."""
        from jobs.backend.dask_worker import ask_to_stop

        present = [seat.address for seat in self._seats if seat.calls and seat.address]
        if present:
            self._client.run(ask_to_stop, self._run, workers=present, on_error="ignore")

    def _end(self) -> None:
        """Collect what the workers did; of those that are not there any more, from their parts."""
        from jobs.backend.dask_clusters import addresses
        from jobs.backend.dask_worker import finish

        self._look()
        present = [seat.address for seat in self._seats if seat.address]
        told: dict[str, Any] = {}
        if present:
            told = self._client.run(finish, self._run, workers=present, on_error="return")
        for seat in self._seats:
            said = told.get(seat.address or "")
            if isinstance(said, Outcome):
                self.outcomes.append(said)
            elif isinstance(said, Exception) and addresses(self._client).get(seat.name) == seat.address:
                self._error = self._error or stage_error(said, self._job.stage, seat.where)
            else:
                self._bury(seat)
