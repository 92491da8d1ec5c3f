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
from data_schemas.task import Counts
from tracks.models.counts import REASONS, SCOPES, Counter, Shape, Tables
from tracks.models.leaf import Batch, Key, altitude_of
from tracks.models.variables import IntArray
from tracks.track_files import open_parquet
from tracks.track_rows import TrackRows

_PLAIN = pa.schema([pa.field(c.name, c.type, c.nullable) for c in MODEL_COUNTS.columns])
_NOT_COUNTING = {"preset", "minimum_hours"}
"""Settings that change nothing about a count."""


class TrainCounter:
    """Counts the seconds and transitions of one leaf for kinds of model: rows in, a part out.

    Parameters
    ----------
    models
        Kinds of model.
    altitude_mode
        Mode of stage 3: baro, geo or both.
    """

    def __init__(self, models: tuple[ModelSettings, ...], altitude_mode: str) -> None:
        self._mode = altitude_mode
        self._kinds = [_KindCounter(settings, altitude_of(settings, altitude_mode)) for settings in models]
        self._last: Key | None = None  # key of the row that would follow

    def add(self, rows: TrackRows) -> None:
        """Count rows, at least one, in the leaf's order; only the columns of `leaf.needed` are looked at."""
        batch = Batch(rows, self._last)
        self._last = batch.last()
        for kind in self._kinds:
            kind.add(batch)

    def write(self, path: str | Path) -> Counts:
        """Write what was counted as a MODEL_COUNTS table, complete or not at all.

        Returns
        -------
        Counts
            Rows out are the observations of the first kind of model, whatever their squawk; the others' and
            the scopes' are in `made`.
        """
        counted = counted_as(tuple(kind.settings for kind in self._kinds), self._mode)
        schema = MODEL_COUNTS.schema({"trackmill.counted": json.dumps(counted, sort_keys=True)})
        rows = pa.concat_tables([k.sparse() for k in sorted(self._kinds, key=lambda k: k.settings.name)])
        with complete_file(path) as part:
            pq.write_table(rows.cast(schema), part, compression="zstd")
        left = {name: n for name, n in zip(REASONS, self._kinds[0].reasons.tolist(), strict=True) if n}
        observations = left.pop(REASONS[0], 0)
        made = {name: n for kind in self._kinds for name, n in kind.made().items()}
        return Counts(observations + sum(left.values()), observations, left, made)


class _KindCounter:
    """What is counted of one leaf for one kind of model, from the altitude baro or geo.

    Attributes
    ----------
    reasons
        Rows by reason, in the order of `tracks.models.counts.REASONS`.
    """

    def __init__(self, settings: ModelSettings, altitude: str) -> None:
        self.settings = settings
        self.reasons = np.zeros(len(REASONS), np.int64)
        self._counter = Counter(settings)
        self._altitude = altitude
        self._seen: dict[str, list[IntArray]] = defaultdict(list)

    def add(self, batch: Batch) -> None:
        columns = batch.columns(self._altitude)
        reason = self._counter.add(columns, batch.follows, batch.group, dh_ft_min=60.0)
        seen = batch.seen(reason, len(REASONS))
        for table, rows in seen.items():
            self._seen[table].append(rows)
        np.add.at(self.reasons, seen["left"][:, 0], seen["left"][:, 2])
        self.reasons[0] += seen["days"][:, 2].sum()

    def made(self) -> dict[str, int]:
        """Return observations and transitions by squawk scope."""
        made: dict[str, int] = {}
        for squawk in self.settings.squawks:
            counted = self._counter.tables(squawk)
            made[f"observations_{self.settings.name}_{squawk}"] = counted.observations
            made[f"transitions_{self.settings.name}_{squawk}"] = counted.transitions
        return made

    def sparse(self) -> pa.Table:
        """Return the counts that are not zero as rows of MODEL_COUNTS, sorted."""
        parts = [_PLAIN.empty_table()]
        for squawk in sorted(self.settings.squawks):
            counted = self._counter.tables(squawk)
            cells = {t: _cells(getattr(counted, t)) for t in self._counter.shape.sizes}
            cells |= {t: _sums(rows, squawk) for t, rows in self._seen.items()}
            for table, (cell, count) in sorted(cells.items()):
                columns = [[text] * len(cell) for text in (self.settings.name, squawk, table)]
                parts.append(pa.table([*columns, cell, count], schema=_PLAIN))
        return pa.concat_tables(parts)


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
