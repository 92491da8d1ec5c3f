"""The task list of stage 2."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from data_schemas.errors import InputError
from data_schemas.task import Task
from tracks.archive.hours import ArchivedLeaf, OrganizedHour
from tracks.leaves import LEAF_FILES, overlaps

_FIX = (
    "keep the archive's leaves: trackmill registry leaves --archive DIR --out FILE, "
    "registry: {leaves: {fixed: FILE}}, and organize the new hours again"
)


def archive_tasks(organized: Path, archive: Path, settings_digest: str) -> list[Task]:
    """Return one task a leaf that any organized hour holds: its id is the leaf's path.

    The inputs of a task are the organized files that hold the leaf, and those whose hour the archived leaf
    holds although they no longer do (the register moved an aircraft): so a task whose inputs are as they were
    has nothing to do. The cost is the number of rows in the inputs.

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
    if not organized.is_dir():
        raise InputError(organized, "no such folder of organized hours", "run trackmill organize first")
    files = sorted(organized.glob("[!.]*.parquet"))
    if not files:
        raise InputError(organized, "no organized hours in this folder", "run trackmill organize first")
    hours = {hour.hour: hour for hour in map(OrganizedHour.open, files)}
    holders: dict[str, set[str]] = {}
    for name, hour in hours.items():
        for leaf in hour.leaves:
            holders.setdefault(leaf, set()).add(name)
    lasting = set(holders)
    for file in archive.glob(LEAF_FILES):
        leaf = file.relative_to(archive).with_suffix("").as_posix()
        archived = set(ArchivedLeaf.open(file).hours)
        held = archived & set(hours)
        if held - holders.get(leaf, set()):
            holders.setdefault(leaf, set()).update(held)
        if archived - held:
            lasting.add(leaf)
    for one, other in overlaps(lasting):
        problem = f"leaves {one} and {other} overlap: the register or the settings of leaves have changed"
        raise InputError(
            archive, f"{problem}, and not all archived hours are on disk to be sorted anew", _FIX
        )
    return [
        _task(leaf, [hours[name] for name in sorted(holders[leaf])], archive, settings_digest)
        for leaf in sorted(holders)
    ]


def _task(leaf: str, hours: list[OrganizedHour], archive: Path, settings_digest: str) -> Task:
    rows = sum(hour.leaves.get(leaf, 0) for hour in hours)
    inputs = tuple(str(hour.path) for hour in hours)
    return Task(leaf, inputs, str(archive / f"{leaf}.parquet"), float(rows), settings_digest)


def remove_empty(leaves: Iterable[Path]) -> None:
    """Remove leaves that no hour holds any more: they would fill the folders of a hierarchy cut anew."""
    for leaf in leaves:
        if not ArchivedLeaf.open(leaf).hours:
            leaf.unlink(missing_ok=True)
