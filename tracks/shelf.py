"""Rows laid aside, in memory or where that has no room in a file, and taken up again in any order."""

from __future__ import annotations

import itertools
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
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
_LAID: Final[dict[str, np.dtype[Any]]] = {"rank": np.dtype(np.int32), **_COLUMNS}
"""Of a row its leaf's rank and the columns: a missing number is NaN, a missing call sign or squawk -1."""

_SIZES: Final = [kind.itemsize for kind in _LAID.values()]
_ROW_BYTES: Final = sum(_SIZES)
_BEFORE: Final = dict(zip(_LAID, itertools.accumulate(_SIZES, initial=0), strict=False))
"""Bytes of a row before each column."""


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
        start, stop = self.rows, self.rows + len(ranks)
        self._starts.append(stop)
        arrays = self._arrays(rows, ranks)
        if self._file is None:
            for name, column in self._columns.items():
                column[start:stop] = arrays[name]
        else:
            _transfer(os.pwritev, self._file, [arrays[name] for name in _LAID], start * _ROW_BYTES)

    def _arrays(self, rows: Observations, ranks: Ranks) -> dict[str, npt.NDArray[Any]]:
        """Return what is laid aside of rows."""
        found = {"rank": ranks}
        for series in rows.rows.iter_columns():
            if series.dtype.is_float():
                found[series.name] = series.to_numpy()
            else:
                values = series.to_arrow()
                values = values.fill_null(-1) if values.null_count else values
                found[series.name] = values.to_numpy(zero_copy_only=False)
        codes = [self._codes.setdefault(name, len(self._codes)) for name in rows.callsigns.to_pylist()]
        found["callsign"] = np.array([*codes, -1], np.int32)[found["callsign"]]
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
            self._read({n: c[place : place + tail - head] for n, c in self._columns.items()}, head)
            place += tail - head
        return places

    def take(self, index: Index) -> Ranked:
        """Return rows of those in memory; all rows must have been put."""
        found = {name: np.take(column, index) for name, column in self._columns.items()}
        texts, of_code = self._callsigns
        found["callsign"] = of_code[found["callsign"]]
        for name in ("callsign", "squawk"):
            found[name] = pa.array(found[name], mask=found[name] < 0)
        series = [pl.Series(name, found[name], nan_to_null=True) for name in _COLUMNS]
        return Observations(pl.DataFrame(series), texts), found["rank"]

    def keys(self, start: int, rows: int) -> Keys:
        """Return the keys of rows that were put together."""
        found = {name: np.empty(rows, _LAID[name]) for name in ("rank", "icao24", "time_s")}
        self._read(found, start)
        return keys(*found.values())

    @cached_property
    def _callsigns(self) -> tuple[pa.StringArray, npt.NDArray[np.int32]]:
        """All call signs, sorted, and the place of each code among them; last, -1 for missing ones."""
        texts = sorted(self._codes)
        place = {text: at for at, text in enumerate(texts)}
        return pa.array(texts, pa.string()), np.array([*(place[text] for text in self._codes), -1], np.int32)

    def _read(self, columns: Mapping[str, npt.NDArray[Any]], start: int) -> None:
        """Fill arrays with what rows that were put together have in some columns."""
        assert self._file is not None
        at = bisect_right(self._starts, start)
        first, stop = self._starts[at - 1 : at + 1]
        for name, values in columns.items():
            offset = first * _ROW_BYTES + (stop - first) * _BEFORE[name] + (start - first) * values.itemsize
            _transfer(os.preadv, self._file, [values], offset)


def _transfer(
    call: Callable[[int, list[memoryview], int], int], file: int, arrays: list[npt.NDArray[Any]], offset: int
) -> None:
    """Write or read arrays that lie one behind the other."""
    rest = [values.view(np.uint8).data for values in arrays]
    while rest:
        done = call(file, rest, offset)
        offset += done
        while rest and done >= len(rest[0]):
            done -= len(rest.pop(0))
        if rest:
            rest[0] = rest[0][done:]


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
