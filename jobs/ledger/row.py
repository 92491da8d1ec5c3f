"""A row of the ledger: one attempt of one task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """What became of an attempt."""

    DONE = "done"
    """The output is there, complete."""
    FAILED = "failed"
    """The worker raised an error, and went on with other tasks."""
    CRASHED = "crashed"
    """The worker's process died of this task: it left a note, or nothing else was at work."""
    INTERRUPTED = "interrupted"
    """In flight when the run died, of what nobody knows: perhaps of this task, perhaps of another."""
    ASIDE = "aside"
    """Not tried: runs have died of it too often."""


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


@dataclass(frozen=True, slots=True)
class Row:
    """One attempt of one task; the fields are the columns of table `ledger`, where their units are."""

    run: str
    stage: str
    task: str
    attempt: int
    worker: int
    workers: int
    node: str
    started_at_s: float
    seconds: float
    status: str
    output: str
    settings: str
    fingerprint: str
    rows_in: int = 0
    rows_out: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    made: Mapping[str, int] = field(default_factory=dict)
    bytes_in: int = 0
    bytes_out: int = 0
    cost: float = 1.0
    peak_rss_bytes: int = 0
    error: str | None = None
    traceback: str | None = None
    inputs: tuple[str, ...] | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """What a row is one of: run, task, attempt."""
        return self.run, self.task, self.attempt

    @property
    def done(self) -> bool:
        """Whether the attempt succeeded."""
        return self.status == Status.DONE

    @property
    def place(self) -> Place:
        """Where it ran."""
        return Place(self.run, self.stage, self.worker, self.workers, self.node)

    def as_dict(self) -> dict[str, Any]:
        """Return the columns by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Row:
        """Return the row of Arrow values."""
        known = dict(values)
        known["left"], known["made"] = dict(known["left"]), dict(known["made"])
        if known["inputs"] is not None:
            known["inputs"] = tuple(known["inputs"])
        return cls(**known)
