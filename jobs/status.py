"""How a stage's run stands, live or afterwards, read from its ledger alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from data_schemas.errors import InputError
from jobs.ledger import PartReader, batches, part_path
from jobs.ledger import Status as Attempt
from jobs.lock import is_locked
from jobs.progress import Pace, duration_text
from jobs.run_record import RunRecord, State, read_records


@dataclass(slots=True)
class WorkerStatus:
    """One worker of a run.

    Attributes
    ----------
    worker, node
        Its number and host.
    done, failed
        Attempts that were done, and that were not.
    busy_seconds, busy_fraction
        Time it was at work, also as a share of the run's.
    slowest_task, slowest_seconds
        Its slowest task, of those that have ended.
    at_work_on, at_work_seconds
        Its task in flight and since when; empty where there is none.
    """

    worker: int
    node: str
    done: int = 0
    failed: int = 0
    busy_seconds: float = 0.0
    busy_fraction: float = 0.0
    slowest_task: str = ""
    slowest_seconds: float = 0.0
    at_work_on: str = ""
    at_work_seconds: float = 0.0

    def add(self, rows: pa.Table) -> None:
        """Add attempts of this worker."""
        done = pc.sum(pc.equal(rows["status"], Attempt.DONE)).as_py() or 0
        self.done += done
        self.failed += len(rows) - done
        self.busy_seconds += pc.sum(rows["seconds"]).as_py() or 0.0
        slowest = rows.slice(pc.index(rows["seconds"], pc.max(rows["seconds"])).as_py(), 1)
        if slowest["seconds"][0].as_py() >= self.slowest_seconds:
            self.slowest_task = slowest["task"][0].as_py()
            self.slowest_seconds = slowest["seconds"][0].as_py()

    def line(self, width: int) -> str:
        """Return it as a line of the table of workers, its host padded to `width`."""
        numbers = f"{self.done:>5}  {self.failed:>6}  {self.busy_fraction:>4.0%}"
        slowest = f"{self.slowest_task} ({self.slowest_seconds:.1f} s)" if self.slowest_task else "-"
        now = f"; now {self.at_work_on} ({duration_text(self.at_work_seconds)})" if self.at_work_on else ""
        return f"{self.worker:>6}  {self.node:<{width}}  {numbers}  {slowest}{now}"


@dataclass(frozen=True, slots=True)
class Status:
    """How the last run of a stage stands.

    Attributes
    ----------
    stage, run, state
        Which run, and how it stands by its record and the ledger's lock.
    tasks, skipped
        Tasks of the list and those found finished at the start.
    done, failed, left
        Tasks done, failed at their last attempt, and not tried.
    rows_in
        Rows read by the done tasks.
    rows_per_second
        The same a second since the start.
    elapsed_s, seconds_left
        Time since the start (of a finished run: its duration) and the estimate of the rest.
    silent_s
        Time since the last attempt began or ended: large in a `running` run means long tasks, or a killed
        run.
    peak_rss_bytes, peak_task
        Largest resident memory of a process in any attempt that has ended [byte], and the task of it.
    pinning
        How the workers were pinned to cores, once the run has ended.
    workers
        Each worker that has begun an attempt.
    """

    stage: str
    run: str
    state: State
    tasks: int
    skipped: int
    done: int
    failed: int
    left: int
    rows_in: int
    rows_per_second: float
    elapsed_s: float
    seconds_left: float | None
    silent_s: float
    peak_rss_bytes: int
    peak_task: str
    pinning: str
    workers: tuple[WorkerStatus, ...]

    def render(self) -> str:
        """Return the status as text for a person."""
        head = f"{self.stage}: {self.state.value}, {self.done} done, {self.failed} failed, {self.left} left"
        if self.skipped:
            head += f" ({self.skipped} of {self.tasks} were up to date)"
        lines = [head]
        pace = f"{self.rows_in:,} rows in {duration_text(self.elapsed_s)}: {self.rows_per_second:,.0f} rows/s"
        if self.state in (State.RUNNING, State.DIED):
            if self.seconds_left is not None:
                pace += f", about {duration_text(self.seconds_left)} left"
            pace += f"; {duration_text(self.silent_s)} since a task began or ended"
        lines.append(pace)
        if self.peak_rss_bytes:
            lines.append(
                f"most memory of a process: {self.peak_rss_bytes / 2**30:.2f} GiB ({self.peak_task})"
            )
        lines += [self.pinning] if self.pinning else []
        width = max([len(w.node) for w in self.workers] + [4])
        if self.workers:
            lines.append(f"worker  {'node':<{width}}   done  failed   busy  slowest task")
        lines += [worker.line(width) for worker in self.workers]
        return "\n".join(lines)


def status(ledger: str | Path) -> Status:
    """Return how the last run in a ledger stands.

    Parameters
    ----------
    ledger
        The stage's ledger folder.

    Raises
    ------
    InputError
        The folder holds no run.
    """
    ledger = Path(ledger)
    records = read_records(ledger)
    if not records:
        raise InputError(ledger, "no run has left a record here", "give the ledger folder of a stage")
    record = records[-1]
    now = time.time()
    elapsed_s = record.seconds if record.seconds is not None else max(0.0, now - record.started_at_s)
    pace = Pace(record.todo, record.todo_cost)
    workers: dict[int, WorkerStatus] = {}
    failed: set[str] = set()
    last_s = record.started_at_s
    peak_bytes, peak_task = 0, ""
    for table in batches(ledger):
        rows = table.filter(pc.equal(table["run"], record.run))
        if len(rows):
            pace.add(rows)
            last_s = max(last_s, pc.max(pc.add(rows["started_at_s"], rows["seconds"])).as_py())
            _add(workers, rows)
            if (largest := pc.max(rows["peak_rss_bytes"]).as_py()) > peak_bytes:
                peak_bytes = largest
                peak_task = rows["task"][pc.index(rows["peak_rss_bytes"], largest).as_py()].as_py()
            done = pc.equal(rows["status"], Attempt.DONE)
            failed.update(rows.filter(pc.invert(done))["task"].to_pylist())
            retried = rows.filter(pc.and_(done, pc.greater(rows["attempt"], 1)))
            failed.difference_update(retried["task"].to_pylist())
    unfinished = record.state is State.RUNNING
    running = unfinished and is_locked(ledger)
    if unfinished:
        last_s = max(last_s, _look_at_work(ledger, record, workers, now))
    for worker in workers.values():
        worker.busy_fraction = min(1.0, worker.busy_seconds / elapsed_s) if elapsed_s > 0 else 0.0
    return Status(
        stage=record.stage,
        run=record.run,
        state=State.DIED if unfinished and not running else record.state,
        tasks=record.tasks,
        skipped=record.skipped,
        done=pace.done,
        failed=len(failed),
        left=record.todo - pace.done - len(failed),
        rows_in=pace.rows,
        rows_per_second=pace.rows_per_second(elapsed_s),
        elapsed_s=elapsed_s,
        seconds_left=pace.seconds_left(elapsed_s) if running else None,
        silent_s=max(0.0, now - last_s),
        peak_rss_bytes=peak_bytes,
        peak_task=peak_task,
        pinning=record.pinning,
        workers=tuple(workers[number] for number in sorted(workers) if number),
    )


def _add(workers: dict[int, WorkerStatus], rows: pa.Table) -> None:
    for number in pc.unique(rows["worker"]).to_pylist():
        mine = rows.filter(pc.equal(rows["worker"], number))
        found = workers.setdefault(number, WorkerStatus(number, mine["node"][0].as_py()))
        found.add(mine)


def _look_at_work(ledger: Path, record: RunRecord, workers: dict[int, WorkerStatus], now_s: float) -> float:
    """Note what each worker of a live run has in flight; return when the last of it began."""
    last_s = 0.0
    for number in range(1, record.workers + 1):
        part = PartReader(part_path(ledger, record.run, number))
        for _ in part.batches():
            pass
        flight = part.in_flight()
        if flight is not None:
            found = workers.setdefault(number, WorkerStatus(number, part.header["node"]))
            found.at_work_on = flight.began["began"]
            found.at_work_seconds = max(0.0, now_s - flight.began["at"])
            found.busy_seconds += found.at_work_seconds
            last_s = max(last_s, flight.began["at"])
    return last_s
