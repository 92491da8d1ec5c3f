"""Backend `process`: one working process as the leading process sees it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

from jobs.backend.process_worker import HELD_SIGNALS, SetUp, work
from jobs.deaths import FATAL_NOTE, note_of_death
from jobs.ledger import InFlight
from jobs.tasklist import TaskList
from jobs.threads import thread_environment

# A forked copy of a process that has threads (Arrow's, the progress bar's) may wait for ever on a lock that
# one of them held, and its libraries have sized their pools already.
_CONTEXT: Final = get_context("spawn")

_LEAVES_S: Final = 5.0
"""How long a process that has nothing left to do may take to end before it is killed."""


class Member:
    """A working process, started.

    Attributes
    ----------
    connection
        Messages to and from it, see `process_worker`.
    sentinel
        Readable as soon as the process has ended.
    """

    def __init__(self, set_up: SetUp) -> None:
        self.connection: Connection[Any, Any]
        self.connection, theirs = _CONTEXT.Pipe()
        name = f"{set_up.place.stage} {set_up.place.worker}"
        self._process = _CONTEXT.Process(target=work, args=(set_up, theirs), name=name)
        with _threads(set_up.launch.triple[2]), _signals_held():
            self._process.start()
        theirs.close()
        self.sentinel = self._process.sentinel

    def give(self, tasks: TaskList, attempt: int) -> None:
        """Send tasks; if the process has died, that is seen soon.

        Parameters
        ----------
        tasks
            The tasks.
        attempt
            Number of the first one's next attempt.
        """
        with suppress(ConnectionError):
            self.connection.send((attempt, tasks.to_bytes()))

    def let_go(self) -> None:
        """Tell it that nothing more comes."""
        with suppress(ConnectionError):
            self.connection.send(None)

    def ask_to_stop(self) -> None:
        """Have it leave a note on its task in flight, finish that, and begin no other."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> int:
        """Wait for its end, which has come or must come soon; return its exit code."""
        self._process.join(_LEAVES_S)
        if self._process.exitcode is None:  # a thread that does not end
            self._process.kill()
            self._process.join()
        code = self._process.exitcode
        assert code is not None
        self._process.close()
        self.connection.close()
        return code


def cause_of_death(code: int, flight: InFlight | None, seconds: float | None) -> str:
    """Return in words what a process died of.

    Parameters
    ----------
    code
        Its exit code, the negative number of the signal that killed it.
    flight
        What was in flight, with the notes that the process left.
    seconds
        Limit of a task's time [s].
    """
    note = note_of_death(flight, seconds)
    if note and not note.startswith(FATAL_NOTE):  # the signal says as much, in fewer words
        return note
    if code >= 0:
        return f"ended itself with code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:  # a real-time signal
        name = f"signal {-code}"
    return f"killed by {name}" + (" (out of memory?)" if -code == signal.SIGKILL else "")


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let processes that start meanwhile take signals only when they can answer them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _threads(threads: int) -> Iterator[None]:
    """Give processes that start meanwhile the variables that size thread pools, before any import."""
    wanted = thread_environment(threads)
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
