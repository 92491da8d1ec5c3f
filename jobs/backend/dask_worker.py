"""Backend `dask`, a worker's side: a `TaskRunner` that stays in the worker's process from call to call."""

from __future__ import annotations

import os
import pickle
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from distributed import Worker, WorkerPlugin

from data_schemas.config.launch import LaunchSettings
from jobs.attempt import Outcome, TaskRunner
from jobs.backend.process_worker import die_with
from jobs.deaths import STOP_NOTE
from jobs.drain import Drain
from jobs.ledger import Place
from jobs.node import node_name, pin_worker
from jobs.stage import stage_error
from jobs.tasklist import TaskList
from jobs.triple import Triple


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a worker is told with each call.

    Attributes
    ----------
    run, stage, worker, workers
        Its place but for the host, which it knows itself.
    make_worker
        Makes the function that runs a task, pickled by cloudpickle: unpickled once a process.
    folder
        The ledger.
    launch
        Triple, retries, limits.
    """

    run: str
    stage: str
    worker: int
    workers: int
    make_worker: bytes
    folder: Path
    launch: LaunchSettings


@dataclass(slots=True)
class _Here:
    """What a process keeps between the calls of a run."""

    runner: TaskRunner
    drain: Drain


_here: dict[str, _Here] = {}
_stopped: set[str] = set()


class LivesWithItsNanny(WorkerPlugin):
    """Lets a worker's process outlive the signals that stop the program which leads it, but not its nanny.

    A terminal or SLURM sends the signals to all processes at once; the task in flight must finish, and the
    program ends the workers afterwards. A worker whose nanny has been killed would write outputs and rows
    beside those of the next run, which finds the ledger's lock free.
    """

    def setup(self, worker: Worker) -> None:  # noqa: ARG002  dask's signature
        """Ignore SIGTERM and SIGINT, and have the kernel kill this process as soon as the nanny ends."""
        die_with(os.getppid())
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError):  # not the main thread
                signal.signal(number, signal.SIG_IGN)

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002
        """Begin no other task: the worker is told to end, or has lost its scheduler."""
        for run in [*_here]:
            ask_to_stop(run)


def run_chunk(set_up: bytes, attempt: int, tasks: bytes) -> None:
    """Run tasks. That it returns says all: a result would be lost with the process until it is fetched.

    Parameters
    ----------
    set_up
        Which run, and what makes the worker: a pickled `SetUp`.
    attempt
        Number of the first task's next attempt.
    tasks
        See `TaskList.from_bytes`.

    Raises
    ------
    TrackmillError
        From the set-up or the ledger.
    """
    found: SetUp = pickle.loads(set_up)
    try:
        here = _here.get(found.run) or _join(found)
        here.runner.run(here.drain.until_asked(TaskList.from_bytes(tasks)), attempt)
        here.runner.rest()  # before the answer: what the leader takes for ended must be in the ledger
    except BaseException as error:  # panics of Rust libraries are no Exceptions
        where = f"worker {found.worker} of {found.workers} on host {node_name()}"
        raise stage_error(error, found.stage, where) from None


def finish(run: str) -> Outcome:
    """End this process's part in a run, and return what it did."""
    here = _here.pop(run, None)
    if here is None:
        return Outcome()
    here.runner.close()
    return here.runner.outcome


def ask_to_stop(run: str) -> None:
    """Let the task in flight finish, and start no others; called beside a running `run_chunk`."""
    _stopped.add(run)  # if this comes before its first task
    here = _here.get(run)
    if here is not None:
        here.drain.ask()


def _join(set_up: SetUp) -> _Here:
    placed = "" if set_up.launch.dask == "local" else "dask places its workers"
    note = pin_worker(set_up.worker - 1, Triple.parse(set_up.launch.triple), unless=placed)
    worker = pickle.loads(set_up.make_worker)()
    place = Place(set_up.run, set_up.stage, set_up.worker, set_up.workers, node_name())
    here = _Here(TaskRunner(place, worker, set_up.folder, set_up.launch), Drain())
    here.drain.tell(lambda: here.runner.note(STOP_NOTE))
    here.runner.outcome.pinning = note
    _here[set_up.run] = here
    if set_up.run in _stopped:
        here.drain.ask()
    return here
