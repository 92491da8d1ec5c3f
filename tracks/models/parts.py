"""Sparse tables of counts, one a leaf, that add up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.config import ModelSettings
from data_schemas.files import complete_file
from data_schemas.tables.models import MODEL_COUNTS
from tracks.models.counts import SCOPES, Counter, Shape, Tables
from tracks.models.leaf import altitude_of, open_parquet
from tracks.models.variables import IntArray

_PLAIN = pa.schema([pa.field(c.name, c.type, c.nullable) for c in MODEL_COUNTS.columns])


def write_part(
    path: str | Path,
    counters: list[Counter],
    aircraft: list[list[IntArray]],
    altitude_mode: str,
) -> None:
    """Write the counts of a leaf as a MODEL_COUNTS table, complete or not at all.

    Parameters
    ----------
    counters
        One for each kind of model.
    aircraft
        For each kind of model, arrays with rows of (address, squawk group, observations).
    """
    pieces = [_sparse(c, a) for c, a in sorted(zip(counters, aircraft, strict=True), key=_name)]
    about = counted_as(tuple(c.settings for c in counters), altitude_mode)
    schema = MODEL_COUNTS.schema({"trackmill.counted": json.dumps(about, sort_keys=True)})
    with complete_file(path) as part:
        pq.write_table(pa.concat_tables(pieces).cast(schema), part, compression="zstd")


def counted_as(models: tuple[ModelSettings, ...], altitude_mode: str) -> dict[str, dict[str, object]]:
    """Return, by kind of model, what decides the meaning of counts: they add up only where it is the same."""
    return {s.name: s.model_dump(mode="json") | {"altitude": altitude_of(s, altitude_mode)} for s in models}


def counted_with(part: Path) -> dict[str, dict[str, object]]:
    """Return what a table of counts was made with, as `counted_as` has it.

    Raises
    ------
    InputError
        The file is missing, damaged or no table of counts.
    """
    with open_parquet(part) as file:
        MODEL_COUNTS.check(file.schema_arrow, part)
        about = (file.schema_arrow.metadata or {}).get(b"trackmill.counted", b"{}")
    kinds: dict[str, dict[str, object]] = json.loads(about)
    return kinds


def sum_parts(files: list[Path]) -> dict[tuple[str, str], pl.DataFrame]:
    """Return the sums of counts over files as (table, cell, count), by kind of model and squawk scope."""
    counts = pl.scan_parquet(files).group_by("model", "squawk", "table", "cell").agg(pl.sum("count"))
    frames = counts.collect(engine="streaming").partition_by("model", "squawk", as_dict=True)
    return {(str(model), str(squawk)): frame for (model, squawk), frame in frames.items()}


def dense(counts: pl.DataFrame, shape: Shape) -> Tables:
    """Return summed counts as the tables of a model."""
    return Tables.of(shape, (_dense(counts, name, size) for name, size in shape.sizes.items()))


def _dense(counts: pl.DataFrame, table: str, size: int) -> IntArray:
    rows = counts.filter(pl.col("table") == table)
    cells = np.zeros(size, np.int64)
    cells[rows["cell"].to_numpy()] = rows["count"].to_numpy()
    return cells


def _name(pair: tuple[Counter, object]) -> str:
    return pair[0].settings.name


def _sparse(counter: Counter, aircraft: list[IntArray]) -> pa.Table:
    """The non-zero counts of one kind of model as rows of MODEL_COUNTS, sorted."""
    name = counter.settings.name
    seen = np.concatenate([np.empty((0, 3), np.int64), *aircraft])
    parts: list[pa.Table] = []
    for squawk in sorted(counter.settings.squawks):
        counted = counter.tables(squawk)
        tables = {t: getattr(counted, t) for t in counter.shape.sizes}
        rows = seen[np.isin(seen[:, 1], SCOPES[squawk])]
        address, place = np.unique(rows[:, 0], return_inverse=True)
        seconds = np.zeros(len(address), np.int64)
        np.add.at(seconds, place, rows[:, 2])
        cells = {t: (np.flatnonzero(n), n[np.flatnonzero(n)]) for t, n in tables.items()}
        cells["aircraft"] = (address, seconds)
        for table, (cell, count) in sorted(cells.items()):
            columns = [[text] * len(cell) for text in (name, squawk, table)]
            parts.append(pa.table([*columns, cell, count], schema=_PLAIN))
    return pa.concat_tables(parts) if parts else _PLAIN.empty_table()
