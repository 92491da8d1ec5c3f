"""Observation rows in memory: coded, ordered the one way they are stored, and written to Parquet.

Stages 1 and 2 share this, so that a row looks the same in both and one order decides the bytes of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_schemas.table import Table

Index = npt.NDArray[np.int64]

_PAGE_BYTES = 1 << 16
"""Pages of 8192 numbers: a reader that wants a few rows of a row group unpacks only those."""


@dataclass(frozen=True)
class Observations:
    """Rows of observations with every column a number, so that sorting and moving them is cheap.

    Attributes
    ----------
    rows
        The columns of `ARCHIVED`; icao24 is UInt32, callsign the Int32 position in `callsigns`.
    callsigns
        The call signs that occur, sorted.
    """

    rows: pl.DataFrame
    callsigns: pa.StringArray

    @staticmethod
    def of(rows: pl.DataFrame) -> Observations:
        """Code parsed rows: icao24 as UInt32, callsign as text."""
        coded = pc.dictionary_encode(rows["callsign"].to_arrow().cast(pa.string()))
        rank = np.empty(len(coded.dictionary), np.int32)
        by_name = pc.sort_indices(coded.dictionary)
        rank[by_name.to_numpy()] = np.arange(len(rank), dtype=np.int32)
        codes = pl.Series("callsign", coded.indices)
        if len(rank):
            missing = codes.is_null()
            codes = pl.Series("callsign", rank[codes.fill_null(0).to_numpy()])
            codes = codes.set(missing, None)
        return Observations(rows.with_columns(codes), coded.dictionary.take(by_name))

    def take(self, index: Index) -> Observations:
        """Return the rows at these positions, in this order."""
        return Observations(self.rows[index], self.callsigns)


def sort_order(rows: pl.DataFrame) -> tuple[Index, npt.NDArray[np.bool_]]:
    """Return the order by (icao24, time_s, then every other column, missing last), and which rows repeat.

    Ties are broken by the values themselves, so that the order does not depend on how the rows came in; rows
    still tied are equal. The second array, in the sorted order, marks rows equal to the row before in
    every column, two missing values being equal.
    """
    order = rows.select(pl.arg_sort_by("icao24", maintain_order=True)).to_series()
    icao24, time_s = (rows[name].gather(order).to_numpy() for name in ("icao24", "time_s"))
    same = icao24[1:] == icao24[:-1]
    if np.any(same & (time_s[1:] < time_s[:-1])):
        order = rows.select(pl.arg_sort_by("icao24", "time_s")).to_series()
        time_s = rows["time_s"].gather(order).to_numpy()
    index = order.to_numpy().astype(np.int64)
    repeats = np.zeros(len(index), np.bool_)
    ties = same & (time_s[1:] == time_s[:-1])
    if ties.any():
        tied = np.zeros(len(index), np.bool_)
        tied[1:] = ties
        tied[:-1] |= ties
        others = [name for name in rows.columns if name not in {"icao24", "time_s"}]
        some = rows[index[tied]].with_columns(pl.Series("_at", index[tied]))
        some = some.sort("icao24", "time_s", *others, nulls_last=True)
        index[tied] = some["_at"].to_numpy()
        equal = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in rows.columns)
        repeats[tied] = some.select(equal).to_series().to_numpy()
    return index, repeats


def runs(*keys: npt.NDArray[np.generic]) -> Index:
    """Return the starts of the runs of equal keys, and behind them the number of rows."""
    size = len(keys[0])
    if not size:
        return np.zeros(1, np.int64)
    change = np.zeros(size - 1, np.bool_)
    for key in keys:
        change |= key[1:] != key[:-1]
    return np.concatenate([[0], np.flatnonzero(change) + 1, [size]])


def write_rows(
    path: Path,
    table: Table,
    observations: Observations,
    leaf: tuple[npt.NDArray[np.int32], Sequence[str]] | None,
    groups: Iterable[tuple[int, int]],
    compression_level: int,
    about: dict[str, str],
) -> None:
    """Write rows in the order they have as Parquet (zstd), one row group for each (start, stop).

    Parameters
    ----------
    leaf
        For each row its position in the list of leaf paths, where the table has the column.
    about
        Key-value metadata of the file.
    """
    schema = table.schema()
    texts = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    order = [pq.SortingColumn(schema.get_field_index(name)) for name in table.sorted_by]
    writer = pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=compression_level,
        use_dictionary=texts,  # plain numbers pack better under zstd than dictionaries of them, and sooner
        sorting_columns=order,
        data_page_size=_PAGE_BYTES,
    )
    with writer:
        for start, stop in groups:
            arrays = _arrays(observations, start, stop)
            if leaf is not None:
                arrays["leaf"] = _dictionary(leaf[0][start:stop], pa.array(leaf[1], pa.string()))
            batch = [arrays[name].cast(schema.field(name).type) for name in table.names]
            writer.write_table(
                pa.Table.from_arrays(batch, schema=schema), row_group_size=max(stop - start, 1)
            )
        writer.add_key_value_metadata(about)


def _arrays(observations: Observations, start: int, stop: int) -> dict[str, pa.Array]:
    """Return the Arrow arrays of some rows; dictionaries hold only the values that occur in them."""
    rows = observations.rows[start:stop]
    arrays = {series.name: series.to_arrow() for series in rows.drop("icao24", "callsign")}
    codes = rows["callsign"]
    missing = codes.is_null().to_numpy() if codes.null_count() else None
    arrays["callsign"] = _dictionary(codes.fill_null(0).to_numpy(), observations.callsigns, missing)
    icao24 = rows["icao24"].to_numpy()
    distinct, codes_of = np.unique(icao24, return_inverse=True)
    names = pa.array([f"{address:06X}" for address in distinct.tolist()], pa.string())
    arrays["icao24"] = pa.DictionaryArray.from_arrays(pa.array(codes_of.astype(np.int32)), names)
    return arrays


def _dictionary(
    codes: npt.NDArray[np.int32], values: pa.StringArray, missing: npt.NDArray[np.bool_] | None = None
) -> pa.DictionaryArray:
    """Return codes into `values` as a dictionary array of the values that occur, in their order."""
    occurs = np.zeros(max(len(values), 1), np.bool_)
    occurs[codes if missing is None else codes[~missing]] = True
    fresh = (np.cumsum(occurs) - 1).astype(np.int32)
    used = values.take(pa.array(np.flatnonzero(occurs)))
    return pa.DictionaryArray.from_arrays(pa.array(fresh[codes], mask=missing), used)
