"""Steps of this project: what the figures are about.

What one step alone needs it imports itself, so that a step that cannot run fails alone.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.suite import stages
from bench.suite.given import Did, Given, Work, step
from tracks.leaves import LEAF_FILES


def bytes_in(folder: Path) -> int:
    """Return the size of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _did(done: stages.Done, given: Given) -> Did:
    return Did(done.rows, dict(done.made) | {"bytes_out": bytes_in(given.out)})


@step
def organize_csv(given: Given) -> Work:
    """Plain CSV to sorted Parquet."""
    raw = given.place / "raw"
    stages.leaf_index(given.place)
    return lambda: _did(stages.organize(given.place, raw, given.out, given.memory_bytes), given)


@step
def organize_tar(given: Given) -> Work:
    """The same of a gzip file within tar, as published."""
    packed = given.place / "tar"
    stages.leaf_index(given.place)
    return lambda: _did(stages.organize(given.place, packed, given.out, given.memory_bytes), given)


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
    organized, raw_bytes = given.place / "organized", bytes_in(given.place / "raw")

    def work() -> Did:
        did = _did(stages.archive(organized, given.out, given.memory_bytes), given)
        return Did(did.rows, dict(did.made) | {"raw_bytes": raw_bytes})

    return work


@step
def kernels(given: Given) -> Work:
    """Observations in memory to seconds in memory, before enrichment."""
    from tracks.process.leaf import clean_leaf
    from tracks.process.leaf_file import read_observations

    (leaf,) = (given.place / "archive").glob(LEAF_FILES)
    kind = leaf.relative_to(given.place / "archive").parts[1]
    pieces = list(read_observations(leaf))

    def work() -> Did:
        rows = seconds = 0
        for piece in pieces:
            clean = clean_leaf(piece, stages.PROCESS, kind)
            rows += piece.time_s.size
            seconds += sum(track.second_s.size for track in clean.tracks())
        return Did(rows, {"seconds": seconds})

    return work


@step
def process(given: Given) -> Work:
    """A leaf to its enriched tracks: read, clean, enrich, write."""
    archived = given.place / "archive"
    stages.enrichment()
    return lambda: _did(stages.process(archived, given.out, given.memory_bytes), given)


@step
def statistics(given: Given) -> Work:
    """Tracks to seconds by layer."""
    tracks = given.place / "tracks"
    stages.leaf_index(given.place)
    return lambda: _did(stages.statistics(given.place, tracks, given.out, given.memory_bytes), given)


@step
def train(given: Given) -> Work:
    """Tracks, from Parquet, to counts of models."""
    tracks = given.place / "tracks"
    return lambda: _did(stages.train(tracks, given.out, given.memory_bytes), given)


@step
def train_counts(given: Given) -> Work:
    """Columns of tracks in memory to counts of models."""
    from tracks.models.leaf import read_pieces
    from tracks.models.parts import TrainCounter

    mode = stages.PROCESS.altitude_mode
    files = sorted((given.place / "tracks").rglob("*.parquet"))
    pieces = [
        pa.Table.from_batches([rows]) for path in files for rows in read_pieces(path, stages.MODELS, mode)
    ]

    def work() -> Did:
        counter = TrainCounter(stages.MODELS, mode)
        for rows in pieces:
            counter.add(rows)
        return Did(sum(rows.num_rows for rows in pieces), {})

    return work


@step
def raw_to_tracks(given: Given) -> Work:
    """Organize, archive and process, one after the other."""
    stages.leaf_index(given.place)
    stages.enrichment()

    def work() -> Did:
        folders = [given.out / name for name in ("organized", "archive", "tracks")]
        organized = stages.organize(given.place, given.place / "raw", folders[0], given.memory_bytes)
        stages.archive(folders[0], folders[1], given.memory_bytes)
        made = stages.process(folders[1], folders[2], given.memory_bytes).made
        return Did(organized.rows, dict(made))

    return work


@step
def raw_to_archive(given: Given) -> Work:
    """Organize and archive, one after the other."""
    stages.leaf_index(given.place)

    def work() -> Did:
        organized = stages.organize(
            given.place, given.place / "raw", given.out / "organized", given.memory_bytes
        )
        stages.archive(given.out / "organized", given.out / "archive", given.memory_bytes)
        archived = given.out / "archive"
        files = sum(1 for path in archived.rglob("*") if path.is_file())
        return Did(organized.rows, {"files": files, "bytes_out": bytes_in(archived)})

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
    stages.leaf_index(given.place)
    stages.enrichment()
    return lambda: Did(0, Counter())


@step
def count_alone(_given: Given) -> Work:
    """Work within a core's registers: what two processes can reach at most on this machine."""
    numbers = np.arange(1 << 12, dtype=np.uint64)

    def work() -> Did:
        for _ in range(40_000):
            np.multiply(numbers, numbers, out=numbers)
        return Did(numbers.size, {})

    return work


@step
def copy_memory(_given: Given) -> Work:
    """Copies of arrays larger than any cache: what two processes can reach where memory is the limit."""
    source = np.ones(1 << 25)
    target = np.empty_like(source)

    def work() -> Did:
        for _ in range(10):
            np.copyto(target, source)
        return Did(source.size, {})

    return work
