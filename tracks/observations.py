"""Observation rows in memory, every column a number: what stages 1 and 2 sort, merge and write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from data_schemas.tables.observations import ARCHIVED

Index = npt.NDArray[np.int64]

GATHERED_AT_ONCE: Final = 1 << 17
"""Rows brought into order at once: few enough that they are still in the cache when they are written."""


@dataclass(frozen=True)
class Observations:
    """Rows of observations with every column a number, so that sorting and moving them is cheap.

    Attributes
    ----------
    rows
        The columns of `ARCHIVED`; icao24 is UInt32, callsign the Int32 position in `callsigns`.
    callsigns
        The call signs that occur (more may be listed), sorted.
    """

    rows: pl.DataFrame
    callsigns: pa.StringArray

    @staticmethod
    def of(rows: pl.DataFrame) -> Observations:
        """Code parsed rows: icao24 as UInt32, callsign as text (or as a dictionary of texts)."""
        indices, dictionary = coded(rows["callsign"].to_arrow())
        texts, rank = by_name(dictionary)
        return Observations(_replaced(rows, "callsign", pa.array(rank).take(indices)), texts)

    @staticmethod
    def stored(rows: pl.DataFrame) -> Observations:
        """Return rows as they are stored (see `table`): sorted, addresses and call signs categorical.

        Raises
        ------
        ValueError
            An address is no hexadecimal number.
        """
        starts, addresses = text_runs(rows["icao24"].to_arrow())
        numbers = np.array([int(address, 16) for address in addresses], np.uint32)
        indices, dictionary = coded(rows["callsign"].to_arrow())
        texts, rank = by_name(dictionary)
        own = {
            "icao24": pl.Series("icao24", np.repeat(numbers, np.diff(starts))),
            "callsign": pl.Series("callsign", pa.array(rank).take(indices)),
        }
        return Observations(pl.DataFrame([own.get(n, rows[n]) for n in ARCHIVED.names]), texts)

    @staticmethod
    def none() -> Observations:
        """Return no rows."""
        return _none()

    @staticmethod
    def concat(parts: Sequence[Observations]) -> Observations:
        """Put rows one after the other; the call signs of all are coded in one list."""
        if len(parts) == 1:
            return parts[0]
        every = pc.dictionary_encode(pa.concat_arrays([part.callsigns for part in parts]))
        texts, rank = by_name(every.dictionary)
        fresh = pa.array(rank).take(every.indices)
        frames, start = [], 0
        for part in parts:
            here = fresh[start : start + len(part.callsigns)]
            frames.append(_replaced(part.rows, "callsign", here.take(part.rows["callsign"].to_arrow())))
            start += len(part.callsigns)
        return Observations(pl.concat(frames, rechunk=True), texts)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.rows.height

    def __getitem__(self, rows: slice) -> Observations:
        """Return consecutive rows, without copying them."""
        return Observations(self.rows[rows], self.callsigns)

    def take(self, index: npt.NDArray[np.integer]) -> Observations:
        """Return the rows at these positions, in this order."""
        return Observations(self.rows[index], self.callsigns)

    def texts(self) -> pl.DataFrame:
        """Return the rows with their call signs as texts."""
        names = pl.Series(self.callsigns, dtype=pl.String)
        return self.rows.with_columns(names.gather(self.rows["callsign"]).alias("callsign"))

    def table(self, schema: pa.Schema) -> pa.Table:
        """Return the rows in the schema of `ARCHIVED`; its dictionaries hold only the values that occur."""
        codes = self.rows["callsign"]
        missing = codes.is_null().to_numpy() if codes.null_count() else None
        arrays = {series.name: series.to_arrow() for series in self.rows.drop("icao24", "callsign")}
        arrays["callsign"] = dictionary(codes.fill_null(0).to_numpy(), self.callsigns, missing)
        arrays["icao24"] = addresses(self.rows["icao24"].to_numpy())
        return pa.Table.from_arrays([arrays[f.name].cast(f.type) for f in schema], schema=schema)


def runs(*keys: npt.NDArray[np.generic]) -> Index:
    """Return the starts of the runs of equal keys, and behind them the number of rows."""
    size = len(keys[0])
    if not size:
        return np.zeros(1, np.int64)
    change = np.zeros(size - 1, np.bool_)
    for key in keys:
        change |= key[1:] != key[:-1]
    return np.concatenate([[0], np.flatnonzero(change) + 1, [size]])


def text_runs(texts: pa.Array) -> tuple[Index, list[str]]:
    """Return the starts of the runs of equal texts, with the number of rows behind them, and their texts."""
    codes, distinct = coded(texts)
    starts = runs(codes.to_numpy())
    return starts, distinct.take(codes.take(starts[:-1])).to_pylist()


@cache
def _none() -> Observations:
    frame = pl.DataFrame(ARCHIVED.schema().empty_table())
    return Observations.of(frame.with_columns(pl.col("icao24").cast(pl.UInt32)))


def _replaced(rows: pl.DataFrame, name: str, values: pa.Array) -> pl.DataFrame:
    """Return rows with other values in a column (an expression would take a tenth of a millisecond)."""
    return rows.clone().replace_column(rows.get_column_index(name), pl.Series(name, values))


def coded(texts: pa.Array) -> tuple[pa.Array, pa.StringArray]:
    """Return texts, or a dictionary of texts, as positions in a list of distinct texts, and the list."""
    if not pa.types.is_dictionary(texts.type):
        texts = pc.dictionary_encode(texts)
    return texts.indices, texts.dictionary.cast(pa.string())


def by_name(texts: pa.StringArray) -> tuple[pa.StringArray, npt.NDArray[np.int32]]:
    """Return distinct texts sorted, and the rank of each where it was."""
    order = pc.sort_indices(texts)
    rank = np.empty(len(texts), np.int32)
    rank[order.to_numpy()] = np.arange(len(texts), dtype=np.int32)
    return texts.take(order), rank


def addresses(icao24: npt.NDArray[np.uint32]) -> pa.DictionaryArray:
    """Return sorted addresses, or a few such runs one after the other, as texts."""
    starts = runs(icao24)
    distinct, codes = np.unique(icao24[starts[:-1]], return_inverse=True)
    names = pa.array([f"{address:06X}" for address in distinct.tolist()], pa.string())
    return pa.DictionaryArray.from_arrays(np.repeat(codes.astype(np.int32), np.diff(starts)), names)


def dictionary(
    codes: npt.NDArray[np.int32], values: pa.StringArray, missing: npt.NDArray[np.bool_] | None = None
) -> pa.DictionaryArray:
    """Return codes into `values` as a dictionary array of the values that occur, in their order."""
    occurs = np.zeros(max(len(values), 1), np.bool_)
    occurs[codes if missing is None else codes[~missing]] = True
    fresh = (np.cumsum(occurs) - 1).astype(np.int32)
    used = values.take(pa.array(np.flatnonzero(occurs)))
    return pa.DictionaryArray.from_arrays(pa.array(fresh[codes], mask=missing), used)
