"""Backend `dask`: workers of dask.distributed; one that dies costs the task in flight alone.

This process is dask's client and the manager: each worker has one call at a time, with the tasks of one
chunk. When a worker dies dask says so; its ledger part says what had ended and what was in flight, the end of
that attempt is written, and when the nanny has started it anew it is given the rest.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from data_schemas.errors import InputError, StageFailedError, TrackmillError
from jobs.attempt import Outcome
from jobs.backend.aftermath import DeadReader, note_of_death, rest_of
from jobs.backend.shares import shares
from jobs.drain import Drain, draining
from jobs.ledger import Place, printable
from jobs.node import node_name, this_node
from jobs.progress import progress
from jobs.stage import Job, LedRun, stage_error
from jobs.summary import RunSummary
from jobs.triple import Triple

if TYPE_CHECKING:
    from distributed import Client, Future

_RETURNS_S: Final = 60.0
"""How long a worker that died may take to be started anew."""
_LOOK_EVERY_S: Final = 0.1
_IDLE_DEATHS: Final = 3
"""How often in a row a worker may die with no task in flight before the run is given up."""


def run(job: Job) -> RunSummary | None:
    """Run a job on dask's workers; see `jobs.run.run_tasks`. With dask on ranks all of them call this."""
    wanted = {"distributed": "local", "dask_mpi": "mpi", "dask_jobqueue": "slurm"}
    for module, where in wanted.items():
        if where in {job.launch.dask, "local"} and find_spec(module) is None:
            raise InputError("launch.backend dask", f"needs {module}", "pip install 'trackmill[dask]'")
    import dask.config

    from jobs.backend.dask_clusters import leads, settings

    with dask.config.set(settings(job.launch)):
        if not leads(job.launch):
            raise SystemExit(0)
        try:
            with draining() as drain:
                return _run(job, drain)
        except (TrackmillError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise stage_error(error, job.stage, f"leader of dask's workers on host {node_name()}") from error


def _run(job: Job, drain: Drain) -> RunSummary:
    from jobs.backend.dask_clusters import connected

    triple = Triple.parse(job.launch.triple)
    if job.launch.dask == "local":
        Triple(1, triple.workers, triple.threads).check(this_node(), memory_gb=job.launch.memory_gb)
    with connected(job.launch, job.ledger) as client:
        led = LedRun(job, triple.workers, isolated=True)
        try:
            if led.record is None:
                return led.close([])
            leader = _Leader(job, led, led.record.run, client, drain)
            tail, pace = led.follow()
            with progress(job.stage, tail, pace, shown=job.progress):
                leader.lead()
            return led.close(leader.outcomes)
        finally:
            led.release()


@dataclass(slots=True)
class _Seat:
    """A worker.

    Attributes
    ----------
    name, address
        What dask calls it, and where its process is; None while it is started anew.
    place
        Run, stage, number.
    pieces
        What is left to be handed to it.
    reader
        What its dead processes left.
    given
        What it was given and has not ended.
    idle_deaths
        How often in a row it died with no task in flight and none ended.
    away_s
        How long it has been away.
    """

    name: str
    address: str | None
    place: Place
    pieces: Iterator[Sequence[int]]
    reader: DeadReader
    given: Sequence[int] = ()
    idle_deaths: int = 0
    away_s: float = 0.0


class _Leader:
    """Hands out the tasks of a run.

    Attributes
    ----------
    outcomes
        What the workers did, the dead ones included.
    """

    def __init__(self, job: Job, led: LedRun, run: str, client: Client, drain: Drain) -> None:
        import cloudpickle

        self._job = job
        self._tasks = led.todo
        self._run = run
        self._client = client
        self._drain = drain
        self._make_worker: bytes = cloudpickle.dumps(job.make_worker)
        self._news: SimpleQueue[tuple[_Seat, Future[Any]] | None] = SimpleQueue()
        self._busy = 0
        self._attempts: dict[int, int] = {}
        self.outcomes: list[Outcome] = []
        self._seats = self._seated()

    def lead(self) -> None:
        """Run all tasks, or those that are in flight when this process is asked to stop.

        Raises
        ------
        TrackmillError
            A worker could not be set up, cannot write the ledger, dies again and again or stays away.
        """
        from jobs.backend.dask_worker import KeepWorking, finish

        self._client.register_plugin(KeepWorking())
        self._drain.tell(lambda: self._news.put(None))
        for seat in self._seats:
            self._give(seat)
        while self._busy or self._away():
            try:
                news = self._news.get(timeout=_LOOK_EVERY_S if self._away() else None)
            except Empty:
                self._look_for_the_lost()
                continue
            if news is None:
                self._ask_to_stop()
            else:
                self._busy -= 1
                self._hear(*news)
        present = [seat.address for seat in self._seats if seat.address]
        self.outcomes += self._client.run(finish, self._run, workers=present).values()

    def _seated(self) -> list[_Seat]:
        job, triple = self._job, Triple.parse(self._job.launch.triple)
        found = sorted(self._addresses().items(), key=lambda item: (len(item[0]), item[0]))
        dealt = shares(job.launch, self._tasks, triple.workers)
        return [
            _Seat(
                name,
                address,
                Place(self._run, job.stage, number, triple.workers, "dask"),
                pieces,
                DeadReader(job.ledger, self._run, number, job.launch.retries),
            )
            for number, ((name, address), pieces) in enumerate(zip(found, dealt, strict=False), start=1)
        ]

    def _addresses(self) -> dict[str, str]:
        """Return where each worker is, by its name."""
        known: dict[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return {str(facts["name"]): address for address, facts in known.items()}

    def _away(self) -> list[_Seat]:
        """Return the workers that have something to do and are not there."""
        return [seat for seat in self._seats if seat.address is None and seat.given and not self._drain.asked]

    def _give(self, seat: _Seat) -> None:
        """Call a worker with its next tasks, if there are any."""
        from jobs.backend.dask_worker import SetUp, run_chunk

        seat.given = () if self._drain.asked else seat.given or next(seat.pieces, ())
        if not seat.given or seat.address is None:
            return
        packed = self._tasks.take(seat.given).packed()
        place, launch = seat.place, self._job.launch
        set_up = SetUp(
            self._run, place.stage, place.worker, place.workers, self._make_worker, self._job.ledger, launch
        )
        future = self._client.submit(
            run_chunk,
            set_up,
            self._attempts.get(seat.given[0], 1),
            bytes(packed.data),
            array("q", packed.ends).tobytes(),
            workers=[seat.address],
            allow_other_workers=False,
            pure=False,
        )
        self._busy += 1
        future.add_done_callback(lambda done: self._news.put((seat, done)))

    def _hear(self, seat: _Seat, done: Future[Any]) -> None:
        """Take a worker's answer, or the news of its death."""
        from distributed import KilledWorker

        if done.status == "finished":
            error = done.result()
            if error is not None:
                raise error
            seat.given, seat.idle_deaths = (), 0
            self._give(seat)
            return
        problem = done.exception() if done.status == "error" else None
        if not isinstance(problem, KilledWorker):
            told = problem if problem is not None else RuntimeError(f"a call was {done.status}")
            raise stage_error(told, self._job.stage, str(seat.place))
        self._bury(seat)

    def _bury(self, seat: _Seat) -> None:
        """Write down what a worker that died had done and was doing."""
        seat.address = None
        names = {printable(self._tasks[index].id): index for index in seat.given}
        found = seat.reader.read(names)
        why = (
            note_of_death(found.flight, self._job.launch.task_seconds) or "its process was ended from outside"
        )
        blamed = not self._drain.asked
        seat.given = rest_of(self._job, names, found, self._attempts, why, blamed=blamed)
        self.outcomes.append(found.outcome)
        seat.idle_deaths = 0 if found.ended or found.flight else seat.idle_deaths + 1
        if seat.idle_deaths == _IDLE_DEATHS:
            times = f"{seat.place} died {_IDLE_DEATHS} times with no task in flight"
            raise StageFailedError(f"stage {self._job.stage} broke off: {times}")
        seat.away_s = 0.0
        seat.given = seat.given or next(seat.pieces, ())

    def _look_for_the_lost(self) -> None:
        """Go on with workers that were started anew."""
        addresses = self._addresses()
        for seat in self._away():
            seat.address = addresses.get(seat.name)
            seat.away_s += _LOOK_EVERY_S
            if seat.address is not None:
                self._give(seat)
            elif seat.away_s > _RETURNS_S:
                problem = f"{seat.place} died and was not started anew in {_RETURNS_S:.0f} s"
                raise StageFailedError(f"stage {self._job.stage} broke off: {problem}; run it again to go on")

    def _ask_to_stop(self) -> None:
        """Let all workers finish the task in flight and no more: this process was asked to stop."""
        from jobs.backend.dask_worker import ask_to_stop

        present = [seat.address for seat in self._seats if seat.address]
        self._client.run(ask_to_stop, self._run, workers=present)
