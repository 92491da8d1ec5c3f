"""Rows laid aside, in memory or where that has no room in a file, and taken up again in any order."""

from __future__ import annotations

import itertools
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from data_schemas.files import scratch_file
from data_schemas.tables.observations import ARCHIVED
from tracks.observation_files import Ranked, Ranks
from tracks.observations import Index, Observations

Keys = npt.NDArray[np.complex128]
"""Real parts: leaf and address in one number; imaginary parts: the time [s]. NumPy sorts by the one, then by
the other."""

_CODED: Final[dict[str, Any]] = {"icao24": np.uint32, "callsign": np.int32}
_COLUMNS: Final = {
    f.name: np.dtype(_CODED.get(f.name) or f.type.to_pandas_dtype()) for f in ARCHIVED.schema()
}
_LAID: Final[dict[str, np.dtype[Any]]] = {
    "rank": np.dtype(np.int32),
    "missing": np.dtype(np.uint16),
    **_COLUMNS,
}
"""Of a row the rank of its leaf, a bit for each column that has no value, and the columns."""

_SIZES: Final = [kind.itemsize for kind in _LAID.values()]
_ROW_BYTES: Final = sum(_SIZES)
_BEFORE: Final = dict(zip(_LAID, itertools.accumulate(_SIZES, initial=0), strict=False))
"""Bytes of a row before each column."""

Transfer = Callable[[int, list[memoryview], int], int]


def keys(ranks: Ranks, icao24: npt.NDArray[np.uint32], time_s: npt.NDArray[np.float64]) -> Keys:
    """Return the keys of rows, exact for ranks of leaves below 2^29."""
    found = np.empty(len(ranks), np.complex128)
    found.real, found.imag = ranks * float(1 << 24) + icao24, time_s
    return found


class Shelf:
    """Rows, some 100 bytes each, counted from 0. See `shelf`.

    In the file, rows put together lie together, one column after the other.
    """

    def __init__(self, room: int, file: int | None) -> None:
        self._columns = {name: np.empty(room, kind) for name, kind in _LAID.items()}
        self._file = file
        self._starts = [0]
        self._codes: dict[str, int] = {}

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self._starts[-1]

    def put(self, rows: Observations, ranks: Ranks) -> None:
        """Lay rows behind those that are there."""
        here = slice(self.rows, self.rows + len(ranks))
        self._starts.append(here.stop)
        for name, values in self._arrays(rows, ranks).items():
            if self._file is None:
                self._columns[name][here] = values
            else:
                self._transfer(os.pwritev, name, values, here)

    def _arrays(self, rows: Observations, ranks: Ranks) -> dict[str, npt.NDArray[Any]]:
        """Return what is laid aside of rows."""
        found: dict[str, Any] = {"rank": ranks, "missing": np.zeros(len(ranks), np.uint16)}
        for bit, series in enumerate(rows.rows.iter_columns()):
            values = series.to_arrow()
            if values.null_count:
                absent = values.is_null().to_numpy(zero_copy_only=False)
                found["missing"] |= absent.astype(np.uint16) << np.uint16(bit)
                values = values.fill_null(0)
            found[series.name] = values.to_numpy(zero_copy_only=False)
        codes = [self._codes.setdefault(name, len(self._codes)) for name in rows.callsigns.to_pylist()]
        found["callsign"] = np.array([*codes, 0], np.int32)[found["callsign"]]
        return found

    def bring(self, start: Index, rows: Index) -> Index:
        """Bring rows that were put together into memory, instead of those before.

        Parameters
        ----------
        start, rows
            Where stretches of rows start, and how many each has.

        Returns
        -------
        Index
            Where each stretch is now, for `take`.
        """
        if self._file is None:
            return start
        order = np.argsort(start)
        begins, ends = start[order], (start + rows)[order]
        places = np.empty_like(start)
        places[order] = np.cumsum(ends - begins) - (ends - begins)
        apart = (begins[1:] != ends[:-1]) | np.isin(begins[1:], self._starts)
        heads, tails = begins[np.append(True, apart)], ends[np.append(apart, True)]
        if (total := int(rows.sum())) > len(self._columns["rank"]):
            self._columns = {name: np.empty(total, kind) for name, kind in _LAID.items()}
        place = 0
        for head, tail in zip(heads.tolist(), tails.tolist(), strict=True):
            for name, column in self._columns.items():
                self._transfer(os.preadv, name, column[place : place + tail - head], slice(head, tail))
            place += tail - head
        return places

    def take(self, index: Index) -> Ranked:
        """Return rows of those in memory; all rows must have been put."""
        found = {name: np.take(column, index) for name, column in self._columns.items()}
        texts, of_code = self._callsigns
        found["callsign"] = of_code[found["callsign"]]
        missing = found["missing"]
        some = int(np.bitwise_or.reduce(missing, initial=0))
        series = []
        for bit, name in enumerate(_COLUMNS):
            absent = missing & np.uint16(1 << bit) != 0 if some >> bit & 1 else None
            values = found[name] if absent is None else pa.array(found[name], mask=absent)
            series.append(pl.Series(name, values))
        return Observations(pl.DataFrame(series), texts), found["rank"]

    def keys(self, start: int, rows: int) -> Keys:
        """Return the keys of rows that were put together."""
        found = [np.empty(rows, _LAID[name]) for name in ("rank", "icao24", "time_s")]
        for name, values in zip(("rank", "icao24", "time_s"), found, strict=True):
            self._transfer(os.preadv, name, values, slice(start, start + rows))
        return keys(*found)

    @cached_property
    def _callsigns(self) -> tuple[pa.StringArray, npt.NDArray[np.int32]]:
        """All call signs, sorted, and the place of each code among them; the last one is of missing ones."""
        texts = sorted(self._codes)
        place = {text: at for at, text in enumerate(texts)}
        return pa.array(texts, pa.string()), np.array([*(place[text] for text in self._codes), 0], np.int32)

    def _transfer(self, call: Transfer, name: str, values: npt.NDArray[Any], rows: slice) -> None:
        """Write or read a column of rows that were put together."""
        assert self._file is not None
        at = bisect_right(self._starts, rows.start)
        start, stop = self._starts[at - 1 : at + 1]
        kind = _LAID[name]
        offset = start * _ROW_BYTES + (stop - start) * _BEFORE[name] + (rows.start - start) * kind.itemsize
        rest = values.view(np.uint8).data
        while rest:
            done = call(self._file, [rest], offset)
            rest, offset = rest[done:], offset + done


@contextmanager
def shelf(rows: int, room: int, beside: Path) -> Iterator[Shelf]:
    """Lay rows aside.

    Parameters
    ----------
    rows
        How many there will be.
    room
        How many may be in memory. If there will be more, they lie in a hidden file until the end.
    beside
        A file, in whose folder the hidden one lies.
    """
    if rows <= room:
        yield Shelf(rows, None)
        return
    with scratch_file(beside) as path, path.open("w+b", buffering=0) as file:
        yield Shelf(room, file.fileno())
