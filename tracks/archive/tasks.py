"""The task list of stage 2."""

from __future__ import annotations

from pathlib import Path

from data_schemas.errors import InputError
from data_schemas.task import Task
from tracks.archive.hours import ArchivedLeaf, OrganizedHour

_LEAF_FILES = "[0-9]*/*/*/[!.]*.parquet"
"""Leaf files below the archive: year, aircraft type, seats bin, address range."""


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
        The folder is missing or holds no organized hour, or a file in either folder is not what it should be.
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
    for file in archive.glob(_LEAF_FILES):
        leaf = file.relative_to(archive).with_suffix("").as_posix()
        held = set(ArchivedLeaf.open(file).hours) & set(hours)
        if held - holders.get(leaf, set()):
            holders.setdefault(leaf, set()).update(held)
    return [
        _task(leaf, [hours[name] for name in sorted(holders[leaf])], archive, settings_digest)
        for leaf in sorted(holders)
    ]


def _task(leaf: str, hours: list[OrganizedHour], archive: Path, settings_digest: str) -> Task:
    rows = sum(hour.leaves.get(leaf, 0) for hour in hours)
    inputs = tuple(str(hour.path) for hour in hours)
    return Task(leaf, inputs, str(archive / f"{leaf}.parquet"), float(rows), settings_digest)
