"""The worker of stage 2: one leaf, brought up to date with the organized hours on disk."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import polars as pl

from data_schemas.config import ArchiveSettings
from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.tables.observations import ARCHIVED
from data_schemas.task import Counts, Task
from tracks.archive.hours import ArchivedLeaf, Holding, OrganizedHour
from tracks.observations import Index, Observations, runs, sort_order, write_rows


def archive_task(task: Task, *, settings: ArchiveSettings) -> Counts:
    """Merge the hours of one leaf into its file, sorted by (icao24, time_s, then all other columns).

    Hours that the file holds already are taken from it, be their organized files on disk or not; only new
    hours are read from theirs. Where an hour has changed since it was archived, the leaf is built anew
    from the organized files of all its hours. The bytes written do not depend on the way the hours came in.
    The file's key-value metadata hold `trackmill.hours`: for each hour its number of rows and their digest.

    A leaf that no hour holds any more becomes a file without rows.

    Returns
    -------
    Counts
        Rows in are those of every hour in the leaf, old and new; all of them are rows out.

    Raises
    ------
    InputError
        A file is damaged, or an hour has changed and another hour of the leaf is no longer on disk.
    """
    leaf = task.id
    archived = ArchivedLeaf.open(Path(task.output))
    on_disk = {hour.hour: hour for hour in (OrganizedHour.open(Path(path)) for path in task.inputs)}
    holdings = {name: held for name, hour in on_disk.items() if (held := hour.holding(leaf))}
    if _must_rebuild(archived, set(on_disk), holdings):
        kept: dict[str, Holding] = {}
    else:
        kept = archived.hours
    frames = [archived.read()] if kept else []
    frames += [on_disk[name].read(leaf) for name in sorted(holdings.keys() - kept.keys())]
    hours = dict(sorted((kept | holdings).items()))
    rows_in = sum(held.rows for held in hours.values())
    rows_out = _write(Path(task.output), frames, hours, settings)
    return Counts(rows_in, rows_out)


def _must_rebuild(archived: ArchivedLeaf, on_disk: set[str], holdings: dict[str, Holding]) -> bool:
    """Return whether an archived hour has changed on disk; refuse if the others cannot be had any more."""
    changed = [
        hour for hour, held in archived.hours.items() if hour in on_disk and holdings.get(hour) != held
    ]
    lost = [hour for hour in archived.hours if hour not in on_disk]
    if changed and lost:
        raise InputError(
            archived.path,
            f"hour {', '.join(changed)} has changed since it was archived, and the leaf cannot be built anew "
            f"without hour {', '.join(lost)}, which is no longer among the organized files",
            "organize the missing hours again, or put the hour back as it was",
        )
    return bool(changed)


def _write(
    path: Path, frames: list[pl.DataFrame], hours: dict[str, Holding], settings: ArchiveSettings
) -> int:
    """Sort and write all rows of a leaf; return how many there were."""
    if frames:
        observations = Observations.of(pl.concat(frames).select(ARCHIVED.names).rechunk())
        observations = observations.take(sort_order(observations.rows)[0])
    else:
        observations = Observations.of(_no_rows())
    starts = runs(observations.rows["icao24"].to_numpy())
    about = {"trackmill.hours": json.dumps({hour: asdict(held) for hour, held in hours.items()})}
    groups = list(_row_groups(starts, settings.row_group_rows))
    with complete_file(path) as part:
        write_rows(part, ARCHIVED, observations, None, groups, settings.compression_level, about)
    return observations.rows.height


def _row_groups(starts: Index, size: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of row groups of at most `size` rows that split no aircraft that fits in one.

    `starts` holds the first row of each aircraft, and the number of rows at its end.
    """
    bounds = starts.tolist()
    begin = 0
    for first, last in itertools.pairwise(bounds):
        if last - begin > size and first > begin:
            yield begin, first
            begin = first
        while last - begin > size:
            yield begin, begin + size
            begin += size
    if bounds[-1] > begin:
        yield begin, bounds[-1]


def _no_rows() -> pl.DataFrame:
    """Return a frame of observations without rows."""
    frame = pl.DataFrame(ARCHIVED.schema().empty_table())
    return frame.with_columns(pl.col("icao24").cast(pl.UInt32), pl.col("callsign").cast(pl.String))
