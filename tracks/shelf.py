"""Rows laid aside in a file, any of which are quick to get again: what memory has no room for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from data_schemas.files import scratch_file
from data_schemas.tables.observations import ARCHIVED
from tracks.observation_files import Ranked, Ranks
from tracks.observations import Observations

Keys = npt.NDArray[np.complex128]
"""Real parts: leaf and address in one number; imaginary parts: the time [s]. NumPy sorts by the one, then by
the other."""

_CODED: Final = {"icao24": np.uint32, "callsign": np.int32}
_COLUMNS: Final = [(f.name, _CODED.get(f.name) or f.type.to_pandas_dtype()) for f in ARCHIVED.schema()]
_RECORD: Final = np.dtype([("rank", np.int32), ("missing", np.uint16), *_COLUMNS])
"""A row: the rank of its leaf, a bit for each column that has no value, and the columns."""


def keys(ranks: Ranks, icao24: npt.NDArray[np.uint32], time_s: npt.NDArray[np.float64]) -> Keys:
    """Return the keys of rows, exact for ranks of leaves below 2^29."""
    found = np.empty(len(ranks), np.complex128)
    found.real, found.imag = ranks * float(1 << 24) + icao24, time_s
    return found


class Shelf:
    """Rows in a file, as they are in memory, counted from 0. See `shelf`."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._codes: dict[str, int] = {}
        self.rows = 0

    def put(self, rows: Observations, ranks: Ranks) -> None:
        """Lay rows behind those that are there."""
        records = np.empty(len(ranks), _RECORD)
        records["rank"], records["missing"] = ranks, 0
        codes = [self._codes.setdefault(name, len(self._codes)) for name in rows.callsigns.to_pylist()]
        for bit, series in enumerate(rows.rows.iter_columns()):
            values = series
            if series.null_count():
                records["missing"] |= series.is_null().to_numpy().astype(np.uint16) << np.uint16(bit)
                values = series.fill_null(strategy="zero")
            records[series.name] = values.to_numpy()
        records["callsign"] = np.array([*codes, 0], np.int32)[records["callsign"]]
        rest = records.view(np.uint8).data
        offset = self.rows * _RECORD.itemsize
        while rest:
            written = os.pwrite(self._file, rest, offset)
            rest, offset = rest[written:], offset + written
        self.rows += len(records)

    def take(self, wanted: Sequence[slice]) -> Ranked:
        """Return rows of some places, one place after the other."""
        records = self._records(wanted)
        ranks, missing = records["rank"].copy(), records["missing"].copy()
        present = np.unique(records["callsign"])
        names = list(self._codes)
        callsigns = sorted(names[code] for code in present.tolist() if code < len(names))
        columns = {name: np.ascontiguousarray(records[name]) for name, _ in _COLUMNS}
        del records
        place = {name: code for code, name in enumerate(callsigns)}
        fresh = np.array([place.get(names[code], 0) if names else 0 for code in present.tolist()], np.int32)
        columns["callsign"] = fresh[np.searchsorted(present, columns["callsign"])]
        series = []
        for bit, (name, values) in enumerate(columns.items()):
            absent = missing >> np.uint16(bit) & np.uint16(1) != 0
            series.append(pl.Series(name, pa.array(values, mask=absent) if absent.any() else values))
        return Observations(pl.DataFrame(series), pa.array(callsigns, pa.string())), ranks

    def keys(self, rows: slice) -> Keys:
        """Return the keys of consecutive rows."""
        records = self._records([rows])
        return keys(records["rank"], records["icao24"], records["time_s"])

    def _records(self, wanted: Sequence[slice]) -> npt.NDArray[np.void]:
        records = np.empty(sum(rows.stop - rows.start for rows in wanted), _RECORD)
        rest = records.view(np.uint8).data
        for rows in wanted:
            offset, end = rows.start * _RECORD.itemsize, rows.stop * _RECORD.itemsize
            while offset < end:
                read = os.preadv(self._file, [rest[: end - offset]], offset)
                rest, offset = rest[read:], offset + read
        return records


@contextmanager
def shelf(beside: Path) -> Iterator[Shelf]:
    """Lay rows aside in a hidden file in the folder of `beside`, which is removed at the end."""
    with scratch_file(beside) as path, path.open("w+b", buffering=0) as file:
        yield Shelf(file.fileno())
