"""The task list of stage 2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from data_schemas.errors import InputError
from data_schemas.task import Task
from tracks.archive.hours import ArchivedLeaf, OrganizedHour
from tracks.leaves import LEAF_FILES, overlaps

ROWS_OF_AN_HOUR: Final = 1 << 16
"""Rows that a task reads of an hour, as long as there are tasks enough: finding them takes as long as reading
some 10 000, and a leaf alone may have a few hundred."""

LEAST_TASKS: Final = 64
"""Leaves stay alone rather than make fewer tasks than this, unless a task has less than `TASK_ROWS`."""

TASK_ROWS: Final = 100_000
"""Rows of a task that are worth one, a tenth of a second."""

_FIX = (
    "keep the archive's leaves: trackmill registry leaves --archive DIR --out FILE, "
    "registry: {leaves: {fixed: FILE}}, and organize the new hours again"
)


def archive_tasks(organized: Path, archive: Path, settings_digest: str) -> list[Task]:
    """Return the tasks that bring every leaf up to date, each for one leaf or some that follow each other.

    A task is for all leaves that any organized hour holds from its first to its last, in the order of their
    paths; its id is the path of the one leaf, or `<first> to <last>`, and its output the file of the last
    one, which is written last. Leaves are put together so that enough is read of an hour at once.

    The inputs of a task are the organized files that hold its leaves, and those whose hour an archived leaf
    holds although they no longer do (the register moved an aircraft): so a task whose inputs are as they were
    has nothing to do, unless a file of its other leaves is gone. The cost is the number of rows in the
    inputs.

    Parameters
    ----------
    organized
        Folder of organized hours.
    archive
        Folder of the archive, empty, missing, or with the leaves of earlier runs.
    settings_digest
        Digest of everything else that decides the output (the section `archive`).

    Raises
    ------
    InputError
        The folder is missing or holds no organized hour, or a file in either folder is not what it should
        be; or an hour holds a leaf that overlaps another one of the archive, whose hours cannot be had any
        more: an aircraft would lie in both.
    """
    return [task for _, task in leaves_and_tasks(organized, archive, settings_digest)]


def leaves_and_tasks(
    organized: Path, archive: Path, settings_digest: str
) -> Iterator[tuple[list[str], Task]]:
    """Yield the tasks of `archive_tasks`, with the leaves of each."""
    if not organized.is_dir():
        raise InputError(organized, "no such folder of organized hours", "run trackmill organize first")
    files = sorted(organized.glob("[!.]*.parquet"))
    if not files:
        raise InputError(organized, "no organized hours in this folder", "run trackmill organize first")
    holders, rows = _holders(files)
    lasting = set(holders)
    for file in archive.glob(LEAF_FILES):
        leaf = file.relative_to(archive).with_suffix("").as_posix()
        archived = set(ArchivedLeaf.open(file).hours)
        held = {at for at, path in enumerate(files) if path.stem in archived}
        if held.difference(holders.get(leaf, ())):
            holders[leaf] = sorted(held.union(holders.get(leaf, ())))
        if len(archived) > len(held):
            lasting.add(leaf)
    for one, other in overlaps(lasting):
        problem = f"leaves {one} and {other} overlap: the register or the settings of leaves have changed"
        raise InputError(
            archive, f"{problem}, and not all archived hours are on disk to be sorted anew", _FIX
        )
    least = min(ROWS_OF_AN_HOUR * len(files), max(sum(rows.values()) // LEAST_TASKS, TASK_ROWS))
    for leaves in _together(rows, sorted(holders), least):
        inputs = tuple(str(files[at]) for at in sorted({at for leaf in leaves for at in holders[leaf]}))
        *others, output = (archive / f"{leaf}.parquet" for leaf in leaves)
        lost = output.exists() and not all(file.exists() for file in others)
        yield (
            leaves,
            Task(
                leaves[0] if not others else f"{leaves[0]}{_TO}{leaves[-1]}",
                inputs,
                str(output),
                float(sum(rows.get(leaf, 0) for leaf in leaves)),
                f"{settings_digest}{_LOST if lost else ''}",
            ),
        )


_TO = " to "
_LOST = ", files lost"


def span(task: Task) -> tuple[str, str]:
    """Return the first and the last leaf of a task."""
    first, _, last = task.id.partition(_TO)
    return first, last or first


def settings_of(task: Task) -> str:
    """Return the digest of the settings that a task's files are written with."""
    return task.settings.removesuffix(_LOST)


def _holders(files: list[Path]) -> tuple[dict[str, list[int]], dict[str, int]]:
    """Return for each leaf the positions of the files that hold it, and its rows in them."""
    holders: dict[str, list[int]] = {}
    rows: dict[str, int] = {}
    for at, file in enumerate(files):
        for leaf, held in OrganizedHour.open(file).holdings.items():
            holders.setdefault(leaf, []).append(at)
            rows[leaf] = rows.get(leaf, 0) + held.rows
    return holders, rows


def _together(rows: Mapping[str, int], leaves: list[str], least: int) -> Iterator[list[str]]:
    """Put leaves together that follow each other, until they have `least` rows; one without rows is alone."""
    some: list[str] = []
    total = 0
    for leaf in leaves:
        if leaf not in rows:
            yield [leaf]
            continue
        some.append(leaf)
        total += rows[leaf]
        if total >= least:
            yield some
            some, total = [], 0
    if some:
        yield some


def remove_empty(leaves: Iterable[Path]) -> None:
    """Remove leaves that no hour holds any more: they would fill the folders of a hierarchy cut anew."""
    for leaf in leaves:
        if not ArchivedLeaf.open(leaf).hours:
            leaf.unlink(missing_ok=True)
