"""Backend `process`, a worker's side: set up, run the tasks that are sent, tell what came of them."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from jobs.attempt import Outcome, TaskRunner, one_line
from jobs.deaths import STOP_NOTE
from jobs.drain import Drain, draining
from jobs.ledger import Place
from jobs.node import pin_worker
from jobs.stage import Job, stage_error
from jobs.tasklist import TaskList
from jobs.triple import Triple

HELD_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
"""Held back from a process that starts: an interrupt would show the traceback of an import."""

_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a working process is started with.

    Attributes
    ----------
    place
        Run, stage, worker, host.
    make_worker
        Makes the function that runs a task, pickled: whatever unpickling raises is reported as one line.
    folder
        The ledger.
    launch
        Triple, retries, limits.
    leader
        Process id of the leading process.
    """

    place: Place
    make_worker: bytes
    folder: Path
    launch: LaunchSettings
    leader: int


def pickled_worker(job: Job, dumps: Callable[[object], bytes] = pickle.dumps) -> bytes:
    """Return what makes a job's worker, pickled by `dumps`; `InputError` if it cannot be sent."""
    try:
        return dumps(job.make_worker)
    except Exception as error:  # pickle raises whatever an object's own methods do
        problem = f"the worker cannot be sent to other processes ({one_line(error)})"
        remedy = "make it a function of a module, or choose backend serial or mpi"
        raise InputError(f"stage {job.stage}", problem, remedy) from error


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker is set up; how it was pinned to cores."""

    pinning: str


def work(set_up: SetUp, pipe: Connection[Any, Any]) -> None:
    """Be a worker until the leading process sends None.

    It sends `Ready` or the error of its set-up (a `TrackmillError`), each time that it has ended what one
    message gave it whether it was asked to stop in the midst of it, and at the end its `Outcome`.
    """
    die_with(set_up.leader)
    with draining() as drain:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)
        try:
            outcome: object = _work(set_up, pipe, drain)
        except KeyboardInterrupt:  # a second one: the leader ends as well, and says so
            os._exit(130)
        except BaseException as error:  # panics of Rust libraries are no Exceptions
            outcome = stage_error(error, set_up.place.stage, str(set_up.place))
        pipe.send(outcome)


def _work(set_up: SetUp, pipe: Connection[Any, Any], drain: Drain) -> Outcome:
    triple = Triple(*set_up.launch.triple)
    pinning = pin_worker(set_up.place.worker - 1, triple)  # before the libraries start their threads
    worker = pickle.loads(set_up.make_worker)()
    runner = TaskRunner(set_up.place, worker, set_up.folder, set_up.launch)
    drain.tell(lambda: runner.note(STOP_NOTE))
    pipe.send(Ready(pinning))
    while (given := pipe.recv()) is not None:
        attempt, tasks = given
        runner.run(drain.until_asked(TaskList.from_bytes(tasks)), attempt)
        runner.rest()  # before the message: what the leader takes for ended must be in the ledger
        pipe.send(drain.asked)
    runner.close()
    return runner.outcome


def die_with(leader: int) -> None:
    """Have the kernel kill this process as soon as the leading one ends, whatever it is doing then.

    Its task in flight is lost with it: a worker that went on would write outputs and rows beside those of the
    next run, which finds the ledger's lock free.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != leader:  # it has ended meanwhile
        os._exit(1)
