"""Which leaf of the storage hierarchy an aircraft belongs to in a year (pipeline.md, stages 0 and 1).

`<year>/<aircraft type>/<seats bin>/<first icao24>_<last icao24>`, at most 1000 entries in any folder. A leaf
is a run of registered addresses of one type and seats bin, so that leaves hold comparable work; addresses
that no register knows lie in equal ranges of the 24-bit address space under `Unknown/Seats_NaN_NaN`.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as pq

from data_schemas.aircraft import seats_bin
from data_schemas.config import RegistrySettings
from data_schemas.errors import InputError
from data_schemas.tables.registry import REGISTRY

ADDRESSES = 1 << 24
"""Number of ICAO 24-bit addresses."""
FOLDER_ENTRIES = 1000
"""Most entries in any folder of the hierarchy (pipeline.md, stage 1)."""
UNKNOWN = "Unknown/Seats_NaN_NaN"
"""Folder, below the year, of aircraft that no register knows."""
_TABLES_KEPT = 2  # an hour file touches one year, at New Year two; a table is 64 MB

Codes: TypeAlias = npt.NDArray[np.int32]


class LeafIndex:
    """The leaves of a registry, looked up by address and year.

    Made by `load`; pickles as the registry's path and the settings, so a worker reads the file once for
    itself. Leaves of a year are made when the year is first asked for.

    Attributes
    ----------
    paths
        Leaf paths by code. It grows with every new year; codes given out stay valid. Within one year codes
        rise in the order of the paths, across years only in the order in which the years were first seen.
    """

    def __init__(self, rows: pl.DataFrame, settings: RegistrySettings) -> None:
        self.paths: list[str] = []
        self._rows = rows
        self._settings = settings
        self._first_code: dict[int, int] = {}
        self._tables: dict[int, Codes] = {}
        self._pickled_as: tuple[Callable[..., LeafIndex], tuple[object, ...]] | None = None

    @staticmethod
    def load(registry: Path, settings: RegistrySettings) -> LeafIndex:
        """Read the registry Parquet.

        Raises
        ------
        InputError
            The file is missing, is no Parquet, or is not a registry table.
        """
        index = LeafIndex(read_registry(registry), settings)
        index._pickled_as = (_load_in_worker, (str(registry), settings))
        return index

    def __reduce__(self) -> tuple[Callable[..., LeafIndex], tuple[object, ...]]:
        """Travel light: the registry lies on the file system that every worker reads."""
        return self._pickled_as or (LeafIndex, (self._rows, self._settings))

    def leaf_codes(self, icao24: npt.NDArray[np.uint32], year: npt.NDArray[np.int16]) -> Codes:
        """Return the code of each row's leaf, an index into `paths`.

        Parameters
        ----------
        icao24
            Addresses, each below 2^24, shape (n,).
        year
            UTC year of each row, shape (n,).
        """
        if icao24.size == 0:
            return np.empty(0, np.int32)
        first, last = int(year.min()), int(year.max())
        if first == last:
            return self._table(first)[icao24]
        codes = np.empty(icao24.shape, np.int32)
        for one in np.unique(year):
            here = year == one
            codes[here] = self._table(int(one))[icao24[here]]
        return codes

    def aircraft(self, year: int) -> pl.DataFrame:
        """Return the registered aircraft of a year, one row an address: the row that wins, sorted by address.

        Columns are those of the registry table. A row is valid if certified by the end of the year and not
        expired before its start; of several valid rows of an address the first in the table wins (the
        registry keeps them in order of precedence: source listed first, then the latest `valid_from`).
        """
        start, end = dt.date(year, 1, 1), dt.date(year, 12, 31)
        valid = (pl.col("valid_from").is_null() | (pl.col("valid_from") <= end)) & (
            pl.col("valid_to").is_null() | (pl.col("valid_to") >= start)
        )
        return self._rows.filter(valid).unique("icao24", keep="first", maintain_order=True).sort("icao24")

    def _table(self, year: int) -> Codes:
        """Return the leaf code of every 24-bit address in a year."""
        table = self._tables.get(year)
        if table is None:
            table, paths = _cut_year(self.aircraft(year), year, self._settings)
            first = self._first_code.setdefault(year, len(self.paths))
            if first == len(self.paths):
                self.paths += paths
            table += np.int32(first)
            while len(self._tables) >= _TABLES_KEPT:
                del self._tables[next(iter(self._tables))]
            self._tables[year] = table
        return table


def _load_in_worker(registry: str, settings: RegistrySettings) -> LeafIndex:
    """Load where an index is unpickled: once a process as long as the file stays the same."""
    path = Path(registry)
    if not path.exists():
        return LeafIndex.load(path, settings)  # says what is wrong
    facts = path.stat()
    return _load_once(registry, settings, facts.st_mtime_ns, facts.st_size)


@functools.lru_cache(maxsize=1)
def _load_once(registry: str, settings: RegistrySettings, _mtime_ns: int, _bytes: int) -> LeafIndex:
    return LeafIndex.load(Path(registry), settings)


def read_registry(registry: Path) -> pl.DataFrame:
    """Read a registry table, rows as they are stored (sorted by address, then in order of precedence).

    Raises
    ------
    InputError
        The file is missing, is no Parquet, or is not a registry table.
    """
    try:
        schema = pq.read_schema(registry)
    except FileNotFoundError:
        raise InputError(registry, "no such registry", "make it with: trackmill registry build") from None
    except (OSError, ValueError):  # ArrowInvalid is a ValueError
        raise InputError(registry, "not a Parquet file", "make it anew: trackmill registry build") from None
    REGISTRY.check(schema, registry)
    frame = pl.from_arrow(pq.read_table(registry))
    assert isinstance(frame, pl.DataFrame)
    return frame


def _cut_year(aircraft: pl.DataFrame, year: int, settings: RegistrySettings) -> tuple[Codes, list[str]]:
    """Cut a year's aircraft into leaves: the code of every address, and the paths in sorted order.

    Groups are (type, seats bin). A group of n aircraft becomes min(1000, n // aircraft_per_leaf) runs (at
    least one) whose sizes differ by one at most. Everything else falls in `unknown_leaves` equal ranges.
    """
    rows = aircraft.select(
        "aircraft_type",
        pl.col("icao24").str.to_integer(base=16, dtype=pl.UInt32),
        _bins_of(aircraft["seats"]).alias("seats_bin"),
    )
    known = rows.filter(pl.concat_str("aircraft_type", "seats_bin", separator="/") != UNKNOWN)
    leaves, table = _unknown_leaves(settings.unknown_leaves)
    for (kind, seats), group in known.group_by("aircraft_type", "seats_bin", maintain_order=True):
        addresses = group["icao24"].to_numpy()
        runs = max(1, min(FOLDER_ENTRIES, len(addresses) // settings.aircraft_per_leaf))
        edges = np.arange(runs + 1) * len(addresses) // runs
        table[addresses] = len(leaves) + np.repeat(np.arange(runs, dtype=np.int32), np.diff(edges))
        firsts, lasts = addresses[edges[:-1]], addresses[edges[1:] - 1]
        leaves += [f"{kind}/{seats}/{a:06X}_{b:06X}" for a, b in zip(firsts, lasts, strict=True)]
    order = np.argsort(np.array(leaves))
    rank = np.empty(len(leaves), np.int32)
    rank[order] = np.arange(len(leaves), dtype=np.int32)
    return rank[table], [f"{year:04d}/{leaves[i]}" for i in order]


def _unknown_leaves(count: int) -> tuple[list[str], Codes]:
    """Return the paths below the year of `count` equal address ranges, and the range of every address."""
    edges = np.arange(count + 1) * ADDRESSES // count
    names = [f"{UNKNOWN}/{a:06X}_{b - 1:06X}" for a, b in itertools.pairwise(edges)]
    return names, np.repeat(np.arange(count, dtype=np.int32), np.diff(edges))


def _bins_of(seats: pl.Series) -> pl.Series:
    """Return the seats bin of every row, named once for each distinct number of seats."""
    numbers = seats.unique()
    names = [seats_bin(n) for n in numbers.to_list()]
    return seats.replace_strict(numbers, names, return_dtype=pl.String)
