"""The ledger of a stage: one row a task attempt, in a folder beside the stage's outputs.

Each worker appends JSON lines to a file of its own, `part-<run>-<worker>.jsonl`; at the end of a run they are
merged into `ledger.parquet`. The ledger can be read at any time, also after a kill: half a last line is what
was in flight, and is ignored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.tables.ledger import LEDGER

MERGED: Final = "ledger.parquet"


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
        return self.status == "done"

    @property
    def place(self) -> str:
        """Where it ran, for a person."""
        return f"worker {self.worker} of {self.workers} on host {self.node}"

    def as_dict(self) -> dict[str, Any]:
        """Return the columns by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Row:
        """Return the row of JSON or Arrow values."""
        known = dict(values)
        known["left"], known["made"] = dict(known["left"]), dict(known["made"])
        if known["inputs"] is not None:
            known["inputs"] = tuple(known["inputs"])
        return cls(**known)


def new_run(folder: Path) -> str:
    """Return the name of a new run: its start [UTC, µs], after all runs the ledger knows of."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    latest = max(known_runs(folder), default="")
    # A clock that went back must not let an older run's rows count as the last ones.
    return stamp if stamp > latest else f"{latest[:9]}{int(latest[9:]) + 1:012d}"


def known_runs(folder: Path) -> set[str]:
    """Return the runs that have a part or a record in the ledger; merged runs keep their record."""
    names = [path.name for kind in ("part", "run") for path in folder.glob(f"{kind}-*.json*")]
    return {name.split("-")[1].split(".")[0] for name in names}


def part_path(folder: Path, run: str, worker: int) -> Path:
    """Return the file a worker appends to."""
    return folder / f"part-{run}-{worker}.jsonl"


class PartWriter:
    """Appends rows to one worker's part, one write a row, so that a kill breaks at most the last line."""

    def __init__(self, folder: Path, run: str, worker: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._handle = os.open(part_path(folder, run, worker), flags, 0o644)

    def append(self, row: Row) -> None:
        """Write a row; it survives a kill of the process from here on."""
        line = json.dumps(row.as_dict(), separators=(",", ":")) + "\n"
        rest = line.encode()
        while rest:
            rest = rest[os.write(self._handle, rest) :]

    def close(self) -> None:
        """Flush to disk and close."""
        os.fsync(self._handle)
        os.close(self._handle)


def read_ledger(folder: str | Path) -> list[Row]:
    """Return all rows of a ledger, live or finished, sorted by run, task and attempt.

    Raises
    ------
    InputError
        `ledger.parquet` is no ledger, or a line that is not a part's last one is broken.
    """
    folder = Path(folder)
    # Parts first: one that is merged and removed meanwhile is found in the merged file afterwards.
    rows = {row.key: row for path in sorted(folder.glob("part-*.jsonl")) for row in _part_rows(path)}
    rows |= {row.key: row for row in _merged_rows(folder / MERGED)}
    return [rows[key] for key in sorted(rows)]


def last_rows(rows: Iterable[Row]) -> dict[str, Row]:
    """Return each task's last row; `rows` sorted as `read_ledger` gives them."""
    return {row.task: row for row in rows}


def merge(folder: Path, finished: Callable[[str], bool]) -> Path:
    """Merge the parts of all finished runs into `ledger.parquet` and remove them.

    Parameters
    ----------
    folder
        The ledger.
    finished
        Whether a run has ended, so that nobody appends to its parts any more.
    """
    parts = [path for path in sorted(folder.glob("part-*.jsonl")) if finished(path.name.split("-")[1])]
    target = folder / MERGED
    rows = {row.key: row for row in _merged_rows(target)}
    rows |= {row.key: row for path in parts for row in _part_rows(path)}
    schema = LEDGER.schema()
    table = pa.Table.from_pylist([_arrow(rows[key]) for key in sorted(rows)], schema=schema)
    with complete_file(target) as part:
        pq.write_table(table, part, compression="zstd")
    for path in parts:
        path.unlink(missing_ok=True)
    return target


class Tail:
    """Follows the parts of one run: each call gives the rows that were completed since the one before."""

    def __init__(self, folder: Path, run: str, workers: int) -> None:
        self._paths = [part_path(folder, run, worker) for worker in range(1, workers + 1)]
        self._read = [0] * workers

    def new_rows(self) -> list[Row]:
        """Return rows not given before."""
        rows: list[Row] = []
        for index, path in enumerate(self._paths):
            try:
                with path.open("rb") as handle:
                    handle.seek(self._read[index])
                    complete, _, _ = handle.read().rpartition(b"\n")
            except FileNotFoundError:
                continue
            if complete:
                self._read[index] += len(complete) + 1
                rows += [Row.from_dict(json.loads(line)) for line in complete.split(b"\n")]
        return rows


def _part_rows(path: Path) -> list[Row]:
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    rows: list[Row] = []
    # What follows the last line end is empty, or half a line.
    for number, line in enumerate(lines[:-1], start=1):
        try:
            rows.append(Row.from_dict(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            remedy = "delete the line; its task is run again"
            raise InputError(f"{path}:{number}", "not a ledger row", remedy) from error
    return rows


def _merged_rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    try:
        table = pq.read_table(path, partitioning=None)
    except pa.ArrowException as error:
        remedy = "delete the file; the stage is then run anew"
        raise InputError(path, f"not a Parquet file ({error})", remedy) from error
    LEDGER.check(table.schema, path)
    return [Row.from_dict(values) for values in table.to_pylist()]


def _arrow(row: Row) -> dict[str, Any]:
    values = row.as_dict()
    return values | {"left": list(row.left.items()), "made": list(row.made.items())}
