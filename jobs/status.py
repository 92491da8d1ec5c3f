"""How a stage's run stands, live or afterwards, read from its ledger alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data_schemas.errors import InputError
from jobs.ledger import Row, read_ledger
from jobs.progress import Pace, duration_text
from jobs.run_record import RunRecord, State, read_records


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One worker: tasks done and failed, share of the time it was at work, and its slowest task [s]."""

    worker: int
    node: str
    done: int
    failed: int
    busy_fraction: float
    slowest_task: str
    slowest_seconds: float


@dataclass(frozen=True, slots=True)
class Status:
    """How the last run of a stage stands.

    Attributes
    ----------
    stage, run, state
        Which run, and how it stands by its record; a killed run stays `running`.
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
        Time since the last attempt ended: large in a `running` run means long tasks, or a killed run.
    pinning
        How the workers were pinned to cores, once the run has ended.
    workers
        Each worker that has finished an attempt.
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
    pinning: str
    workers: tuple[WorkerStatus, ...]

    def render(self) -> str:
        """Return the status as text for a person."""
        head = f"{self.stage}: {self.state.value}, {self.done} done, {self.failed} failed, {self.left} left"
        if self.skipped:
            head += f" ({self.skipped} of {self.tasks} were up to date)"
        lines = [head]
        pace = f"{self.rows_in:,} rows in {duration_text(self.elapsed_s)}: {self.rows_per_second:,.0f} rows/s"
        if self.state is State.RUNNING:
            if self.seconds_left is not None:
                pace += f", about {duration_text(self.seconds_left)} left"
            pace += f"; last task ended {duration_text(self.silent_s)} ago"
        lines.append(pace)
        lines += [self.pinning] if self.pinning else []
        width = max([len(w.node) for w in self.workers] + [4])
        if self.workers:
            lines.append(f"worker  {'node':<{width}}   done  failed   busy  slowest task")
        lines += [
            f"{w.worker:>6}  {w.node:<{width}}  {w.done:>5}  {w.failed:>6}  {w.busy_fraction:>4.0%}  "
            f"{w.slowest_task} ({w.slowest_seconds:.1f} s)"
            for w in self.workers
        ]
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
    rows = [row for row in read_ledger(ledger) if row.run == record.run]
    now = time.time()
    elapsed_s = record.seconds if record.seconds is not None else max(0.0, now - record.started_at_s)
    pace = Pace(record.todo, record.todo_cost)
    last = {row.task: row for row in rows}
    for row in last.values():
        pace.add(row)
    running = record.state is State.RUNNING
    ended_at_s = max([row.started_at_s + row.seconds for row in rows], default=record.started_at_s)
    return Status(
        stage=record.stage,
        run=record.run,
        state=record.state,
        tasks=record.tasks,
        skipped=record.skipped,
        done=pace.done,
        failed=pace.failed,
        left=record.todo - pace.done - pace.failed,
        rows_in=pace.rows,
        rows_per_second=pace.rows_per_second(elapsed_s),
        elapsed_s=elapsed_s,
        seconds_left=pace.seconds_left(elapsed_s) if running else None,
        silent_s=max(0.0, now - ended_at_s),
        pinning=record.pinning,
        workers=_workers(rows, record, elapsed_s),
    )


def _workers(rows: Sequence[Row], record: RunRecord, elapsed_s: float) -> tuple[WorkerStatus, ...]:
    found = []
    for number in range(1, record.workers + 1):
        mine = [row for row in rows if row.worker == number]
        if not mine:
            continue
        slowest = max(mine, key=lambda row: row.seconds)
        busy = sum(row.seconds for row in mine) / elapsed_s if elapsed_s > 0 else 0.0
        found.append(
            WorkerStatus(
                worker=number,
                node=mine[0].node,
                done=sum(row.done for row in mine),
                failed=sum(not row.done for row in mine),
                busy_fraction=min(1.0, busy),
                slowest_task=slowest.task,
                slowest_seconds=slowest.seconds,
            )
        )
    return tuple(found)
