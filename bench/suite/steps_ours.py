"""Steps of this project: what the figures are about.

What one step alone needs it imports itself, so that a step that cannot run fails alone.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.suite import stages
from bench.suite.given import Did, Given, Work, step
from data_schemas.task import Task
from tracks.archive import archive_tasks
from tracks.leaves import LEAF_FILES

_LITTLE_BYTES = 512 << 20
"""Room for some 160,000 rows."""


def bytes_in(folder: Path) -> int:
    """Return the size of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _stage(name: str, given: Given, source: str, **sections: dict[str, Any]) -> Work:
    place, before = given.place, bytes_in(given.place / "raw")
    run = stages.planned(name, place, place / source, given.out, given.memory_bytes, **sections)

    def work() -> Did:
        done = run()
        return Did(done.rows, dict(done.made) | {"raw_bytes": before, "bytes_out": bytes_in(given.out)})

    return work


@step
def organize_csv(given: Given) -> Work:
    """Plain CSV to sorted Parquet."""
    return _stage("organize", given, "raw")


@step
def organize_tar(given: Given) -> Work:
    """The same of a gzip file within tar, as published."""
    return _stage("organize", given, "tar")


@step
def organize_cold(given: Given) -> Work:
    """Plain CSV that is not in the page cache."""
    hours = sorted((given.place / "raw").iterdir())
    warm = organize_csv(given)
    os.sync()  # what is not yet on disk stays in the cache

    def work() -> Did:
        for hour in hours:
            with hour.open("rb") as opened:
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return warm()

    return work


@step
def archive(given: Given) -> Work:
    """Organized hours to leaves."""
    return _stage("archive", given, "organized")


@step
def archive_windows(given: Given) -> Work:
    """The same in so little memory that only some rows of each hour are there at once."""
    return archive(replace(given, memory_bytes=_LITTLE_BYTES))


@step
def merge_hours(given: Given) -> Work:
    """One task of stage 2: some neighbouring leaves of many hours."""
    return _merge("archive", given)


@step
def merge_hours_fused(given: Given) -> Work:
    """The same in one pass with stages 3 to 5; tracks are not written."""
    return _merge("fuse", given, fuse={"from_stage": "archive", "write_tracks": False})


def _merge(name: str, given: Given, **sections: dict[str, Any]) -> Work:
    hours = sorted(map(str, (given.place / "organized").iterdir()))
    first, last = (given.place / "span").read_text(encoding="utf-8").split()
    task = Task(f"{first} to {last}", tuple(hours), str(given.out / f"{last}.parquet"))
    worker = stages.worker_of(name, given.place, given.out, given.memory_bytes, **sections)
    worker(replace(task, inputs=task.inputs[:2]))  # what it keeps from one task to the next is there

    def work() -> Did:
        done = worker(task)
        return Did(done.rows, {"seconds": done.made["process: made: seconds"]})

    return work


@step
def list_hours(given: Given) -> Work:
    """The task list of stage 2, over all leaves of many hours."""
    organized = given.place / "organized"
    hours = len(list(organized.iterdir()))

    def work() -> Did:
        archive_tasks(organized, given.out, "")
        return Did(hours, {})

    return work


@step
def kernels(given: Given) -> Work:
    """Observations in memory to seconds in memory, before enrichment, as a task of stage 3 has them made."""
    from tracks.enrich import Enrichment
    from tracks.process.leaf_file import read_observations
    from tracks.process.leaf_tracks import clean_pieces

    (leaf,) = (given.place / "archive").glob(LEAF_FILES)
    kind = leaf.relative_to(given.place / "archive").parts[1]
    pieces, settings = list(read_observations(leaf)), stages.dataset()
    rows, enrichment = sum(piece.time_s.size for piece in pieces), Enrichment.load(settings.enrich)

    def work() -> Did:
        cleaned = clean_pieces(pieces, settings.process, enrichment, kind)
        seconds = sum(track.second_s.size for _, clean in cleaned for track in clean.tracks())
        return Did(rows, {"seconds": seconds})

    return work


@step
def process(given: Given) -> Work:
    """A leaf to its enriched tracks: read, clean, enrich, write."""
    return _stage("process", given, "archive")


@step
def statistics(given: Given) -> Work:
    """Tracks to seconds by layer."""
    return _stage("statistics", given, "tracks")


@step
def train(given: Given) -> Work:
    """Tracks, from Parquet, to counts of models."""
    return _stage("train", given, "tracks")


@step
def fused(given: Given) -> Work:
    """Archived leaves to statistics and counts of models in one pass; tracks are not written."""
    return _fused(given, "archive", "process")


@step
def fused_with_archive(given: Given) -> Work:
    """Organized hours to the archive, statistics and counts of models in one pass."""
    return _fused(given, "organized", "archive")


def _fused(given: Given, source: str, first: str) -> Work:
    run = _stage("fuse", given, source, fuse={"from_stage": first, "write_tracks": False})

    def work() -> Did:
        did = run()
        return Did(did.rows, dict(did.made) | {"seconds": did.made["process: made: seconds"]})

    return work


@step
def train_counts(given: Given) -> Work:
    """Columns of tracks in memory to counts of models."""
    from tracks.models.leaf import needed
    from tracks.models.parts import TrainCounter
    from tracks.track_rows import read_rows

    settings = stages.dataset()
    models, mode = settings.train.models, settings.process.altitude_mode
    files = sorted((given.place / "tracks").rglob("*.parquet"))
    pieces = [rows for path in files for rows in read_rows(path, needed(models, mode))]

    def work() -> Did:
        counter = TrainCounter(models, mode)
        for rows in pieces:
            counter.add(rows)
        return Did(sum(len(rows) for rows in pieces), {})

    return work


@step
def raw_to_tracks(given: Given) -> Work:
    """Organize, archive and process, one after the other."""
    return _chain(given, ("organize", "archive", "process"))


@step
def raw_to_archive(given: Given) -> Work:
    """Organize and archive, one after the other."""
    return _chain(given, ("organize", "archive"))


def _chain(given: Given, names: tuple[str, ...]) -> Work:
    folders = [given.place / "raw", *(given.out / name for name in names)]
    steps = [
        stages.unplanned(name, given.place, source, out, given.memory_bytes)
        for name, source, out in zip(names, folders[:-1], folders[1:], strict=True)
    ]

    def work() -> Did:
        done = [run() for run in steps]
        files = sum(1 for path in folders[-1].rglob("*") if path.is_file())
        return Did(done[0].rows, dict(done[-1].made) | {"files": files, "bytes_out": bytes_in(folders[-1])})

    return work


@step
def read_archive(given: Given) -> Work:
    """Archived leaves to arrays, aircraft by aircraft."""
    from tracks.process.leaf_file import read_observations

    leaves = sorted((given.place / "archive").glob(LEAF_FILES))
    return lambda: Did(sum(rows.time_s.size for leaf in leaves for rows in read_observations(leaf)), {})


@step
def nothing(given: Given) -> Work:
    """What a process holds before its first row: libraries, kernels, register and enrichment."""
    for name, source in (("organize", "raw"), ("archive", "organized"), ("process", "archive")):
        stages.planned(name, given.place, given.place / source, given.out, given.memory_bytes)
    return lambda: Did(0, {})


@step
def count_alone(_given: Given) -> Work:
    """Work within a core's registers: what two processes can reach at most on this machine."""
    numbers = np.arange(1 << 12, dtype=np.uint64)

    def work() -> Did:
        for _ in range(400_000):
            np.multiply(numbers, numbers, out=numbers)
        return Did(numbers.size, {})

    return work


@step
def copy_memory(_given: Given) -> Work:
    """Copies of arrays larger than any cache: what two processes can reach where memory is the limit."""
    source = np.ones(1 << 25)
    target = np.empty_like(source)

    def work() -> Did:
        for _ in range(40):
            np.copyto(target, source)
        return Did(source.size, {})

    return work
