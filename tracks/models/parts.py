"""Sparse tables of counts, one a leaf, that add up."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.config import ModelSettings
from data_schemas.files import complete_file
from data_schemas.tables.models import MODEL_COUNTS
from tracks.models.counts import REASONS, SCOPES, Counter, Shape, Tables
from tracks.models.leaf import Batch, altitude_of, open_parquet
from tracks.models.variables import IntArray

_PLAIN = pa.schema([pa.field(c.name, c.type, c.nullable) for c in MODEL_COUNTS.columns])
_NOT_COUNTING = {"preset", "minimum_hours"}
"""Settings that change nothing about a count."""


class LeafCounts:
    """What is counted of one leaf for one kind of model."""

    def __init__(self, settings: ModelSettings) -> None:
        self.counter = Counter(settings)
        self._seen: dict[str, list[IntArray]] = defaultdict(list)

    def add(self, batch: Batch, altitude_mode: str) -> IntArray:
        """Count rows, and return how many there are of each of `tracks.models.counts.REASONS`."""
        altitude = altitude_of(self.counter.settings, altitude_mode)
        reason = self.counter.add(batch.columns(altitude), batch.follows, batch.group)
        for table, rows in batch.seen(reason).items():
            self._seen[table].append(rows)
        return np.bincount(reason, minlength=len(REASONS))

    def sparse(self) -> pa.Table:
        """Return the counts that are not zero as rows of MODEL_COUNTS, sorted."""
        settings = self.counter.settings
        parts = [_PLAIN.empty_table()]
        for squawk in sorted(settings.squawks):
            counted = self.counter.tables(squawk)
            cells = {t: _cells(getattr(counted, t)) for t in self.counter.shape.sizes}
            cells |= {t: _sums(rows, squawk) for t, rows in self._seen.items()}
            for table, (cell, count) in sorted(cells.items()):
                columns = [[text] * len(cell) for text in (settings.name, squawk, table)]
                parts.append(pa.table([*columns, cell, count], schema=_PLAIN))
        return pa.concat_tables(parts)


def write_part(path: str | Path, leaf: list[LeafCounts], altitude_mode: str) -> None:
    """Write the counts of a leaf, for each kind of model, as a MODEL_COUNTS table, complete or not at all."""
    settings = tuple(c.counter.settings for c in leaf)
    schema = MODEL_COUNTS.schema(
        {"trackmill.counted": json.dumps(counted_as(settings, altitude_mode), sort_keys=True)}
    )
    rows = pa.concat_tables([c.sparse() for c in sorted(leaf, key=lambda c: c.counter.settings.name)])
    with complete_file(path) as part:
        pq.write_table(rows.cast(schema), part, compression="zstd")


def counted_as(models: tuple[ModelSettings, ...], altitude_mode: str) -> dict[str, dict[str, object]]:
    """Return, by kind of model, what decides the meaning of counts: they add up only where it is the same."""
    return {
        s.name: s.model_dump(mode="json", exclude=_NOT_COUNTING) | {"altitude": altitude_of(s, altitude_mode)}
        for s in models
    }


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


def sparse(counts: pl.DataFrame, table: str) -> list[tuple[int, int]]:
    """Return the cells and counts of one table, by cell."""
    rows = counts.filter(pl.col("table") == table).sort("cell")
    return list(zip(rows["cell"].to_list(), rows["count"].to_list(), strict=True))


def _dense(counts: pl.DataFrame, table: str, size: int) -> IntArray:
    rows = counts.filter(pl.col("table") == table)
    cells = np.zeros(size, np.int64)
    cells[rows["cell"].to_numpy()] = rows["count"].to_numpy()
    return cells


def _cells(table: IntArray) -> tuple[IntArray, IntArray]:
    cells = np.flatnonzero(table)
    return cells, table[cells]


def _sums(rows: list[IntArray], squawk: str) -> tuple[IntArray, IntArray]:
    """Sum rows of (key, group, count) over the groups of a scope: keys, sums."""
    seen = np.concatenate([np.empty((0, 3), np.int64), *rows])
    seen = seen[np.isin(seen[:, 1], SCOPES[squawk])]
    keys, place = np.unique(seen[:, 0], return_inverse=True)
    sums = np.zeros(len(keys), np.int64)
    np.add.at(sums, place, seen[:, 2])
    return keys, sums
