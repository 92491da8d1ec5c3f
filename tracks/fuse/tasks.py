"""The task list of fused passes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from data_schemas.task import Task
from tracks.archive import leaves_and_tasks, span
from tracks.fuse.files import FusedFolder
from tracks.leaves import LEAF_FILES
from tracks.process.task import process_tasks


def passes_from_process(
    archive: Path, folder: FusedFolder, settings_digest: str, *, write_tracks: bool
) -> list[Task]:
    """Return one task a leaf: its id is the leaf's path, its output the leaf's counts of models.

    Where another file of a leaf is missing, its counts of models are removed, so that the task is done again.

    Parameters
    ----------
    archive
        Folder of stage 2.
    folder
        Folder written.
    settings_digest
        Digest of everything else that decides what is written.
    write_tracks
        Whether the 1 Hz tracks are.

    Raises
    ------
    InputError
        As `process_tasks` has it.
    """
    tasks = process_tasks(archive, folder.train, settings_digest)
    for task in tasks:
        _do_again_unless_complete(task, [task.id], folder, write_tracks=write_tracks)
    return tasks


def passes_from_archive(
    organized: Path,
    archive: Path,
    folder: FusedFolder,
    digests: tuple[str, str],
    *,
    write_tracks: bool,
) -> list[Task]:
    """Return the tasks of stage 2, each with the counts of models of its last leaf as output.

    Leaves of which no hour is on disk have tasks as `passes_from_process` gives them. The other arguments are
    as there.

    Parameters
    ----------
    organized
        Folder of organized hours.
    digests
        Digests of everything else that decides what is written: all of it, and the archived leaves.

    Raises
    ------
    InputError
        As `archive_tasks` has it.
    """
    tasks: list[Task] = []
    merged: set[str] = set()
    for leaves, merge in leaves_and_tasks(organized, archive, digests[1]):
        merged.update(leaves)
        task = replace(merge, output=str(folder.counts_of(leaves[-1])), settings=digests[0])
        if merge.settings != digests[1] or not Path(merge.output).exists():  # an archived leaf is lost
            Path(task.output).unlink(missing_ok=True)
        _do_again_unless_complete(task, leaves, folder, write_tracks=write_tracks)
        tasks.append(task)
    if any(archive.glob(LEAF_FILES)):
        alone = passes_from_process(archive, folder, digests[0], write_tracks=write_tracks)
        tasks += [task for task in alone if task.id not in merged]
    return tasks


def merge_of(task: Task, archive: Path, archive_digest: str) -> Task | None:
    """Return the task of stage 2 that a pass begins with; None if it begins with an archived leaf."""
    if task.inputs == (str(archive / f"{task.id}.parquet"),):
        return None
    return Task(task.id, task.inputs, str(archive / f"{span(task)[1]}.parquet"), settings=archive_digest)


def _do_again_unless_complete(
    task: Task, leaves: Iterable[str], folder: FusedFolder, *, write_tracks: bool
) -> None:
    """Remove the output of a task where another file of its leaves is missing."""
    if not all(folder.complete(leaf, write_tracks=write_tracks) for leaf in leaves):
        Path(task.output).unlink(missing_ok=True)
