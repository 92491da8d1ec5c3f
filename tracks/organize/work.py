"""The worker of stage 1: one raw hour file to one sorted, labelled Parquet file."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import numba
import numpy as np
import pyarrow as pa

from data_schemas.config import OrganizeSettings
from data_schemas.files import complete_file
from data_schemas.tables.observations import ORGANIZED
from data_schemas.task import Counts, Task
from tracks.listing import Holding, listing
from tracks.merge import DEFAULT_MEMORY_BYTES, rows_within
from tracks.observation_files import write_group, writer
from tracks.observations import Index
from tracks.organize.bounds import within_bounds
from tracks.organize.digests import LeafTally
from tracks.organize.sort import HourSorter, Leaves
from tracks.raw import read_blocks
from tracks.records import ADDRESS_SHIFT, BITS, NO_ADDRESS, NUMBERS, Records

_TIME, _LAT, _LON, _ALT_BARO, _ALT_GEO = (
    NUMBERS[name] for name in ("time_s", "lat_deg", "lon_deg", "alt_baro_ft_msl", "alt_geo_ft_msl")
)

_REASONS = (
    "",
    "bad_address",
    "missing_time",
    "missing_position",
    "missing_altitude",
    "position_out_of_range",
)
"""Why a row leaves, in the order in which the reasons are asked; 0 stays."""


def organize_task(
    task: Task,
    *,
    settings: OrganizeSettings,
    leaves: Leaves,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
) -> Counts:
    """Organize one hour: read it, drop and count bad rows, label the rest, sort, write.

    The file written has the columns of `ORGANIZED`, sorted by (leaf, icao24, time_s, then all other columns).
    Its key-value metadata list for each leaf where its rows are and a digest of them (`tracks.listing`): by
    these, archive finds the rows of a leaf and knows whether it has them already.

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
        rows_at_once = rows_within(memory_bytes)
        sorter = HourSorter(output, source, leaves, rows_at_once, settings.row_group_rows, files)
        for block in read_blocks(source):
            rows_in += len(block)
            sorter.add(block, _kept(block, settings, left))
        rows_out = _write(output, sorter)
    left["duplicate_row"] = sorter.repeats
    return Counts(rows_in, rows_out, {reason: count for reason, count in left.items() if count})


def _kept(block: Records, settings: OrganizeSettings, left: Counter[str]) -> Index:
    """Return the rows for which no reason holds, and count those that leave by the first that holds."""
    reasons = _reasons(block.words)
    counts = np.bincount(reasons, minlength=len(_REASONS)).tolist()
    left.update(dict(zip(_REASONS[1:], counts[1:], strict=True)))
    kept = np.flatnonzero(reasons == 0)
    inside = within_bounds(block.numbers("lat_deg")[kept], block.numbers("lon_deg")[kept], settings)
    if inside is not None:
        left["outside_bounds"] += int((~inside).sum())
        kept = kept[inside]
    return kept


@numba.njit(cache=True)
def _reasons(words):  # type: ignore[no-untyped-def]
    """Return for each record the place of the first reason that holds, 0 where none does."""
    numbers, reasons = words.view(np.float64), np.empty(len(words), np.uint8)
    for row in range(len(words)):
        lat, lon = numbers[row, _LAT], numbers[row, _LON]
        if words[row, BITS] >> np.uint64(ADDRESS_SHIFT) == NO_ADDRESS:
            reasons[row] = 1
        elif np.isnan(numbers[row, _TIME]):
            reasons[row] = 2
        elif np.isnan(lat) or np.isnan(lon):
            reasons[row] = 3
        elif np.isnan(numbers[row, _ALT_BARO]) and np.isnan(numbers[row, _ALT_GEO]):
            reasons[row] = 4
        else:
            reasons[row] = 5 if abs(lat) > 90 or abs(lon) > 180 else 0
    return reasons


def _write(output: Path, sorter: HourSorter) -> int:
    """Write the sorted rows; return how many there are."""
    tally = LeafTally()
    paths, groups = sorter.result()
    texts = pa.array(paths, pa.string())
    with complete_file(output) as part, writer(part, ORGANIZED) as target:
        for records, ranks in groups:
            tally.add(records.words, ranks)
            write_group(target, records.table(target.schema, ranks, texts))
        held = {paths[rank]: Holding(tally.rows[rank], digest) for rank, digest in tally.digests().items()}
        target.add_key_value_metadata(listing(held))
    return sum(tally.rows.values())
