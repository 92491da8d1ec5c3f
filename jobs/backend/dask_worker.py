"""Backend `dask`, a worker's side: a `TaskRunner` that stays in the worker's process from call to call."""

from __future__ import annotations

import os
import pickle
import signal
from array import array
from dataclasses import dataclass
from pathlib import Path

from distributed import Worker, WorkerPlugin

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import TrackmillError
from jobs.attempt import Outcome, TaskRunner
from jobs.deaths import STOP_NOTE
from jobs.drain import Drain
from jobs.ledger import Place
from jobs.node import node_name, pin_to_cores
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


class KeepWorking(WorkerPlugin):
    """Lets a worker's process outlive the signals that stop the program which leads it.

    A terminal or SLURM sends them to all processes at once; the task in flight must finish, and the program
    ends the workers afterwards.
    """

    def setup(self, worker: Worker) -> None:  # noqa: ARG002  dask's signature
        """Ignore SIGTERM and SIGINT, where this is the main thread."""
        try:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        except ValueError:
            return


def run_chunk(set_up: SetUp, attempt: int, data: bytes, ends: bytes) -> TrackmillError | None:
    """Run tasks; return the error of the set-up or of the ledger, if there was one.

    Parameters
    ----------
    set_up
        Which run, and what makes the worker.
    attempt
        Number of the first task's next attempt.
    data, ends
        A packed task list, see `TaskList`.
    """
    try:
        here = _here.get(set_up.run) or _join(set_up)
        tasks = TaskList(data, array("q", memoryview(ends).cast("q")))
        here.runner.run(here.drain.until_asked(tasks), attempt)
        here.runner.rest()  # before the answer: what the leader takes for ended must be in the ledger
    except BaseException as error:  # panics of Rust libraries are no Exceptions
        where = f"worker {set_up.worker} of {set_up.workers} on host {node_name()}"
        return stage_error(error, set_up.stage, where)
    return None


def finish(run: str) -> Outcome:
    """End this process's part in a run, and return what it did."""
    here = _here.pop(run, None)
    if here is None:
        return Outcome()
    here.runner.close()
    return here.runner.outcome


def ask_to_stop(run: str) -> None:
    """Let the task in flight finish, and start no others; called beside a running `run_chunk`."""
    here = _here.get(run)
    if here is not None:
        here.drain.ask()


def _join(set_up: SetUp) -> _Here:
    note = _pin(set_up)
    worker = pickle.loads(set_up.make_worker)()
    place = Place(set_up.run, set_up.stage, set_up.worker, set_up.workers, node_name())
    here = _Here(TaskRunner(place, worker, set_up.folder, set_up.launch), Drain())
    here.drain.tell(lambda: here.runner.note(STOP_NOTE))
    here.runner.outcome.pinning = note
    _here[set_up.run] = here
    return here


def _pin(set_up: SetUp) -> str:
    if os.environ.get("TRACKMILL_PIN", "1") == "0":
        return "processes are not pinned: TRACKMILL_PIN=0"
    if set_up.launch.dask != "local":
        return "processes are not pinned: dask places its workers"
    triple = Triple.parse(set_up.launch.triple)
    return pin_to_cores(set_up.worker - 1, triple, only_if_full=True).note
