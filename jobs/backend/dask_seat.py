"""Backend `dask`: a worker as the leading process sees it."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobs.backend.aftermath import DeadReader
from jobs.backend.process_worker import pickled_worker
from jobs.backend.shares import shares
from jobs.stage import Job
from jobs.tasklist import TaskList
from jobs.triple import Triple

if TYPE_CHECKING:
    from distributed import Future


@dataclass(slots=True)
class Seat:
    """A worker's number, and dask's worker that has it.

    Attributes
    ----------
    where
        Which worker it is, for a person.
    set_up
        What its process is told, see `dask_worker.SetUp`, pickled.
    pieces
        What is left to be handed to it.
    reader
        What its dead processes left.
    name, address
        What dask calls it, and where its process is; None where there is none.
    calls
        What it was called with and has not answered, by dask's key.
    rest
        What a process that died was called with and has not ended.
    awaited
        Its process has died, and nobody has looked yet what it left.
    quick
        Whether its last call was so short that it is given the next one ahead.
    idle_deaths
        How often in a row it died with no task in flight and none ended.
    """

    where: str
    set_up: bytes
    pieces: Iterator[Sequence[int]]
    reader: DeadReader
    name: str = ""
    address: str | None = None
    calls: dict[object, tuple[Future[Any], Sequence[int]]] = field(default_factory=dict)
    rest: Sequence[int] = ()
    awaited: bool = False
    quick: bool = False
    idle_deaths: int = 0
    _since: float = 0.0

    @property
    def away_s(self) -> float:
        """Return for how long its process has been dead [s]."""
        return time.monotonic() - self._since

    def called(self, future: Future[Any], indices: Sequence[int]) -> None:
        """Note a call."""
        if not self.calls:
            self._since = time.monotonic()
        self.calls[future.key] = future, indices

    def answered(self, key: object) -> float:
        """Note an answer; return how long it took [s], behind the answer before it."""
        del self.calls[key]
        self.idle_deaths = 0
        before, self._since = self._since, time.monotonic()
        return self._since - before

    def lose(self) -> None:
        """Note that its process has died."""
        self.rest = [index for _, indices in self.calls.values() for index in indices]
        self.calls.clear()
        self.address = None
        self.awaited = True
        self._since = time.monotonic()


def seated(job: Job, tasks: TaskList, run: str) -> list[Seat]:
    """Return the workers of a run, without their processes; those that would get no task are left out.

    Raises
    ------
    InputError
        What makes the worker's function cannot be sent.
    """
    import cloudpickle

    from jobs.backend.dask_worker import SetUp

    workers = Triple.parse(job.launch.triple).workers
    make_worker = pickled_worker(job, cloudpickle.dumps)
    return [
        Seat(
            f"worker {number} of {workers}",
            pickle.dumps(SetUp(run, job.stage, number, workers, make_worker, job.ledger, job.launch)),
            pieces,
            DeadReader(job.ledger, run, number, job.launch.retries),
        )
        for number, pieces in enumerate(shares(job.launch, tasks, workers), start=1)
    ]
