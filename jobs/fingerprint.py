"""The fingerprint of a task: whether its inputs and settings are still those of its last run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data_schemas.task import Task

Facts = tuple[int, int]
"""Size [byte] and modification time [ns] of a file; (-1, -1) where it cannot be seen."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Digest over inputs, output path and settings, and the size of the inputs [byte]."""

    digest: str
    bytes_in: int


def file_facts(path: str) -> Facts:
    """Return size and modification time of a file, whose change makes a task stale."""
    try:
        found = Path(path).stat()
    except OSError:  # missing or not allowed: the worker that opens it says which
        return -1, -1
    return found.st_size, found.st_mtime_ns


def fingerprint(task: Task, facts: Callable[[str], Facts] = file_facts) -> Fingerprint:
    """Return the fingerprint of a task as its inputs are now.

    Parameters
    ----------
    task
        The task.
    facts
        Size and time of a path; a cache where tasks share inputs.
    """
    digest = hashlib.blake2b(digest_size=16)
    total = 0
    for path in task.inputs:
        size, time_ns = facts(path)
        total += max(size, 0)
        digest.update(f"{path}\0{size}\0{time_ns}\n".encode("utf-8", "surrogateescape"))
    digest.update(f"{task.output}\0{task.settings}".encode("utf-8", "surrogateescape"))
    return Fingerprint(digest.hexdigest(), total)
