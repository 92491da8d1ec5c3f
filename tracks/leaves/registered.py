"""The registry as leaves need it: addresses, folders and periods of validity."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.aircraft import seats_bin
from data_schemas.errors import InputError
from data_schemas.tables.registry import REGISTRY

ADDRESSES = 1 << 24
"""Number of ICAO 24-bit addresses."""
UNKNOWN = "Unknown/Seats_NaN_NaN"
"""Folder, below the year, of aircraft that no register knows."""

Addresses: TypeAlias = npt.NDArray[np.uint32]
Codes: TypeAlias = npt.NDArray[np.int32]

_COLUMNS = ["icao24", "aircraft_type", "seats", "valid_from", "valid_to"]
_ROWS_AT_ONCE = 1 << 18
_EPOCH = dt.date(1970, 1, 1)
_NEVER = np.iinfo(np.int32).max


def find(rising: Addresses, wanted: Addresses) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return where wanted addresses stand in rising ones, and which of them do."""
    if not len(rising):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    at = np.searchsorted(rising, wanted).clip(max=len(rising) - 1)
    return at, rising[at] == wanted


def check_registry(registry: Path) -> None:
    """Raise `InputError` if the file is missing, is no Parquet, or is not a registry table."""
    try:
        schema = pq.read_schema(registry)
    except FileNotFoundError:
        raise InputError(registry, "no such registry", "make it with: trackmill registry build") from None
    except (OSError, ValueError):  # ArrowInvalid is a ValueError
        raise InputError(registry, "not a Parquet file", "make it anew: trackmill registry build") from None
    REGISTRY.check(schema, registry)


def read_registry(registry: Path) -> pl.DataFrame:
    """Read a registry table, rows as they are stored (sorted by address, then in order of precedence).

    Raises
    ------
    InputError
        The file is missing, is no Parquet, or is not a registry table.
    """
    check_registry(registry)
    frame = pl.from_arrow(pq.read_table(registry))
    assert isinstance(frame, pl.DataFrame)
    return frame


def aircraft_of_year(rows: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the registered aircraft of a year, one row an address: the row that wins, sorted by address.

    A row is valid if certified by the end of the year and not expired before its start; of several valid
    rows of an address the first in the table wins (the registry keeps them in order of precedence: source
    listed first, then the latest `valid_from`).
    """
    start, end = dt.date(year, 1, 1), dt.date(year, 12, 31)
    valid = (pl.col("valid_from").is_null() | (pl.col("valid_from") <= end)) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= start)
    )
    return rows.filter(valid).unique("icao24", keep="first", maintain_order=True).sort("icao24")


@dataclass(frozen=True)
class Registered:
    """Every row of a registry in 14 bytes, sorted by address, then in order of precedence.

    Attributes
    ----------
    address
        24-bit addresses.
    folder
        Position of the row's folder in `folders`.
    valid_from, valid_to
        Days since 1970; always and never are the ends of the range.
    folders
        `<aircraft type>/<seats bin>` of all rows, in the order of their paths, and `UNKNOWN`.
    """

    address: Addresses
    folder: npt.NDArray[np.int16]
    valid_from: Codes
    valid_to: Codes
    folders: tuple[str, ...]

    @staticmethod
    def read(registry: Path) -> Registered:
        """Read the registry Parquet, a piece at a time: its texts take far more memory than what stays.

        Raises
        ------
        InputError
            The file is missing, is no Parquet, or is not a registry table.
        """
        check_registry(registry)
        codes = {UNKNOWN: 0}
        with pq.ParquetFile(registry) as file:
            pieces = [_piece(batch, codes) for batch in file.iter_batches(_ROWS_AT_ONCE, columns=_COLUMNS)]
        kinds = (np.uint32, np.int16, np.int32, np.int32)
        none = [np.empty(0, kind) for kind in kinds]
        address, folder, start, end = (np.concatenate(parts) for parts in zip(none, *pieces, strict=True))
        folders = sorted(codes, key=lambda folder: f"{folder}/")
        rank = np.empty(len(folders), np.int16)
        rank[[codes[name] for name in folders]] = np.arange(len(folders))
        order: slice | npt.NDArray[np.int64] = slice(None)
        if np.any(address[1:] < address[:-1]):
            order = np.argsort(address, kind="stable")
        return Registered(address[order], rank[folder][order], start[order], end[order], tuple(folders))

    def of_year(self, year: int) -> tuple[Addresses, npt.NDArray[np.int16]]:
        """Return the addresses valid in a year, rising, and the folder of each: see `aircraft_of_year`."""
        start = (dt.date(year, 1, 1) - _EPOCH).days
        end = (dt.date(year, 12, 31) - _EPOCH).days
        valid = (self.valid_from <= end) & (self.valid_to >= start)
        address, folder = self.address[valid], self.folder[valid]
        wins = np.ones(len(address), np.bool_)
        wins[1:] = address[1:] != address[:-1]
        return address[wins], folder[wins]


def _piece(batch: pa.RecordBatch, codes: dict[str, int]) -> tuple[npt.NDArray[np.generic], ...]:
    """Return address, folder, first and last day of rows; folders not met before get the next code."""
    rows = pl.from_arrow(batch)
    assert isinstance(rows, pl.DataFrame)
    kinds = rows.select("aircraft_type", "seats").unique(maintain_order=True)
    names = [f"{kind}/{seats_bin(seats)}" for kind, seats in kinds.iter_rows()]
    folder = pl.Series("folder", [codes.setdefault(name, len(codes)) for name in names], pl.Int16)
    coded = rows.join(
        kinds.with_columns(folder), ["aircraft_type", "seats"], nulls_equal=True, maintain_order="left"
    )
    return (
        coded["icao24"].str.to_integer(base=16, dtype=pl.UInt32).to_numpy(),
        coded["folder"].to_numpy(),
        coded["valid_from"].to_physical().fill_null(-_NEVER).to_numpy(),
        coded["valid_to"].to_physical().fill_null(_NEVER).to_numpy(),
    )
