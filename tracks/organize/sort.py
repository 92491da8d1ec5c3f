"""Rows of an hour brought into the order they are stored in: in memory, or by way of sorted files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_schemas.errors import InputError
from data_schemas.files import scratch_file
from data_schemas.tables.observations import ORGANIZED
from tracks.merge import Stretch, merged
from tracks.observation_files import Ranked, Ranks, write_group, writer
from tracks.observations import GATHERED_AT_ONCE, Index, Observations, runs
from tracks.row_order import sort_order

_YEARS = range(1970, 2970)
"""Years that times may lie in: no more than a folder of the hierarchy holds."""

_RUN_LEVEL: Final = 1
"""zstd level of sorted runs, which are read once and removed."""


class Leaves(Protocol):
    """What stage 1 asks of `tracks.leaves.LeafIndex`."""

    paths: list[str]

    def leaf_codes(
        self, icao24: npt.NDArray[np.uint32], year: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.int32]:
        """Return for each aircraft and year the position of its leaf in `paths`."""


class HourSorter:
    """Sorts the rows of one hour by (leaf, icao24, time_s, then all other columns); repeated rows leave.

    Rows are kept until they are more than memory has room for; then they are sorted and written to a hidden
    file beside the output, and all such files are merged in the end. Which of both happens does not show in
    the rows.

    Parameters
    ----------
    output
        The file that is to hold the rows: files of sorted runs lie beside it until `files` is closed.
    source
        The raw file, for what is said of it.
    leaves
        Which leaf an aircraft belongs to.
    rows_at_once
        Most rows held.
    files
        What closes the files of sorted runs, that is, removes them.
    """

    def __init__(
        self, output: Path, source: Path, leaves: Leaves, rows_at_once: int, files: ExitStack
    ) -> None:
        self._output, self._source, self._leaves, self._files = output, source, leaves, files
        self._most = rows_at_once
        self._parts: list[Observations] = []
        self._rows = 0
        self._spilled: list[Stretch] = []
        self.repeats = 0

    def add(self, rows: Observations) -> None:
        """Take rows in, in the order of the file."""
        if self._rows and self._rows + len(rows) > self._most:
            self._spill()
        self._parts.append(rows)
        self._rows += len(rows)

    def result(self) -> tuple[list[str], Iterator[Ranked]]:
        """Return the leaves, sorted, and the rows, whose leaves are positions in this list.

        `repeats` counts the rows that left when the last piece has been taken.
        """
        if not self._spilled:
            rows = self._sorted()
            return rows.paths, rows.pieces()
        if self._rows:
            self._spill()
        paths = sorted({path for run in self._spilled for path in run.leaves})
        return paths, self._merged({path: rank for rank, path in enumerate(paths)})

    def _sorted(self) -> _Sorted:
        parts, self._parts, self._rows = self._parts, [], 0
        rows = Observations.concat(parts) if parts else Observations.none()
        parts.clear()
        order, repeats = sort_order(rows.rows)
        self.repeats += int(repeats.sum())
        return _by_leaf(rows, order[~repeats], self._leaves, self._source)

    def _spill(self) -> None:
        path = self._files.enter_context(scratch_file(self._output))
        rows = self._sorted()
        texts = pa.array(rows.paths, pa.string())
        with writer(path, ORGANIZED, _RUN_LEVEL) as target:
            for piece, ranks in rows.pieces():
                write_group(target, piece.table(target.schema, (ranks, texts)))
        self._spilled.append(Stretch(path, 0, rows.paths, np.diff(rows.starts)))

    def _merged(self, ranks: dict[str, int]) -> Iterator[Ranked]:
        for rows, rank in merged([[run] for run in self._spilled], ranks, self._most, self._output):
            order, repeats = sort_order(rows.rows, rank)
            self.repeats += int(repeats.sum())
            yield from _gathered(rows, order[~repeats], rank[order[~repeats]])


@dataclass(frozen=True)
class _Sorted:
    """Rows, the order they are stored in, the leaf paths in order, where each begins and the last ends."""

    rows: Observations
    order: Index
    paths: list[str]
    starts: Index

    def pieces(self) -> Iterator[Ranked]:
        """Yield the rows in order."""
        ranks = np.repeat(np.arange(len(self.paths), dtype=np.int32), np.diff(self.starts))
        return _gathered(self.rows, self.order, ranks)


def _gathered(rows: Observations, order: Index, ranks: Ranks) -> Iterator[Ranked]:
    """Yield rows in an order; ranks are in that order already."""
    for start in range(0, len(order), GATHERED_AT_ONCE):
        here = slice(start, start + GATHERED_AT_ONCE)
        yield rows.take(order[here]), ranks[here]


def _by_leaf(rows: Observations, order: Index, leaves: Leaves, source: Path) -> _Sorted:
    """Order rows sorted by (icao24, time_s) by leaf path first.

    An aircraft's leaf depends on its year only, so leaves are looked up, and moved about, for runs of rows
    of one aircraft and year instead of for every row.
    """
    icao24 = rows.rows["icao24"].to_numpy()[order]
    year = _years(rows.rows["time_s"].to_numpy(), source)[order]
    starts = runs(icao24, year)
    codes = leaves.leaf_codes(icao24[starts[:-1]], year[starts[:-1]])
    distinct, leaf_of_run = np.unique(codes, return_inverse=True)
    paths = [leaves.paths[code] for code in distinct.tolist()]
    by_path = sorted(range(len(paths)), key=paths.__getitem__)
    rank = np.empty(len(paths), np.int64)
    rank[by_path] = np.arange(len(paths))
    leaf_of_run = rank[leaf_of_run]
    run_order = np.argsort(leaf_of_run, kind="stable")
    lengths = np.diff(starts)[run_order]
    ends = np.cumsum(lengths)
    positions = np.arange(len(order)) + np.repeat(starts[:-1][run_order] - (ends - lengths), lengths)
    rows_of_leaf = np.bincount(leaf_of_run, weights=np.diff(starts), minlength=len(paths)).astype(np.int64)
    leaf_starts = np.concatenate([[0], np.cumsum(rows_of_leaf)]).astype(np.int64)
    return _Sorted(rows, order[positions], [paths[i] for i in by_path], leaf_starts)


def _years(time_s: npt.NDArray[np.float64], source: Path) -> npt.NDArray[np.int16]:
    """Return the UTC year of each time."""
    if not len(time_s):
        return np.empty(0, np.int16)
    starts = [dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp() for year in _YEARS]
    low, high = float(time_s.min()), float(time_s.max())
    if low < starts[0] or high >= starts[-1]:
        wrong = low if low < starts[0] else high
        raise InputError(
            source, f"time {wrong:.0f} is not in POSIX seconds", "convert times to seconds since 1970"
        )
    first, last = np.searchsorted(starts, [low, high], side="right")
    if first == last:
        return np.full(len(time_s), _YEARS[first - 1], np.int16)
    return (np.searchsorted(starts, time_s, side="right") + (_YEARS.start - 1)).astype(np.int16)
