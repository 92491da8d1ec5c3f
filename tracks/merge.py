"""Sorted stretches of files merged some rows at a time, so that memory stays bounded whatever their size."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from data_schemas.errors import InputError
from tracks.observation_files import Ranked, Ranks, read_rows
from tracks.observations import GATHERED_AT_ONCE, Index, Observations, runs
from tracks.shelf import Shelf, keys, shelf

_BASE_BYTES: Final = 576 << 20
"""What a process holds before any row: Python, polars, Arrow, compiled kernels, two years' leaves."""

_ROW_BYTES: Final = 620
"""What a row held takes: 105 bytes as read, as much again in order, once more in a row group, its keys, and
what the allocators keep for the next rows. Measured: 540."""

_LEAST_ROWS: Final = 100_000
"""Rows held at once in however little memory."""

_READ_AT_ONCE: Final = 1 << 17
"""Rows read at once of one file, beside which the cost of finding them is small."""

_RUN: Final = np.dtype([("first", complex), ("last", complex), ("start", np.int64), ("rows", np.int64)])
"""Sorted rows of an aircraft that lie together: first and last keys, where they start, their number."""

Runs = npt.NDArray[np.void]

_RUN_ROWS: Final = 1024
"""Most rows of a run: few, since of every source one may have to wait for what comes between its rows."""

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
    """Yield the rows of all sources in pieces, each piece behind the one before.

    Rows of one leaf, address and time are all in one piece. A piece is in order itself, unless sources have
    rows of an aircraft from the same time.

    Each source is read once, for finding some rows of a Parquet file takes as long as reading ten thousand,
    and its rows are laid aside. What an aircraft has in an hour mostly stays together in the order of all
    rows, so such runs of rows are put in order, not rows.

    Parameters
    ----------
    sources
        Each in the order of (leaf, icao24, time_s) from stretch to stretch.
    ranks
        Place of each leaf in the order of leaves, below 2^29.
    rows_at_once
        About how many rows are in memory at most; more only where more share leaf, address and time. Where
        all are more, they are laid into a file.
    beside
        A file beside which that one lies until all rows are taken, some 100 bytes a row.
    """
    stretches = [stretch for source in sources for stretch in source]
    with shelf(sum(int(stretch.rows.sum()) for stretch in stretches), rows_at_once, beside) as laid:
        found = [np.empty(0, _RUN)]
        for rows, rank in _chunks(stretches, ranks):
            found.append(_runs(rows, rank, laid.rows))
            laid.put(rows, rank)
        for window in _windows(np.concatenate(found), rows_at_once, laid):
            places = laid.bring(window["start"], window["rows"])
            for start, stop in itertools.pairwise(_cuts(window)):
                number = window["rows"][start:stop]
                ends = np.cumsum(number)
                yield laid.take(np.arange(ends[-1]) + np.repeat(places[start:stop] - ends + number, number))


def _runs(rows: Observations, ranks: Ranks, start: int) -> Runs:
    """Return the runs of sorted rows, the first of which is laid at `start`."""
    icao24, time_s = rows.rows["icao24"].to_numpy(), rows.rows["time_s"].to_numpy()
    bounds = runs(ranks, icao24, np.arange(len(ranks)) // _RUN_ROWS)
    found = np.empty(len(bounds) - 1, _RUN)
    for name, at in (("first", bounds[:-1]), ("last", bounds[1:] - 1)):
        found[name] = keys(ranks[at], icao24[at], time_s[at])
    found["start"], found["rows"] = start + bounds[:-1], np.diff(bounds)
    return found


def _windows(every: Runs, rows_at_once: int, laid: Shelf) -> Iterator[Runs]:
    """Yield runs whose rows are to be in memory together, in the order of their first rows.

    A run that goes on behind the first row of the next window is parted there.
    """
    every = _in_order(every)
    ends = np.cumsum(every["rows"])
    held, begin = every[:0], 0
    while begin < len(every):
        room = rows_at_once - held["rows"].sum() + (ends[begin - 1] if begin else 0)
        end = max(int(np.searchsorted(ends, room, side="right")), begin + 1)
        window = np.concatenate([held, every[begin:end]])
        if end < len(every):
            window, held = _parted(window, every["first"][end], laid)
        if len(window):
            yield _in_order(window)
        begin = end


def _parted(window: Runs, bound: np.complex128, laid: Shelf) -> tuple[Runs, Runs]:
    """Part runs in rows whose keys lie below a bound, and all others."""
    beyond = window["last"] >= bound
    below, above = window.copy(), window[beyond]
    for at, run in zip(np.flatnonzero(beyond), above, strict=True):
        found = laid.keys(int(run["start"]), int(run["rows"]))
        rows = np.searchsorted(found, bound)
        below["rows"][at], below["last"][at] = rows, found[rows - 1]
        run["first"], run["start"], run["rows"] = found[rows], run["start"] + rows, run["rows"] - rows
    return below[below["rows"] > 0], above


def _in_order(some: Runs) -> Runs:
    return some[np.argsort(some["first"], kind="stable")]


def _cuts(window: Runs) -> list[int]:
    """Return where to cut runs in order into pieces, and both ends: no run goes on behind a cut.

    Pieces have `GATHERED_AT_ONCE` rows or a few more, if that can be had.
    """
    can = np.flatnonzero(np.maximum.accumulate(window["last"])[:-1] < window["first"][1:]) + 1
    full = np.cumsum(window["rows"])[can - 1] // GATHERED_AT_ONCE
    return [0, *can[np.diff(full, prepend=0) > 0].tolist(), len(window)]


def _chunks(stretches: Iterable[Stretch], ranks: Mapping[str, int]) -> Iterator[Ranked]:
    for stretch in stretches:
        rows = int(stretch.rows.sum())
        for start in range(0, rows, _READ_AT_ONCE):
            yield _read(stretch, ranks, start, min(start + _READ_AT_ONCE, rows))


def _read(stretch: Stretch, ranks: Mapping[str, int], start: int, stop: int) -> Ranked:
    """Read some rows of a stretch."""
    rows, found = read_rows(stretch.path, stretch.start + start, stop - start)
    here = np.diff(np.clip(np.cumsum(stretch.rows), start, stop), prepend=start).tolist()
    listed = [(leaf, count) for leaf, count in zip(stretch.leaves, here, strict=True) if count]
    if found is None:  # an archived file is of one leaf
        found = [(stretch.leaves[0], len(rows))]
    if found != listed:
        leaf = next(one[0] for one, other in itertools.zip_longest(listed, found) if one != other)
        problem = f"does not hold the {stretch.rows[stretch.leaves.index(leaf)]} rows of {leaf} that it lists"
        raise InputError(stretch.path, problem, "make it anew")
    return rows, np.repeat(np.array([ranks[leaf] for leaf, _ in listed], np.int32), [n for _, n in listed])
