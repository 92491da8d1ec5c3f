"""What a run set out to do and how it ended: one small file a run in the ledger's folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from data_schemas.errors import InputError
from data_schemas.files import write_text


class State(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    """It has not written its end: it runs, or was killed where that cannot be seen."""
    DIED = "died"
    """It has not written its end, and nobody holds the ledger's lock: it was killed. A rerun goes on."""
    DONE = "done"
    """Every task of the list is done."""
    FAILED = "failed"
    """All tasks were tried, some failed."""
    STOPPED = "stopped"
    """It was asked to stop (SIGTERM) before all tasks were tried; a rerun goes on."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run set out to do and how it ended.

    Attributes
    ----------
    tasks, skipped, todo
        Tasks of the list, those found finished, and those to run.
    todo_cost
        Sum of the cost estimates of the tasks to run.
    started_at_s
        POSIX time of the start, UTC.
    seconds
        Duration; None while it runs.
    pinning
        How the workers were pinned to cores; empty while it runs, and where there is one process.
    """

    run: str
    stage: str
    tasks: int
    skipped: int
    todo: int
    todo_cost: float
    workers: int
    triple: tuple[int, int, int]
    backend: str
    order: str
    distribution: str
    started_at_s: float
    state: State = State.RUNNING
    seconds: float | None = None
    pinning: str = ""

    def ended(self, state: State, seconds: float, pinning: str = "") -> RunRecord:
        """Return the record of the run's end."""
        return replace(self, state=state, seconds=seconds, pinning=pinning)

    def write(self, folder: Path) -> None:
        """Write `run-<run>.json`."""
        write_text(folder / f"run-{self.run}.json", json.dumps(asdict(self), indent=1) + "\n")


def read_record(path: Path) -> RunRecord:
    """Return the record in a file; `InputError` if it is none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        values["state"] = State(values["state"])
        values["triple"] = tuple(values["triple"])
        return RunRecord(**values)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(path, f"not a run record ({error})", "delete the file") from error


def read_records(folder: Path) -> list[RunRecord]:
    """Return the records of all runs of a ledger, the last run last."""
    return [read_record(path) for path in sorted(folder.glob("run-*.json"))]
