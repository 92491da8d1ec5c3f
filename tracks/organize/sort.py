"""Rows of an hour brought into the order they are stored in: in memory, or by way of sorted files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_schemas.errors import InputError
from data_schemas.files import scratch_file
from data_schemas.tables.observations import ORGANIZED
from tracks.merge import Stretch, merged
from tracks.observation_files import Ranks, write_group, writer
from tracks.observations import Index, runs
from tracks.records import ADDRESS_SHIFT, BITS, WORDS, Records, Words
from tracks.row_order import settle, sort_order, stable_order

_FIRST_YEAR: Final = 1970
_YEARS_S: Final = np.arange("1970", "2970", dtype="M8[Y]").astype("M8[s]").astype(np.float64)
"""When the years begin that times may lie in, POSIX seconds: no more than a folder of the hierarchy holds."""

_ADDRESS_BITS: Final = np.uint64(24)

Keys = npt.NDArray[np.uint64]
"""For each row its UTC year and, in the lower 24 bits, its address: what decides its leaf."""

Grouped = tuple[Records, Ranks]
"""A row group: sorted rows, and for each the rank of its leaf. Overwritten when the next one is asked for."""


_SPARE: Final[list[tuple[Words, Keys]]] = []
"""Arrays of the last sorter of the process, if no other uses them."""


class Leaves(Protocol):
    """What stage 1 asks of `tracks.leaves.LeafIndex`."""

    paths: list[str]

    def leaf_codes(
        self, icao24: npt.NDArray[np.uint32], year: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.int32]:
        """Return for each aircraft and year the position of its leaf in `paths`."""


class HourSorter:
    """Sorts the rows of one hour by (leaf, icao24, time_s, then all other columns); repeated rows leave.

    Rows are brought in order of their aircraft as they come, while they are in the cache, so that later rows
    of an aircraft are moved some together. They are kept until they are more than memory has room for; then
    they are sorted and written to a hidden file beside the output, and all such files are merged in the end.
    Which of both happens does not show in the rows.

    Parameters
    ----------
    output
        The file that is to hold the rows: files of sorted runs lie beside it until `files` is closed.
    source
        The raw file, for what is said of it.
    leaves
        Which leaf an aircraft belongs to.
    rows_at_once, group_rows
        Most rows held, and rows of a row group.
    files
        What is to be closed when the rows have been taken: it removes the files of sorted runs.
    """

    def __init__(
        self,
        output: Path,
        source: Path,
        leaves: Leaves,
        rows_at_once: int,
        group_rows: int,
        files: ExitStack,
    ) -> None:
        self._output, self._source, self._leaves, self._files = output, source, leaves, files
        self._most, self._group_rows = rows_at_once, group_rows
        self._words, self._keys = _room(rows_at_once)
        files.callback(self._keep_room)
        self._rows = 0
        self._names: dict[int, str] = {}
        self._spilled: list[Stretch] = []
        self.repeats = 0

    def add(self, records: Records, kept: Index) -> None:
        """Take in some of the records, by their positions, in the order of the file."""
        end = self._rows + len(kept)
        if self._rows and end > self._most:
            self._spill()
            end = len(kept)
        if end > len(self._words):  # a block alone, since no fewer than `rows_at_once` find room
            self._words, self._keys = _room(end)
        years = _years(records.numbers("time_s")[kept], self._source)
        keys = years << _ADDRESS_BITS | records.words[kept, BITS] >> np.uint64(ADDRESS_SHIFT)
        order = stable_order(keys)
        self._keys[self._rows : end] = keys[order]
        np.take(records.words, kept[order], axis=0, out=self._words[self._rows : end], mode="clip")
        self._names |= records.names
        self._rows = end

    def result(self) -> tuple[list[str], Iterator[Grouped]]:
        """Return the leaves, sorted, and the rows, whose leaves are positions in this list.

        `repeats` counts the rows that left when the last group has been taken.
        """
        if not self._spilled:
            return self._sorted()
        if self._rows:
            self._spill()
        paths = sorted({path for run in self._spilled for path in run.leaves})
        ranks = {path: rank for rank, path in enumerate(paths)}
        return paths, _grouped(self._merged(ranks), self._group_rows)

    def _keep_room(self) -> None:
        """Leave the arrays to the next sorter: new pages take longer to get than what they hold to sort."""
        _SPARE[:] = [(self._words, self._keys)]

    def _sorted(self) -> tuple[list[str], Iterator[Grouped]]:
        """Return what is held in order; the next rows may be added when all has been taken."""
        records = Records(self._words[: self._rows], self._names)
        keys = self._keys[: self._rows]
        paths, order, ranks = _by_leaf(keys, self._leaves)
        repeats = settle(order, keys, records.numbers("time_s"), lambda rows: records[rows].frame())
        if repeats.any():
            self.repeats += int(repeats.sum())
            order, ranks = order[~repeats], ranks[~repeats]
        self._rows = 0
        return paths, _grouped([(records, order, ranks)], self._group_rows)

    def _spill(self) -> None:
        path = self._files.enter_context(scratch_file(self._output))
        paths, groups = self._sorted()
        texts = pa.array(paths, pa.string())
        rows_of = np.zeros(len(paths), np.int64)
        with writer(path, ORGANIZED) as target:
            for records, ranks in groups:
                write_group(target, records.table(target.schema, ranks, texts))
                rows_of += np.bincount(ranks, minlength=len(paths))
        self._spilled.append(Stretch(path, 0, paths, rows_of))

    def _merged(self, ranks: dict[str, int]) -> Iterator[tuple[Records, Index, Ranks]]:
        for rows, rank in merged([[run] for run in self._spilled], ranks, self._most, self._output):
            order, repeats = sort_order(rows.rows, rank)
            self.repeats += int(repeats.sum())
            order = order[~repeats]
            yield Records.of(rows.texts()), order, rank[order]


def _room(rows: int) -> tuple[Words, Keys]:
    """Return arrays for rows and their keys, spare ones if they do; what is not filled takes no memory."""
    if _SPARE and len(_SPARE[0][0]) >= rows:
        return _SPARE.pop()
    return np.empty((rows, WORDS), np.uint64), np.empty(rows, np.uint64)


def _grouped(pieces: Iterable[tuple[Records, Index, Ranks]], size: int) -> Iterator[Grouped]:
    """Yield rows, their order and their ranks as row groups of one size, however the pieces are cut."""
    words, ranks = np.empty((size, WORDS), np.uint64), np.empty(size, np.int32)
    names: dict[int, str] = {}
    filled = 0
    for records, order, rank in pieces:
        names |= records.names
        begin = 0
        while begin < len(order):
            end = min(begin + size - filled, len(order))
            here = slice(filled, filled + end - begin)
            np.take(records.words, order[begin:end], axis=0, out=words[here], mode="clip")
            ranks[here] = rank[begin:end]
            begin, filled = end, here.stop
            if filled == size:
                yield Records(words, names), ranks
                filled = 0
    if filled:
        yield Records(words[:filled], names), ranks[:filled]


def _by_leaf(keys: Keys, leaves: Leaves) -> tuple[list[str], Index, Ranks]:
    """Return the leaf paths in order, the order of rows by (leaf, key), and the rank of each row's leaf then.

    Rows of one key, of which there are many in a row, are moved about together.
    """
    starts = runs(keys)
    first, lengths = starts[:-1], np.diff(starts)
    by_key = np.argsort(keys[first], kind="stable")
    distinct, occurs = np.unique(keys[first], return_counts=True)
    icao24 = (distinct & np.uint64((1 << 24) - 1)).astype(np.uint32)
    codes = leaves.leaf_codes(icao24, (distinct >> _ADDRESS_BITS).astype(np.int16))
    present, leaf = np.unique(codes, return_inverse=True)
    paths = [leaves.paths[code] for code in present.tolist()]
    by_path = sorted(range(len(paths)), key=paths.__getitem__)
    rank = np.empty(len(paths), np.int32)
    rank[by_path] = np.arange(len(paths), dtype=np.int32)
    rank_of_run = np.repeat(rank[leaf], occurs)
    by_leaf = np.argsort(rank_of_run, kind="stable")
    run = by_key[by_leaf]
    lengths = lengths[run]
    ends = np.cumsum(lengths)
    order = np.arange(len(keys)) + np.repeat(first[run] - (ends - lengths), lengths)
    return [paths[at] for at in by_path], order, np.repeat(rank_of_run[by_leaf], lengths)


def _years(time_s: npt.NDArray[np.float64], source: Path) -> Keys:
    """Return the UTC year of each time, or that of all."""
    if not len(time_s):
        return np.empty(0, np.uint64)
    low, high = float(time_s.min()), float(time_s.max())
    if low < _YEARS_S[0] or high >= _YEARS_S[-1]:
        wrong = low if low < _YEARS_S[0] else high
        raise InputError(
            source, f"time {wrong:.0f} is not in POSIX seconds", "convert times to seconds since 1970"
        )
    first, last = np.searchsorted(_YEARS_S, [low, high], side="right")
    years = last if first == last else np.searchsorted(_YEARS_S, time_s, side="right")
    return np.asarray(years, np.uint64) + np.uint64(_FIRST_YEAR - 1)
