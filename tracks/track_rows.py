"""Rows of tracks as arrays in memory: what stages 4 and 5 count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_schemas.tables.tracks import TRACKS
from tracks.track_files import open_parquet

Ints = npt.NDArray[np.int64]

_FLOATS = {column.name for column in TRACKS.columns if column.resolution is not None}

ROWS_AT_ONCE = 1 << 16
"""Rows in hand at once: few enough for the caches, enough that the cost of a call does not show."""


Places = Ints | slice
"""Which rows: their positions, or some from one to another."""


@dataclass(frozen=True)
class Computed:
    """A column that is computed at the rows that are asked for: as an array is, `column[places]`."""

    at: Callable[[Places], npt.NDArray[Any]]

    def __getitem__(self, places: Places) -> npt.NDArray[Any]:
        """Return the values of some rows."""
        return self.at(places)


@dataclass(frozen=True)
class TrackRows:
    """Some rows of a leaf of tracks, in order.

    Attributes
    ----------
    aircraft
        Of each row: position of its aircraft in `addresses`.
    addresses
        ICAO 24-bit addresses as numbers.
    columns
        Other columns of `TRACKS` by name. Of those that may be missing, numbers with a resolution are float32
        with NaN where missing, and the squawk is -1. Segment, time, squawk and altitudes above ground are
        arrays; others may be `Computed`.
    """

    aircraft: npt.NDArray[np.int32]
    addresses: Ints
    columns: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Let nobody write into the arrays: to numba one that can be written is of another type."""
        for array in (self.aircraft, self.addresses, *self.columns.values()):
            if isinstance(array, np.ndarray):
                array.flags.writeable = False

    @classmethod
    def of(cls, rows: pa.RecordBatch) -> TrackRows:
        """Take all columns out of rows of `TRACKS`, at least one row."""
        address = rows["icao24"]
        if not pa.types.is_dictionary(address.type):
            address = address.dictionary_encode()
        code = address.indices.to_numpy().astype(np.int32, copy=False)
        first, last = int(code.min()), int(code.max())  # a row group may have many more
        return cls(
            code - np.int32(first),
            address_numbers(address.dictionary[first : last + 1]),
            {name: _array(name, rows[name]) for name in rows.schema.names if name != "icao24"},
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.aircraft.size


def read_rows(file: Path, columns: Iterable[str]) -> Iterator[TrackRows]:
    """Read some columns of a file of tracks, icao24 among them, in pieces, in order.

    Raises
    ------
    InputError
        The file is missing, damaged or no table of tracks.
    """
    with open_parquet(file) as opened:
        TRACKS.check(opened.schema_arrow, file)
        for rows in opened.iter_batches(ROWS_AT_ONCE, columns=list(columns)):
            if rows.num_rows:
                yield TrackRows.of(rows)


def _array(name: str, column: pa.Array) -> npt.NDArray[Any]:
    if name == "squawk":
        column = pc.fill_null(column, -1)
    elif column.null_count:
        column = pc.fill_null(column.cast(pa.float32(), safe=False), np.nan)
    found: npt.NDArray[Any] = column.to_numpy()
    return found.astype(np.float32) if found.dtype == np.int32 and name in _FLOATS else found


def address_numbers(icao24: pa.Array) -> Ints:
    """Return addresses of six hexadecimal digits, upper-case, as numbers.

    >>> address_numbers(pa.array(["00000A", "A00F12"])).tolist()
    [10, 10489618]
    """
    texts = icao24.cast(pa.string()).cast(pa.binary(6))
    digits = np.frombuffer(texts.buffers()[1], np.uint8, 6 * len(texts), 6 * texts.offset).reshape(-1, 6)
    values = digits.astype(np.int64) - np.where(digits >= ord("A"), ord("A") - 10, ord("0"))
    numbers: Ints = values @ (16 ** np.arange(5, -1, -1))
    return numbers
