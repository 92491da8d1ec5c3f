"""Files that the settings of leaves name: what was seen of each address, and leaves that stay as they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from data_schemas.config import LeafSettings
from data_schemas.errors import InputError
from data_schemas.table import Table
from data_schemas.tables.leaves import ACTIVITY, LEAVES
from tracks.leaves.cut import FOLDER_ENTRIES
from tracks.leaves.registered import ADDRESSES, Addresses, find

Firsts: TypeAlias = dict[str, Addresses]
"""First address of each leaf, rising from 0, by folder `<aircraft type>/<seats bin>`."""


@dataclass(frozen=True)
class Activity:
    """Observations seen of each address; addresses rise."""

    address: Addresses
    rows: npt.NDArray[np.int64]

    def of(self, address: Addresses) -> npt.NDArray[np.int64]:
        """Return the observations of addresses, 0 where nothing was seen."""
        found = np.zeros(len(address), np.int64)
        at, seen = find(self.address, address)
        found[seen] = self.rows[at[seen]]
        return found


def read_activity(settings: LeafSettings) -> Activity:
    """Read the activity file, Parquet or CSV; rows of an address that stands there several times add up.

    Raises
    ------
    InputError
        The file is missing or no such table, or an address or a number of rows is none.
    """
    if settings.activity is None:
        return Activity(np.empty(0, np.uint32), np.empty(0, np.int64))
    file = Path(settings.activity)
    frame = _read(file, ACTIVITY, "make it with: trackmill registry activity")
    address = _addresses(frame["icao24"], file)
    wrong = frame["rows"].is_null() | (frame["rows"] < 0)
    if wrong.any():
        first = int(wrong.arg_max() or 0)
        raise InputError(
            f"{file}, column 'rows', row {first + 1}",
            f"found {frame['rows'][first]}, expected 0 or more",
            "mend it",
        )
    sums = pl.DataFrame({"address": address, "rows": frame["rows"]}).group_by("address").sum()
    sums = sums.sort("address")
    return Activity(sums["address"].to_numpy(), sums["rows"].to_numpy())


def read_fixed(settings: LeafSettings) -> dict[int, Firsts]:
    """Read the file of fixed leaves: by year.

    Raises
    ------
    InputError
        The file is missing or no such table, or the leaves of a folder leave addresses out, overlap, or
        are more than 1000.
    """
    if settings.fixed is None:
        return {}
    file = Path(settings.fixed)
    frame = _read(file, LEAVES, "make it with: trackmill registry leaves")
    frame = frame.with_columns(first=_addresses(frame["first"], file), last=_addresses(frame["last"], file))
    found: dict[int, Firsts] = {}
    keys = ("year", "aircraft_type", "seats_bin")
    for (year, kind, seats), leaves in frame.sort(*keys, "first").group_by(*keys, maintain_order=True):
        first, last = leaves["first"].to_numpy(), leaves["last"].to_numpy()
        where = f"{file}, {year}/{kind}/{seats}"
        if len(first) > FOLDER_ENTRIES:
            raise InputError(where, f"{len(first)} leaves, a folder holds {FOLDER_ENTRIES}", "make it anew")
        if first[0] != 0 or last[-1] != ADDRESSES - 1 or np.any(first[1:] != last[:-1] + 1):
            problem = "its leaves do not follow each other from 000000 to FFFFFF"
            raise InputError(where, problem, "make it anew: trackmill registry leaves")
        found.setdefault(int(year), {})[f"{kind}/{seats}"] = first
    return found


def leaves_digest(settings: LeafSettings) -> str:
    """Return a digest of everything but the register that decides the leaves: settings and files they name.

    Raises
    ------
    InputError
        A file is missing or is not what it should be: said here, it is said before any task starts.
    """
    read_activity(settings)
    read_fixed(settings)
    numbers = settings.model_copy(update={"activity": None, "fixed": None})
    files = (settings.activity, settings.fixed)
    contents = [hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else "" for file in files]
    parts = [numbers.digest(), *contents]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


def _read(file: Path, table: Table, remedy: str) -> pl.DataFrame:
    types = {column.name: column.type for column in table.columns}
    try:
        if file.suffix == ".csv":
            found = pa_csv.read_csv(file, convert_options=pa_csv.ConvertOptions(column_types=types))
        else:
            found = pq.read_table(file)
    except FileNotFoundError:
        raise InputError(file, f"no such file of {table.name}", remedy) from None
    except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
        problem = f"not a Parquet or .csv file of {table.name} ({' '.join(str(error).split())[:200]})"
        raise InputError(file, problem, remedy) from None
    table.check(found.schema, file)
    frame = pl.from_arrow(found.select(table.names).cast(pa.schema(list(types.items()))))
    assert isinstance(frame, pl.DataFrame)
    return frame


def _addresses(texts: pl.Series, file: Path) -> pl.Series:
    good = texts.str.contains("^[0-9A-Fa-f]{6}$").fill_null(value=False)
    if not good.all():
        first = int((~good).arg_max() or 0)
        where = f"{file}, column '{texts.name}', row {first + 1}"
        raise InputError(where, f"found '{texts[first]}', expected six hexadecimal digits", "mend it")
    return texts.str.to_integer(base=16, dtype=pl.UInt32)
