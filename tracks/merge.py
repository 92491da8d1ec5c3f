"""Sorted stretches of files merged some rows at a time, so that memory stays bounded whatever their size."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from data_schemas.errors import InputError
from tracks.observation_files import Ranked, joined, leaf_ranks, read_rows
from tracks.observations import Index
from tracks.shelf import Keys, Shelf, keys, shelf

_BASE_BYTES: Final = 576 << 20
"""What a process holds before any row: Python, polars, Arrow, compiled kernels, two years' leaves."""

_ROW_BYTES: Final = 620
"""What a row held takes: 105 bytes as read, as much again in order, once more in a row group, its keys, and
what the allocators keep for the next rows. Measured: 540."""

_LEAST_ROWS: Final = 100_000
"""Rows held at once in however little memory."""

_READ_AT_ONCE: Final = 1 << 17
"""Rows read at once of one file, beside which the cost of finding them is small."""

_SAMPLED: Final = 64
"""One key of so many is kept, from which the pieces are cut."""

DEFAULT_MEMORY_BYTES: Final = 2 << 30


def rows_within(memory_bytes: int) -> int:
    """Return how many rows a process may hold at once within its memory."""
    return max((memory_bytes - _BASE_BYTES) // _ROW_BYTES, _LEAST_ROWS)


@dataclass(frozen=True)
class Stretch:
    """Consecutive rows of a file, leaf after leaf, sorted within each.

    Attributes
    ----------
    path
        The file, organized or archived.
    start
        Position of the first row in the file.
    leaves
        Paths of the leaves, sorted.
    rows
        Number of rows of each leaf, shape (leaves,).
    """

    path: Path
    start: int
    leaves: Sequence[str]
    rows: Index


def merged(
    sources: Sequence[Sequence[Stretch]], ranks: Mapping[str, int], rows_at_once: int, beside: Path
) -> Iterator[Ranked]:
    """Yield the rows of all sources in pieces, each piece behind the one before, unsorted within itself.

    Rows of one leaf, address and time are all in one piece, those of the first source first. Where not all
    rows fit in memory, each source is read once, its rows are laid into a file, and the pieces are put
    together from there: finding some rows of a Parquet file takes as long as reading ten thousand, and of
    thousands of hours a piece has a thousand rows each.

    Parameters
    ----------
    sources
        Each in the order of (leaf, icao24, time_s) from stretch to stretch.
    ranks
        Place of each leaf in the order of leaves, below 2^29.
    rows_at_once
        About how many rows are held at most; more only where more share leaf, address and time.
    beside
        A file beside which the rows lie until all are taken, some 100 bytes each.
    """
    read = (_chunks(source, ranks) for source in sources)
    if sum(int(stretch.rows.sum()) for source in sources for stretch in source) <= rows_at_once:
        pieces = list(itertools.chain.from_iterable(read))
        if pieces:
            yield joined(pieces)
        return
    with shelf(beside) as laid:
        runs = [_Run.put(laid, chunks) for chunks in read]
        samples = np.sort(np.concatenate([run.samples for run in runs]))
        bounds = np.unique(samples[:: max(rows_at_once // _SAMPLED, 1)])[1:]
        starts = [0] * len(runs)
        for bound in (*bounds, None):
            stops = [run.before(bound, laid) for run in runs]
            wanted = [
                slice(run.start + start, run.start + stop)
                for run, start, stop in zip(runs, starts, stops, strict=True)
            ]
            yield laid.take(wanted)
            starts = stops


@dataclass(frozen=True)
class _Run:
    """The rows of a source on the shelf: where they begin, how many, and the key of every so manieth."""

    start: int
    rows: int
    samples: Keys

    @staticmethod
    def put(laid: Shelf, chunks: Iterable[Ranked]) -> _Run:
        """Lay the rows of a source on the shelf."""
        start, samples = laid.rows, [np.empty(0, np.complex128)]
        for rows, ranks in chunks:
            some = slice(-(laid.rows - start) % _SAMPLED, None, _SAMPLED)
            icao24, time_s = (rows.rows[name].to_numpy()[some] for name in ("icao24", "time_s"))
            samples.append(keys(ranks[some], icao24, time_s))
            laid.put(rows, ranks)
        return _Run(start, laid.rows - start, np.concatenate(samples))

    def before(self, bound: np.complex128 | None, laid: Shelf) -> int:
        """Return how many rows have keys below a bound; None: all."""
        if bound is None:
            return self.rows
        last = int(np.searchsorted(self.samples, bound)) * _SAMPLED
        first = max(last - _SAMPLED, 0)
        between = laid.keys(slice(self.start + first, self.start + min(last, self.rows)))
        return first + int(np.searchsorted(between, bound))


def _chunks(stretches: Iterable[Stretch], ranks: Mapping[str, int]) -> Iterator[Ranked]:
    for stretch in stretches:
        rows = int(stretch.rows.sum())
        for start in range(0, rows, _READ_AT_ONCE):
            yield _read(stretch, ranks, start, min(start + _READ_AT_ONCE, rows))


def _read(stretch: Stretch, ranks: Mapping[str, int], start: int, stop: int) -> Ranked:
    """Read some rows of a stretch."""
    rows, leaf = read_rows(stretch.path, stretch.start + start, stop - start)
    listed = np.array([ranks[path] for path in stretch.leaves], np.int32)
    ends = np.cumsum(stretch.rows)
    inside = np.clip(ends, start, stop)
    found = np.repeat(listed, inside - np.append(start, inside[:-1]))
    good = np.zeros(len(found), np.bool_)
    good[: len(rows)] = True if leaf is None else leaf_ranks(leaf, ranks) == found[: len(rows)]
    if not good.all():
        wrong = int(np.searchsorted(ends, start + int(np.argmin(good)), side="right"))
        problem = f"does not hold the {stretch.rows[wrong]} rows of {stretch.leaves[wrong]} that it lists"
        raise InputError(stretch.path, problem, "make it anew")
    return rows, found
