"""The worker of stage 1: one raw hour file to one sorted, labelled Parquet file."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from data_schemas.config import OrganizeSettings
from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.tables.observations import ORGANIZED
from data_schemas.task import Counts, Task
from tracks.observations import Index, Observations, runs, sort_order, write_rows
from tracks.organize.bounds import within_bounds
from tracks.raw import read_hour

_YEARS = range(1970, 2970)
"""Years that times may lie in: no more than a folder of the hierarchy holds."""

_REASONS: dict[str, pl.Expr] = {
    "bad_address": pl.col("icao24").is_null(),
    "missing_time": pl.col("time_s").is_null(),
    "missing_position": pl.col("lat_deg").is_null() | pl.col("lon_deg").is_null(),
    "missing_altitude": pl.col("alt_baro_ft_msl").is_null() & pl.col("alt_geo_ft_msl").is_null(),
    "position_out_of_range": (pl.col("lat_deg").abs() > 90) | (pl.col("lon_deg").abs() > 180),
}
"""Why a row leaves, in the order in which the reasons are asked."""


class Leaves(Protocol):
    """What stage 1 asks of `tracks.leaves.LeafIndex`."""

    paths: list[str]

    def leaf_codes(
        self, icao24: npt.NDArray[np.uint32], year: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.int32]:
        """Return for each aircraft and year the position of its leaf in `paths`."""


def organize_task(task: Task, *, settings: OrganizeSettings, leaves: Leaves) -> Counts:
    """Organize one hour: read it, drop and count bad rows, label the rest, sort, write.

    The file written has the columns of `ORGANIZED`, sorted by (leaf, icao24, time_s, then all other columns).
    Its key-value metadata hold, in the order of the rows, `trackmill.leaves`, rows by leaf, and
    `trackmill.digests`, a digest of the rows by leaf: by these, archive finds the rows of a leaf and knows
    whether it has them already.

    Returns
    -------
    Counts
        Rows left by `bad_address`, `missing_time`, `missing_position`, `missing_altitude`,
        `position_out_of_range`, `outside_bounds`, `duplicate_row`.

    Raises
    ------
    InputError
        The file cannot be read, or its times are no POSIX seconds.
    """
    file = Path(task.inputs[0])
    raw = read_hour(file)
    kept, left = _drop_bad(raw, settings)
    observations = Observations.of(kept)
    order, repeats = sort_order(observations.rows)
    left["duplicate_row"] = int(repeats.sum())
    labelled = _label(observations, order[~repeats], leaves, file)
    with complete_file(task.output) as part:
        _write(part, labelled, settings)
    gone = {reason: count for reason, count in left.items() if count}
    return Counts(raw.height, labelled.observations.rows.height, gone)


def _drop_bad(raw: pl.DataFrame, settings: OrganizeSettings) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the rows for which no reason holds, and how many left for each reason, the first that holds."""
    first = pl.coalesce(pl.when(holds).then(pl.lit(i)) for i, holds in enumerate(_REASONS.values()))
    reason = raw.select(first.cast(pl.UInt8).alias("reason")).to_series()
    left = {name: int((reason == i).sum()) for i, name in enumerate(_REASONS)}
    kept = raw.filter(reason.is_null()) if sum(left.values()) else raw
    inside = within_bounds(kept["lat_deg"].to_numpy(), kept["lon_deg"].to_numpy(), settings)
    if inside is not None:
        left["outside_bounds"] = int((~inside).sum())
        kept = kept.filter(inside)
    return kept, left


@dataclass(frozen=True)
class _Labelled:
    """Rows as they are stored, the leaf paths in order, and where each begins (and the last one ends)."""

    observations: Observations
    paths: list[str]
    starts: Index


def _label(observations: Observations, order: Index, leaves: Leaves, file: Path) -> _Labelled:
    """Order rows sorted by (icao24, time_s) by leaf path first.

    An aircraft's leaf depends on its year only, so leaves are looked up, and moved about, for runs of rows
    of one aircraft and year instead of for every row.
    """
    icao24 = observations.rows["icao24"].to_numpy()[order]
    year = _years(observations.rows["time_s"].to_numpy()[order], file)
    starts = runs(icao24, year)
    codes = leaves.leaf_codes(icao24[starts[:-1]], year[starts[:-1]])
    distinct, leaf_of_run = np.unique(codes, return_inverse=True)
    paths = [leaves.paths[code] for code in distinct.tolist()]
    by_path = sorted(range(len(paths)), key=paths.__getitem__)
    rank = np.empty(len(paths), np.int64)
    rank[by_path] = np.arange(len(paths))
    leaf_of_run = rank[leaf_of_run]
    run_order = np.argsort(leaf_of_run, kind="stable")
    lengths = np.diff(starts)[run_order]
    ends = np.cumsum(lengths)
    positions = np.arange(len(order)) + np.repeat(starts[:-1][run_order] - (ends - lengths), lengths)
    rows_of_leaf = np.bincount(leaf_of_run, weights=np.diff(starts), minlength=len(paths)).astype(np.int64)
    leaf_starts = np.concatenate([[0], np.cumsum(rows_of_leaf)]).astype(np.int64)
    return _Labelled(observations.take(order[positions]), [paths[i] for i in by_path], leaf_starts)


def _years(time_s: npt.NDArray[np.float64], file: Path) -> npt.NDArray[np.int16]:
    """Return the UTC year of each time."""
    if not len(time_s):
        return np.empty(0, np.int16)
    starts = [dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp() for year in _YEARS]
    low, high = float(time_s.min()), float(time_s.max())
    if low < starts[0] or high >= starts[-1]:
        wrong = low if low < starts[0] else high
        raise InputError(
            file, f"time {wrong:.0f} is not in POSIX seconds", "convert times to seconds since 1970"
        )
    first, last = np.searchsorted(starts, [low, high], side="right")
    if first == last:
        return np.full(len(time_s), _YEARS[first - 1], np.int16)
    return (np.searchsorted(starts, time_s, side="right") + (_YEARS.start - 1)).astype(np.int16)


def _write(path: Path, labelled: _Labelled, settings: OrganizeSettings) -> None:
    rows_of_leaf = np.diff(labelled.starts)
    total, size = int(labelled.starts[-1]), settings.row_group_rows
    about = {
        "trackmill.leaves": dict(zip(labelled.paths, rows_of_leaf.tolist(), strict=True)),
        "trackmill.digests": dict(zip(labelled.paths, _digests(labelled), strict=True)),
    }
    write_rows(
        path,
        ORGANIZED,
        labelled.observations,
        (np.repeat(np.arange(len(labelled.paths), dtype=np.int32), rows_of_leaf), labelled.paths),
        [(start, min(start + size, total)) for start in range(0, total, size)],
        settings.compression_level,
        {key: json.dumps(value) for key, value in about.items()},
    )


def _digests(labelled: _Labelled) -> list[str]:
    """Return for each leaf a digest of the values of its rows, whatever the file around them looks like."""
    buffers: list[npt.NDArray[np.generic]] = []
    for series in labelled.observations.rows:
        values = series.fill_null(0).to_numpy() if series.dtype != pl.Boolean else series.to_numpy()
        if series.name == "callsign":
            # Codes are positions in this file's list of call signs: hash what they stand for.
            values = _text_digests(labelled.observations)[values]
        buffers += [np.ascontiguousarray(values), series.is_null().to_numpy()]
    bounds = labelled.starts.tolist()
    found: list[str] = []
    for start, stop in itertools.pairwise(bounds):
        digest = hashlib.sha256()
        for buffer in buffers:
            digest.update(buffer[start:stop].data)
        found.append(digest.hexdigest()[:32])
    return found


def _text_digests(observations: Observations) -> npt.NDArray[np.uint64]:
    texts = [hashlib.sha256(name.encode()).digest()[:8] for name in observations.callsigns.to_pylist()]
    return np.frombuffer(b"".join(texts) or bytes(8), np.uint64)
