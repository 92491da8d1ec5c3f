"""Looking leaves up, by address and year."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from data_schemas.config import RegistrySettings
from tracks.leaves.inputs import Activity, Firsts, read_activity, read_fixed
from tracks.leaves.registered import (
    Addresses,
    Codes,
    Registered,
    aircraft_of_year,
    check_registry,
    read_registry,
)
from tracks.leaves.year import Folder, cut_year, folders_of_year, leaf_paths, leaf_table

_TABLES_KEPT = 2  # an hour file touches one year, at New Year two; a table is 64 MB


class LeafIndex:
    """The leaves of a registry, looked up by address and year.

    Made by `load`; pickles as the registry's path and the settings, so a worker reads the files once for
    itself. Leaves of a year are made when the year is first asked for.

    Attributes
    ----------
    paths
        Leaf paths by code. It grows with every new year; codes given out stay valid. Within one year codes
        rise in the order of the paths, across years only in the order in which the years were first seen.
    """

    def __init__(self, registry: Path, settings: RegistrySettings) -> None:
        self.paths: list[str] = []
        self._registry = registry
        self._settings = settings
        self._first_code: dict[int, int] = {}
        self._tables: dict[int, Codes] = {}

    @staticmethod
    def load(registry: Path, settings: RegistrySettings) -> LeafIndex:
        """Return the index of a registry Parquet; its rows are read when they are first needed.

        Raises
        ------
        InputError
            The file is missing, is no Parquet, or is not a registry table.
        """
        check_registry(registry)
        return LeafIndex(registry, settings)

    def __reduce__(self) -> tuple[Callable[..., LeafIndex], tuple[object, ...]]:
        """Travel light: the registry lies on the file system that every worker reads."""
        return _load_in_worker, (str(self._registry), self._settings)

    def leaf_codes(self, icao24: Addresses, year: npt.NDArray[np.int16]) -> Codes:
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
            return self._table(first).take(icao24)  # twice as fast as [icao24]
        codes = np.empty(icao24.shape, np.int32)
        for one in np.unique(year):
            here = year == one
            codes[here] = self._table(int(one)).take(icao24[here])
        return codes

    def aircraft(self, year: int) -> pl.DataFrame:
        """Return the registered aircraft of a year with the columns of the registry: `aircraft_of_year`."""
        return aircraft_of_year(self._rows, year)

    def leaves(self, year: int) -> tuple[dict[str, Folder], Firsts]:
        """Return what lies in each folder of a year, and the first address of each of its leaves."""
        folders = folders_of_year(self._registered, year, self._activity, self._settings.leaves)
        return folders, cut_year(folders, self._fixed.get(year, {}), self._settings.leaves)

    @functools.cached_property
    def _rows(self) -> pl.DataFrame:
        return read_registry(self._registry)

    @functools.cached_property
    def _registered(self) -> Registered:
        return Registered.read(self._registry)

    @functools.cached_property
    def _activity(self) -> Activity:
        return read_activity(self._settings.leaves)

    @functools.cached_property
    def _fixed(self) -> dict[int, Firsts]:
        return read_fixed(self._settings.leaves)

    def _table(self, year: int) -> Codes:
        """Return the leaf code of every 24-bit address in a year."""
        table = self._tables.get(year)
        if table is None:
            folders, firsts = self.leaves(year)
            table = leaf_table(folders, firsts)
            base = self._first_code.setdefault(year, len(self.paths))
            if base == len(self.paths):
                self.paths += leaf_paths(firsts, year)
            table += np.int32(base)
            while len(self._tables) >= _TABLES_KEPT:
                del self._tables[next(iter(self._tables))]
            self._tables[year] = table
        return table


def _load_in_worker(registry: str, settings: RegistrySettings) -> LeafIndex:
    """Load where an index is unpickled: once a process as long as the files stay the same."""
    path = Path(registry)
    if not path.exists():
        return LeafIndex.load(path, settings)  # says what is wrong
    files = [path, *(Path(name) for name in settings.leaves.files)]
    states = [
        (facts.st_mtime_ns, facts.st_size) for facts in (file.stat() for file in files if file.exists())
    ]
    return _load_once(registry, settings.model_dump_json(), tuple(states))


@functools.lru_cache(maxsize=1)
def _load_once(registry: str, settings: str, _states: tuple[tuple[int, int], ...]) -> LeafIndex:
    return LeafIndex.load(Path(registry), RegistrySettings.model_validate_json(settings))
