"""What a rerun has to do: tasks that are missing, failed or stale, and outputs that no task makes any more.

A ledger of millions of rows is read in batches, and a few numbers are kept of each task, so that memory stays
small.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from data_schemas.errors import InputError
from data_schemas.task import Task
from jobs.attempt import Totals
from jobs.deaths import DEATH_COLUMNS, Deaths, count_deaths
from jobs.fingerprint import Facts, file_facts, fingerprint
from jobs.ledger import Status, batches, printable
from jobs.tasklist import TaskList

_COLUMNS = ("task", "run", "attempt", "status", "fingerprint", "bytes_out")
_SUMMED = ("rows_in", "rows_out", "bytes_in", "bytes_out", "seconds", "left", "made")


@dataclass(frozen=True, slots=True)
class Resume:
    """A task list split by what the ledger says.

    Attributes
    ----------
    todo
        Indices of the tasks to run, in the order of the list.
    finished
        Number of tasks that need not run.
    totals
        Sums over them.
    orphans
        Outputs of tasks that are no longer in the list and that nothing has replaced since.
    deaths
        Runs that tasks to run may have ended, by index.
    """

    todo: array[int]
    finished: int
    totals: Totals
    orphans: list[Path]
    deaths: dict[int, Deaths]


@dataclass(slots=True)
class _Last:
    """The last row of each task that the ledger knows.

    Attributes
    ----------
    attempts
        Run and attempt of the row, by the position of the task in the list.
    rows
        Number of the row in the ledger as it is read, -1 where there is none or the task is not done.
    digests
        Hash of the fingerprint of a done task (8 bytes a task; the text would take 80).
    sizes
        Size of the output [byte].
    others
        Number of the row and size of the output, -1 where it is not done, of tasks that are not in the list.
    """

    attempts: list[tuple[str, int] | None]
    rows: array[int]
    digests: array[int]
    sizes: array[int]
    others: dict[str, tuple[int, int]] = field(default_factory=dict)


def resume(tasks: TaskList, ledger: str | Path) -> Resume:
    """Split a task list into what must run and what is finished.

    A task is finished if its last row is done, its output has the size written then, and its inputs (path,
    size, modification time), settings and output path are those of that row.

    Parameters
    ----------
    tasks
        The task list, ids and outputs unique.
    ledger
        Folder of the ledger.

    Raises
    ------
    InputError
        Two tasks share an id or an output, or the ledger cannot be read.
    """
    last = _last_rows(batches(ledger, _COLUMNS), _positions(tasks), len(tasks))
    facts = lru_cache(1 << 16)(file_facts)  # tasks that share inputs stand near each other
    deaths = count_deaths(batches(ledger, DEATH_COLUMNS))
    todo, finished_rows = array("q"), array("q")
    died: dict[int, Deaths] = {}
    if not any(last.attempts):
        todo.extend(range(len(tasks)))  # nothing is known of any
    for index, task in enumerate(tasks if not todo else ()):
        if last.rows[index] >= 0 and _is_finished(task, last.digests[index], last.sizes[index], facts):
            finished_rows.append(last.rows[index])
            continue
        todo.append(index)
        if deaths:
            known = deaths.get((printable(task.id), fingerprint(task, facts).digest))
            if known is not None:
                died[index] = known
    orphans = _orphans(tasks, ledger, last)
    return Resume(todo, len(finished_rows), _totals(batches(ledger, _SUMMED), finished_rows), orphans, died)


def remove_orphans(ledger: str | Path, tasks: Iterable[Task]) -> list[Path]:
    """Remove the outputs of tasks that are no longer in the list, and return their paths.

    Only files this ledger recorded as an output, of the size it recorded, are removed; nothing else in the
    folders is touched, and folders stay.
    """
    packed = TaskList.pack(tasks)
    last = _last_rows(batches(ledger, _COLUMNS), _positions(packed), len(packed))
    orphans = _orphans(packed, ledger, last)
    for path in orphans:
        path.unlink(missing_ok=True)
    return orphans


def _positions(tasks: TaskList) -> dict[str, int]:
    """Return the position of each id; `InputError` if ids or outputs are not unique."""
    positions: dict[str, int] = {}
    outputs = array("q")  # hashes take a tenth of the memory of the paths
    for index, (name, output) in enumerate(tasks.names()):
        positions[printable(name)] = index
        if output:
            outputs.append(hash(output))
    if len(positions) < len(tasks):
        _refuse_twins("id", (name for name, _ in tasks.names()))
    if len(set(outputs)) < len(outputs):
        _refuse_twins("output", (output for _, output in tasks.names() if output))
    return positions


def _refuse_twins(what: str, names: Iterator[str]) -> None:
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise InputError("task list", f"{count} tasks have the {what} '{name}', expected one", "")


def _last_rows(tables: Iterable[pa.Table], positions: dict[str, int], tasks: int) -> _Last:
    unknown = array("q", [-1])
    last = _Last([None] * tasks, unknown * tasks, unknown * tasks, unknown * tasks)
    others: dict[str, tuple[str, int]] = {}
    keys: dict[tuple[str, int], tuple[str, int]] = {}  # a million rows are of few runs and attempts
    start = 0
    for table in tables:
        rows = zip(*(table[name].to_pylist() for name in _COLUMNS), strict=True)
        for number, (task, run, attempt, status, digest, size) in enumerate(rows, start):
            index = positions.get(task, -1)
            before = others.get(task) if index < 0 else last.attempts[index]
            key = keys.setdefault((run, attempt), (run, attempt))
            if before is not None and before >= key:
                continue
            done = status == Status.DONE
            if index < 0:
                others[task] = key
                last.others[task] = number, size if done else -1
            else:
                last.attempts[index] = key
                last.rows[index] = number if done else -1
                last.digests[index] = hash(digest)
                last.sizes[index] = size
        start += len(table)
    return last


def _is_finished(task: Task, digest: int, size: int, facts: Callable[[str], Facts]) -> bool:
    if task.output and file_facts(task.output)[0] != size:
        return False
    return hash(fingerprint(task, facts).digest) == digest


def _orphans(tasks: TaskList, ledger: str | Path, last: _Last) -> list[Path]:
    """Return the outputs of done tasks that are in the ledger and not in the list."""
    numbers = {number: size for number, size in last.others.values() if size >= 0}
    if not numbers:
        return []
    outputs = {output for _, output in tasks.names()}
    found, start = [], 0
    for table in batches(ledger, ["output"]):
        mine = [n for n in range(start, start + len(table)) if n in numbers]
        for number in mine:
            path = table["output"][number - start].as_py()
            if path and path not in outputs and file_facts(path)[0] == numbers[number]:
                found.append(Path(path))
        start += len(table)
    return sorted(found)


def _totals(tables: Iterable[pa.Table], numbers: array[int]) -> Totals:
    """Return the sums over rows of the ledger given by their numbers."""
    totals = Totals()
    wanted = pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])
    start = 0
    for table in tables:
        mask = pc.is_in(pa.array(range(start, start + len(table)), pa.int64()), wanted)
        start += len(table)
        add_rows(totals, table.filter(mask))
    return totals


def add_rows(totals: Totals, done: pa.Table) -> None:
    """Add rows of the ledger, of tasks that are done, to sums."""
    if not len(done):
        return
    totals.tasks += len(done)
    for name in ("rows_in", "rows_out", "bytes_in", "bytes_out"):
        setattr(totals, name, getattr(totals, name) + pc.sum(done[name]).as_py())
    totals.busy_seconds += pc.sum(done["seconds"]).as_py()
    for name, counter in (("left", totals.left), ("made", totals.made)):
        counter.update(_tally(done[name]))


def _tally(maps: pa.ChunkedArray) -> dict[str, int]:
    """Return the sums of counts by name over all maps of a column."""
    pairs = pa.table(
        {
            "name": pa.chunked_array([_entries(chunk).field(0) for chunk in maps.chunks], pa.string()),
            "count": pa.chunked_array([_entries(chunk).field(1) for chunk in maps.chunks], pa.int64()),
        }
    )
    sums = pairs.group_by("name").aggregate([("count", "sum")])
    return dict(zip(sums["name"].to_pylist(), sums["count_sum"].to_pylist(), strict=True))


def _entries(maps: pa.Array) -> pa.Array:
    return maps.cast(pa.list_(pa.struct([("key", pa.string()), ("value", pa.int64())]))).flatten()
