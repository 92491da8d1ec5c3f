"""A worker at its place: runs tasks, catches what they raise, writes the ledger, adds up."""

from __future__ import annotations

import resource
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from data_schemas.errors import InputError, TrackmillError
from data_schemas.task import Counts, Task, Worker
from jobs.fingerprint import Fingerprint, fingerprint
from jobs.ledger import PartWriter, Row


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker stands: its run and stage, its number from 1 among all workers, its host."""

    run: str
    stage: str
    worker: int
    workers: int
    node: str

    def __str__(self) -> str:
        return f"worker {self.worker} of {self.workers} on host {self.node}"


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

    def add(self, row: Row) -> None:
        """Add a done task."""
        left, made = Counter(row.left), Counter(row.made)
        self.merge(Totals(1, row.rows_in, row.rows_out, left, made, row.bytes_in, row.bytes_out, row.seconds))

    def merge(self, other: Totals) -> None:
        """Add the sums of another worker."""
        self.tasks += other.tasks
        self.rows_in += other.rows_in
        self.rows_out += other.rows_out
        self.left.update(other.left)
        self.made.update(other.made)
        self.bytes_in += other.bytes_in
        self.bytes_out += other.bytes_out
        self.busy_seconds += other.busy_seconds


@dataclass(slots=True)
class Outcome:
    """What one worker did: sums over its done tasks, last rows of its failed ones, how it was pinned."""

    totals: Totals = field(default_factory=Totals)
    failures: list[Row] = field(default_factory=list)
    pinning: str = ""


class TaskRunner:
    """Runs tasks at one place, retries included, and writes a ledger row for each attempt.

    Parameters
    ----------
    place
        Where it runs.
    worker
        The function to run.
    folder
        The ledger.
    retries
        How often a failed task is tried again, at once and at the same place.
    """

    def __init__(self, place: Place, worker: Worker, folder: Path, retries: int) -> None:
        self._place = place
        self._worker = worker
        self._retries = retries
        self._folder = folder
        self._ledger = PartWriter(folder, place.run, place.worker)
        self.outcome = Outcome()

    def run(self, task: Task) -> None:
        """Run one task, until it is done or out of retries; `InputError` if the ledger cannot be written."""
        for number in range(1, self._retries + 2):
            row = attempt(self._worker, task, self._place, number)
            try:
                self._ledger.append(row)
            except OSError as error:
                problem = f"cannot be written ({error.strerror})"
                raise InputError(self._folder, problem, "run the stage again when it can") from error
            if row.done:
                self.outcome.totals.add(row)
                return
        self.outcome.failures.append(row)

    def close(self) -> None:
        """Close the ledger's part."""
        self._ledger.close()


def attempt(worker: Worker, task: Task, place: Place, number: int) -> Row:
    """Run a task once and return its row, whatever the worker raises."""
    _reset_peak_memory()
    found = fingerprint(task)  # before the inputs are read: a later change then makes the task stale
    started_at_s = time.time()
    clock = time.perf_counter()
    try:
        counts = _checked(worker(task), task)
        bytes_out = Path(task.output).stat().st_size
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # panics of Rust libraries are no Exceptions
        seconds = time.perf_counter() - clock
        return _row(
            task, place, number, found, started_at_s, seconds, error=one_line(error), trace=_trace(error)
        )
    seconds = time.perf_counter() - clock
    return _row(task, place, number, found, started_at_s, seconds, counts=counts, bytes_out=bytes_out)


def one_line(error: BaseException) -> str:
    """Return an error as one line: our own as they are, others with their type."""
    text = _printable(" ".join(str(error).split()))
    if isinstance(error, TrackmillError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _trace(error: BaseException) -> str:
    return _printable("".join(traceback.format_exception(error)))


def _printable(text: str) -> str:
    """Return text that UTF-8 can hold: file names with undecodable bytes cannot go into Parquet."""
    return text.encode("utf-8", "backslashreplace").decode()


def _checked(counts: Counts, task: Task) -> Counts:
    if not isinstance(counts, Counts):
        msg = f"the worker returned {type(counts).__name__}, expected Counts"
        raise TypeError(msg)
    if not Path(task.output).exists():
        msg = f"the worker returned without writing {task.output}"
        raise FileNotFoundError(msg)
    return counts


def _row(
    task: Task,
    place: Place,
    number: int,
    found: Fingerprint,
    started_at_s: float,
    seconds: float,
    *,
    counts: Counts | None = None,
    bytes_out: int = 0,
    error: str | None = None,
    trace: str | None = None,
) -> Row:
    known = Counts() if counts is None else counts
    return Row(
        run=place.run,
        stage=place.stage,
        task=task.id,
        attempt=number,
        worker=place.worker,
        workers=place.workers,
        node=place.node,
        started_at_s=started_at_s,
        seconds=seconds,
        status="failed" if counts is None else "done",
        output=task.output,
        settings=task.settings,
        fingerprint=found.digest,
        rows_in=int(known.rows_in),
        rows_out=int(known.rows_out),
        left={reason: int(rows) for reason, rows in known.left.items()},
        made={name: int(number) for name, number in known.made.items()},
        bytes_in=found.bytes_in,
        bytes_out=bytes_out,
        cost=float(task.cost),
        peak_rss_bytes=_peak_memory(),
        error=error,
        traceback=trace,
        inputs=task.inputs if counts is None else None,
    )


def _reset_peak_memory() -> None:
    """Let the kernel measure the peak anew, so that a row tells its own task's memory (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _peak_memory() -> int:
    """Return the largest resident memory since the last reset [byte]."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    # Without /proc: the peak of the whole process.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
