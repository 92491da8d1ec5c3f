"""What a rerun has to do: tasks that are missing or stale, and outputs that no task makes any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from data_schemas.errors import InputError
from data_schemas.task import Task
from jobs.fingerprint import file_facts, fingerprint
from jobs.ledger import Row, last_rows, read_ledger


@dataclass(frozen=True, slots=True)
class Resume:
    """A task list split by what the ledger says.

    Attributes
    ----------
    todo
        Tasks to run, in the order of the list.
    finished
        The last rows of the tasks that need not run.
    orphans
        Outputs of tasks that are no longer in the list and that nothing has replaced since.
    """

    todo: list[Task]
    finished: list[Row]
    orphans: list[Path]


def resume(tasks: Sequence[Task], rows: Iterable[Row]) -> Resume:
    """Split a task list into what must run and what is finished.

    A task is finished if its last row is done, its output has the size written then, and its inputs (path,
    size, modification time), settings and output path are those of that row.

    Parameters
    ----------
    tasks
        The task list, ids and outputs unique.
    rows
        The ledger, sorted as `read_ledger` gives it.

    Raises
    ------
    InputError
        Two tasks share an id or an output.
    """
    _check_unique(tasks)
    last = last_rows(rows)
    facts = cache(file_facts)
    todo: list[Task] = []
    finished: list[Row] = []
    for task in tasks:
        row = last.get(task.id)
        if (
            row is not None
            and row.done
            and row.output == task.output
            and file_facts(task.output)[0] == row.bytes_out
            and fingerprint(task, facts).digest == row.fingerprint
        ):
            finished.append(row)
        else:
            todo.append(task)
    return Resume(todo, finished, _orphans(tasks, last))


def remove_orphans(ledger: str | Path, tasks: Sequence[Task]) -> list[Path]:
    """Remove the outputs of tasks that are no longer in the list, and return their paths.

    Only files this ledger recorded as an output, of the size it recorded, are removed; nothing else in the
    folders is touched, and folders stay.
    """
    orphans = _orphans(tasks, last_rows(read_ledger(ledger)))
    for path in orphans:
        path.unlink(missing_ok=True)
    return orphans


def _orphans(tasks: Sequence[Task], last: Mapping[str, Row]) -> list[Path]:
    ids = {task.id for task in tasks}
    outputs = {task.output for task in tasks}
    return sorted(
        Path(row.output)
        for name, row in last.items()
        if name not in ids
        and row.done
        and row.output not in outputs
        and file_facts(row.output)[0] == row.bytes_out
    )


def _check_unique(tasks: Sequence[Task]) -> None:
    for what, names in (("id", (t.id for t in tasks)), ("output", (t.output for t in tasks))):
        name, count = next(iter(Counter(names).most_common(1)), ("", 1))
        if count > 1:
            raise InputError("task list", f"{count} tasks have the {what} '{name}', expected one", "")
