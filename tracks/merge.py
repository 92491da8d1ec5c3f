"""Sorted stretches of files merged some rows at a time, so that memory stays bounded whatever their size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numba
import numpy as np

from data_schemas.errors import InputError
from tracks.observation_files import Ranked, Ranks, leaf_ranks, read_rows
from tracks.observations import Index, Observations

_BASE_BYTES: Final = 450 << 20
"""What a process holds before any row: Python, polars, Arrow, compiled kernels, two years' leaves."""

_ROW_BYTES: Final = 400
"""What a row held takes: 105 bytes as read, as much again in order, once more in a row group, its keys, and
what the allocators keep. Measured: 290 to 350."""

_LEAST_ROWS: Final = 100_000
"""Rows held at once in however little memory."""

_LEAST_WINDOW: Final = 1024
"""Rows read at once of one file: fewer would cost more to find than to read."""

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
    sources: Sequence[Sequence[Stretch]], ranks: Mapping[str, int], rows_at_once: int
) -> Iterator[Ranked]:
    """Yield the rows of all sources in pieces, each piece behind the one before, unsorted within itself.

    Rows of one leaf, address and time are all in one piece, those of the first source first.

    Parameters
    ----------
    sources
        Each in the order of (leaf, icao24, time_s) from stretch to stretch.
    ranks
        Place of each leaf in the order of leaves.
    rows_at_once
        About how many rows are held at most; more only where more share leaf, address and time.
    """
    total = sum(int(stretch.rows.sum()) for source in sources for stretch in source)
    cursors = [_Cursor(source, ranks, rows_at_once / max(total, 1)) for source in sources]
    while True:
        for cursor in cursors:
            cursor.fill()
        cursors = [cursor for cursor in cursors if cursor.left]
        if not cursors:
            return
        bounds = [cursor.last for cursor in cursors if cursor.more]
        pieces = [cursor.take_before(min(bounds)) if bounds else cursor.take_all() for cursor in cursors]
        pieces = [piece for piece in pieces if len(piece[0])]
        yield Observations.concat([rows for rows, _ in pieces]), np.concatenate([rank for _, rank in pieces])


class _Cursor:
    """The rows of one source that are in memory, and where to go on reading."""

    def __init__(self, stretches: Sequence[Stretch], ranks: Mapping[str, int], share: float) -> None:
        self._ranks = ranks
        self._stretches = list(stretches)
        self._next, self._skip = 0, 0
        rows = sum(int(stretch.rows.sum()) for stretch in stretches)
        self._window = max(int(rows * share), _LEAST_WINDOW)
        self._set(Observations.none(), np.empty(0, np.int32))

    def _set(self, rows: Observations, ranks: Ranks) -> None:
        self._rows, self._rank, self._at = rows, ranks, 0
        self._who = ranks.astype(np.uint64) << np.uint64(24) | rows.rows["icao24"].to_numpy()
        self._time_s = rows.rows["time_s"].to_numpy()

    @property
    def left(self) -> int:
        """Rows in memory."""
        return len(self._who) - self._at

    @property
    def more(self) -> bool:
        """Whether there are rows still to be read."""
        return self._next < len(self._stretches)

    @property
    def last(self) -> tuple[int, float]:
        """Key of the last row in memory."""
        return int(self._who[-1]), float(self._time_s[-1])

    def fill(self) -> None:
        """Read on where no row in memory has a key below that of the last one."""
        while self.more and (not self.left or self._key(self._at) == self.last):
            rest = self._rows[self._at :], self._rank[self._at :]
            read = [rest] if len(rest[0]) else []
            wanted = self._window
            while self.more and wanted > 0:
                read.append(self._read(wanted))
                wanted -= len(read[-1][0])
            self._set(
                Observations.concat([rows for rows, _ in read]), np.concatenate([rank for _, rank in read])
            )

    def take_before(self, key: tuple[int, float]) -> Ranked:
        """Give the rows with a key below this one."""
        return self._take(_first_from(self._who, self._time_s, self._at, np.uint64(key[0]), key[1]))

    def take_all(self) -> Ranked:
        """Give all rows in memory."""
        return self._take(len(self._who))

    def _take(self, stop: int) -> Ranked:
        start, self._at = self._at, stop
        return self._rows[start:stop], self._rank[start:stop]

    def _key(self, row: int) -> tuple[int, float]:
        return int(self._who[row]), float(self._time_s[row])

    def _read(self, wanted: int) -> Ranked:
        """Read up to so many rows of the present stretch."""
        stretch = self._stretches[self._next]
        ends = np.cumsum(stretch.rows)
        start, stop = self._skip, min(self._skip + wanted, int(ends[-1]))
        rows, leaf = read_rows(stretch.path, stretch.start + start, stop - start)
        listed = np.array([self._ranks[path] for path in stretch.leaves], np.int32)
        inside = np.clip(ends, start, stop)
        ranks = np.repeat(listed, inside - np.append(start, inside[:-1]))
        good = np.zeros(len(ranks), np.bool_)
        good[: len(rows)] = True if leaf is None else leaf_ranks(leaf, self._ranks) == ranks[: len(rows)]
        if not good.all():
            wrong = int(np.searchsorted(ends, start + int(np.argmin(good)), side="right"))
            problem = f"does not hold the {stretch.rows[wrong]} rows of {stretch.leaves[wrong]} that it lists"
            raise InputError(stretch.path, problem, "make it anew")
        self._skip = stop
        if stop == ends[-1]:
            self._next, self._skip = self._next + 1, 0
        return rows, ranks


@numba.njit(cache=True)
def _first_from(who, time_s, start, least_who, least_time_s):  # type: ignore[no-untyped-def]
    """Return the first row from `start` on whose key is not below (least_who, least_time_s)."""
    low, high = start, who.size
    while low < high:
        middle = (low + high) // 2
        if who[middle] < least_who or (who[middle] == least_who and time_s[middle] < least_time_s):
            low = middle + 1
        else:
            high = middle
    return low
