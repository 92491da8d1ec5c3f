"""A worker at its place: runs tasks, catches what they raise, writes the ledger, adds up."""

from __future__ import annotations

import os
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError, TrackmillError
from data_schemas.task import Counts, Task, Worker
from jobs.fingerprint import fingerprint
from jobs.ledger import PartWriter, Place, Status, printable, tally
from jobs.limits import Limits, PeakMemory

FAILURES_KEPT: Final = 100
"""Failed tasks a worker remembers; the ledger has all of them."""

_LONGEST_TRACE = 1 << 16


@dataclass(slots=True)
class Totals:
    """Sums over done tasks: rows, rows that left by reason, other counts, bytes, seconds at work."""

    tasks: int = 0
    rows_in: int = 0
    rows_out: int = 0
    left: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    bytes_in: int = 0
    bytes_out: int = 0
    busy_seconds: float = 0.0

    def add(self, counts: Counts, bytes_in: int, bytes_out: int, seconds: float) -> None:
        """Add a done task."""
        self.tasks += 1
        self.rows_in += int(counts.rows_in)
        self.rows_out += int(counts.rows_out)
        if counts.left:
            self.left.update({reason: int(rows) for reason, rows in counts.left.items()})
        if counts.made:
            self.made.update({name: int(number) for name, number in counts.made.items()})
        self.bytes_in += bytes_in
        self.bytes_out += bytes_out
        self.busy_seconds += seconds

    def merge(self, other: Totals) -> None:
        """Add the sums of others."""
        self.tasks += other.tasks
        self.rows_in += other.rows_in
        self.rows_out += other.rows_out
        self.left.update(other.left)
        self.made.update(other.made)
        self.bytes_in += other.bytes_in
        self.bytes_out += other.bytes_out
        self.busy_seconds += other.busy_seconds


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that is not done: its id, the attempts at it, where the last one ran, and why it failed."""

    task: str
    attempts: int
    where: str
    error: str


@dataclass(slots=True)
class Outcome:
    """What one worker did.

    Attributes
    ----------
    totals
        Sums over its done tasks.
    failed
        Number of its failed tasks.
    failures
        The first `FAILURES_KEPT` of them.
    pinning
        How it was pinned to cores, for a person.
    """

    totals: Totals = field(default_factory=Totals)
    failed: int = 0
    failures: list[Failure] = field(default_factory=list)
    pinning: str = ""

    def fail(self, failure: Failure) -> None:
        """Count a failed task."""
        self.failed += 1
        if len(self.failures) < FAILURES_KEPT:
            self.failures.append(failure)


class TaskRunner:
    """Runs tasks at one place, retries included, and writes two ledger lines for each attempt.

    Parameters
    ----------
    place
        Where it runs.
    worker
        The function to run.
    folder
        The ledger.
    launch
        Retries (at once and at the same place) and limits.
    """

    def __init__(self, place: Place, worker: Worker, folder: Path, launch: LaunchSettings) -> None:
        self._place = place
        self._worker = worker
        self._retries = launch.retries
        self._folder = folder
        self._part = PartWriter(folder, place)
        self._peak = PeakMemory()
        memory_bytes = None if launch.task_memory_gb is None else int(launch.task_memory_gb * 2**30)
        self._limits = Limits(self._part, launch.task_seconds, memory_bytes)
        self._limits.start()
        self.outcome = Outcome()

    def run(self, tasks: Iterable[Task], attempt: int = 1) -> None:
        """Run tasks one after another, each until it is done or out of retries.

        Parameters
        ----------
        tasks
            Tasks; they may come as they are wanted.
        attempt
            Number of the first task's next attempt: those before it died with their process.

        Raises
        ------
        InputError
            The ledger cannot be written.
        """
        for task in tasks:
            try:
                self._run(task, attempt)
            except OSError as error:
                problem = f"cannot be written ({error.strerror})"
                raise InputError(self._folder, problem, "run the stage again when it can") from error
            attempt = 1

    def rest(self) -> None:
        """Write what has waited, and stop the limits' clock: the next task may be long in coming."""
        self._limits.disarm()
        self._part.flush()

    def note(self, text: str) -> None:
        """Leave a note in the ledger on the task in flight."""
        self._part.note(text)

    def close(self) -> None:
        """Close the ledger's part."""
        self._limits.stop()
        self._part.close()
        self._peak.close()

    def _run(self, task: Task, first: int) -> None:
        error = ""
        for number in range(first, self._retries + 2):
            error = self._attempt(task, number)
            if not error:
                return
        self.outcome.fail(Failure(task.id, self._retries + 1, str(self._place), error))

    def _attempt(self, task: Task, number: int) -> str:
        """Run a task once, whatever the worker raises; return the error, empty if there was none."""
        found = fingerprint(task)  # before the inputs are read: a later change then makes the task stale
        self._part.began(task, number, time.time(), found)
        clock = time.perf_counter()
        try:
            counts, bytes_out = self._limited(task)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # panics of Rust libraries are no Exceptions
            seconds = time.perf_counter() - clock
            error = one_line(raised)
            failure = {
                "error": error,
                "traceback": _trace(raised),
                "inputs": [printable(path) for path in task.inputs],
            }
            self._part.ended(task.id, seconds, Status.FAILED, self._peak.of_task(seconds), failure)
            return error
        seconds = time.perf_counter() - clock
        facts = _facts(counts, bytes_out)
        self._part.ended(task.id, seconds, "done", self._peak.of_task(seconds), facts)
        self.outcome.totals.add(counts, found.bytes_in, bytes_out, seconds)
        return ""

    def _limited(self, task: Task) -> tuple[Counts, int]:
        """Run the worker within the limits; return its counts and the size of the output."""
        self._limits.begin()
        try:
            counts = self._worker(task)
            if not isinstance(counts, Counts):
                msg = f"the worker returned {type(counts).__name__}, expected Counts"
                raise TypeError(msg)
            return counts, _output_bytes(task)
        finally:
            self._limits.end()


def one_line(error: BaseException) -> str:
    """Return an error as one line: our own as they are, others with their type."""
    text = printable(" ".join(str(error).split()))
    if isinstance(error, TrackmillError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _trace(error: BaseException) -> str:
    text = printable("".join(traceback.format_exception(error)))
    return text if len(text) <= _LONGEST_TRACE else "…" + text[-_LONGEST_TRACE:]


def _output_bytes(task: Task) -> int:
    if not task.output:
        return 0
    try:
        return os.stat(task.output).st_size  # noqa: PTH116  a Path would take longer than a short task
    except FileNotFoundError:
        raise FileNotFoundError(f"the worker returned without writing {task.output}") from None


def _facts(counts: Counts, bytes_out: int) -> dict[str, Any]:
    """Return what is not 0 as columns of the ledger."""
    facts: dict[str, Any] = {"bytes_out": bytes_out} if bytes_out else {}
    if counts.rows_in:
        facts["rows_in"] = int(counts.rows_in)
    if counts.rows_out:
        facts["rows_out"] = int(counts.rows_out)
    if counts.left:
        facts["left"] = tally(counts.left)
    if counts.made:
        facts["made"] = tally(counts.made)
    return facts
