"""The worker of stage 1: one raw hour file to one sorted, labelled Parquet file."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pyarrow as pa

from data_schemas.config import OrganizeSettings
from data_schemas.files import complete_file
from data_schemas.tables.observations import ORGANIZED
from data_schemas.task import Counts, Task
from tracks.merge import DEFAULT_MEMORY_BYTES, rows_within
from tracks.observation_files import row_groups, write_group, writer
from tracks.observations import Observations
from tracks.organize.bounds import within_bounds
from tracks.organize.digests import LeafTally
from tracks.organize.sort import HourSorter, Leaves
from tracks.raw import read_blocks

_REASONS: dict[str, pl.Expr] = {
    "bad_address": pl.col("icao24").is_null(),
    "missing_time": pl.col("time_s").is_null(),
    "missing_position": pl.col("lat_deg").is_null() | pl.col("lon_deg").is_null(),
    "missing_altitude": pl.col("alt_baro_ft_msl").is_null() & pl.col("alt_geo_ft_msl").is_null(),
    "position_out_of_range": (pl.col("lat_deg").abs() > 90) | (pl.col("lon_deg").abs() > 180),
}
"""Why a row leaves, in the order in which the reasons are asked."""


def organize_task(
    task: Task,
    *,
    settings: OrganizeSettings,
    leaves: Leaves,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
) -> Counts:
    """Organize one hour: read it, drop and count bad rows, label the rest, sort, write.

    The file written has the columns of `ORGANIZED`, sorted by (leaf, icao24, time_s, then all other columns).
    Its key-value metadata hold, in the order of the rows, `trackmill.leaves`, rows by leaf, and
    `trackmill.digests`, a digest of the rows by leaf: by these, archive finds the rows of a leaf and knows
    whether it has them already.

    Parameters
    ----------
    memory_bytes
        What the process may use; an hour that needs more is sorted by way of files. The bytes written do not
        depend on it.

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
    source, output = Path(task.inputs[0]), Path(task.output)
    left: Counter[str] = Counter()
    rows_in = 0
    with ExitStack() as files:
        sorter = HourSorter(output, source, leaves, rows_within(memory_bytes), files)
        for block in read_blocks(source):
            rows_in += len(block)
            sorter.add(_drop_bad(block, settings, left))
        rows_out = _write(output, sorter, settings)
    left["duplicate_row"] = sorter.repeats
    return Counts(rows_in, rows_out, {reason: count for reason, count in left.items() if count})


def _drop_bad(block: Observations, settings: OrganizeSettings, left: Counter[str]) -> Observations:
    """Return the rows for which no reason holds, and count those that leave by the first that holds."""
    rows = block.rows
    keep = pl.repeat(True, rows.height, eager=True)
    for reason, holds in rows.select(**_REASONS).to_dict().items():
        good = keep & ~holds.fill_null(value=False)
        left[reason] += int((keep & ~good).sum())
        keep = good
    if not keep.all():
        rows = rows.filter(keep)
    inside = within_bounds(rows["lat_deg"].to_numpy(), rows["lon_deg"].to_numpy(), settings)
    if inside is not None:
        left["outside_bounds"] += int((~inside).sum())
        rows = rows.filter(inside)
    return Observations(rows, block.callsigns)


def _write(output: Path, sorter: HourSorter, settings: OrganizeSettings) -> int:
    """Write the sorted rows; return how many there are."""
    tally = LeafTally()
    paths, pieces = sorter.result()
    texts = pa.array(paths, pa.string())
    with complete_file(output) as part, writer(part, ORGANIZED, settings.compression_level) as target:
        for rows, ranks in row_groups(pieces, settings.row_group_rows, whole_aircraft=False):
            tally.add((rows, ranks))
            write_group(target, rows.table(target.schema, (ranks, texts)))
        rows_of = {paths[rank]: count for rank, count in tally.rows.items()}
        digests = {paths[rank]: digest for rank, digest in tally.digests().items()}
        about = {"trackmill.leaves": json.dumps(rows_of), "trackmill.digests": json.dumps(digests)}
        target.add_key_value_metadata(about)
    return sum(tally.rows.values())
