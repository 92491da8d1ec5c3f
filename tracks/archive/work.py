"""The worker of stage 2: leaves brought up to date with the organized hours on disk."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from data_schemas.config import ArchiveSettings
from data_schemas.errors import InputError
from data_schemas.files import complete_file, remove_parts
from data_schemas.tables.observations import ARCHIVED
from data_schemas.task import Counts, Task
from tracks.archive.hours import ArchivedLeaf, OrganizedHour
from tracks.archive.tasks import settings_of, span
from tracks.listing import Holding
from tracks.merge import DEFAULT_MEMORY_BYTES, merged, rows_within
from tracks.observation_files import Ranked, row_groups, write_group, writer
from tracks.observations import GATHERED_AT_ONCE, runs
from tracks.row_order import are_ordered, sort_order


def archive_task(
    task: Task, *, settings: ArchiveSettings, memory_bytes: int = DEFAULT_MEMORY_BYTES
) -> Counts:
    """Merge the hours of each leaf into its file, sorted by (icao24, time_s, then all other columns).

    Hours that a file holds already are taken from it, be their organized files on disk or not; only new
    hours are read from theirs. Where an hour has changed since it was archived, the leaf is built anew
    from the organized files of all its hours. The bytes written do not depend on the way the hours came in.
    A file's key-value metadata hold `trackmill.hours`, for each hour its number of rows and their digest, and
    `trackmill.settings`, the digest of the settings it was written with: one that has nothing to gain stays
    as it is. A leaf that no hour holds any more becomes a file without rows.

    Parameters
    ----------
    memory_bytes
        What the process may use: rows are merged in pieces that fit. No byte written depends on it.

    Returns
    -------
    Counts
        Rows in are those of every hour in the leaves, old and new; all of them are rows out.

    Raises
    ------
    InputError
        A file is damaged, or an hour has changed and another hour of the leaf is no longer on disk.
    """
    rows_in = rows_out = 0
    for leaf, tables in archived_leaves(task, settings=settings, memory_bytes=memory_bytes):
        rows_in += leaf.rows
        rows_out += leaf.rows if leaf.current else sum(table.num_rows for table in tables)
    return Counts(rows_in, rows_out)


@dataclass(frozen=True)
class LeafUpdate:
    """What a leaf is to hold, and from where.

    Attributes
    ----------
    leaf
        Its path in the hierarchy.
    archived
        Its file, as it is.
    keep
        Whether what the file holds stays.
    fresh
        Names of the hours to be read.
    hours
        What each hour has in the leaf, once it is up to date.
    settings
        Digest of the settings to write it with.
    """

    leaf: str
    archived: ArchivedLeaf
    keep: bool
    fresh: frozenset[str]
    hours: dict[str, Holding]
    settings: str

    @property
    def current(self) -> bool:
        """Whether the file is as it is to be already."""
        return self.keep and not self.fresh and self.archived.settings == self.settings

    @property
    def rows(self) -> int:
        """Rows of the leaf, once it is up to date."""
        return sum(held.rows for held in self.hours.values())


def archived_leaves(
    task: Task, *, settings: ArchiveSettings, memory_bytes: int = DEFAULT_MEMORY_BYTES
) -> Iterator[tuple[LeafUpdate, Iterator[pa.Table]]]:
    """Do the work of `archive_task`, and hand out what is written as it is written.

    Yields
    ------
    tuple
        A leaf, and its row groups in order, in the schema of `ARCHIVED`. Each is written when it is asked
        for; the file is in place when all have been, and they must be before the next leaf is asked for.
    """
    hours = [OrganizedHour.open(Path(path), span(task)) for path in task.inputs]
    *others, last = sorted({*span(task), *(leaf for hour in hours for leaf in hour.holdings)})
    archive = Path(task.output.removesuffix(f"{last}.parquet"))
    updates = [_update(leaf, archive / f"{leaf}.parquet", hours, task) for leaf in (*others, last)]
    ranks = {update.leaf: rank for rank, update in enumerate(updates)}
    kept = [update for update in updates if update.keep and not update.current]
    sources = [[update.archived.stretch(update.leaf) for update in kept]]
    for hour in hours:
        wanted = {update.leaf for update in updates if hour.hour in update.fresh}
        sources.append(hour.stretches(wanted))
    found = merged(
        [source for source in sources if source], ranks, rows_within(memory_bytes), Path(task.output)
    )
    by_leaf = itertools.groupby(_in_order(found), lambda piece: int(piece[1][0]))
    rank, pieces = next(by_leaf, (len(updates), iter(())))
    for at, update in enumerate(updates):
        if update.current:
            yield update, update.archived.tables()
        elif at < rank:
            yield update, _write(update, (), settings)
        else:
            yield update, _write(update, pieces, settings)
            rank, pieces = next(by_leaf, (len(updates), iter(())))


def _in_order(pieces: Iterable[Ranked]) -> Iterator[Ranked]:
    """Sort pieces where they are not, and cut them small and where a leaf ends."""
    for rows, ranks in pieces:
        order = None if are_ordered(rows.rows, ranks) else sort_order(rows.rows, ranks)[0]
        rank = ranks if order is None else ranks[order]
        for start, stop in itertools.pairwise(runs(rank).tolist()):
            for begin in range(start, stop, GATHERED_AT_ONCE):  # a whole piece in order would be a copy
                here = slice(begin, min(begin + GATHERED_AT_ONCE, stop))
                yield rows[here] if order is None else rows.take(order[here]), rank[here]


def _update(leaf: str, file: Path, hours: list[OrganizedHour], task: Task) -> LeafUpdate:
    """Return what is to become of a leaf."""
    archived = ArchivedLeaf.open(file)
    holdings = {hour.hour: hour.holdings[leaf] for hour in hours if leaf in hour.holdings}
    keep = bool(archived.hours) and not _must_rebuild(archived, {hour.hour for hour in hours}, holdings)
    kept = archived.hours if keep else {}
    fresh = frozenset(holdings.keys() - kept.keys())
    return LeafUpdate(leaf, archived, keep, fresh, dict(sorted((kept | holdings).items())), settings_of(task))


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


def _write(update: LeafUpdate, pieces: Iterable[Ranked], settings: ArchiveSettings) -> Iterator[pa.Table]:
    """Write the rows of a leaf, and yield each row group."""
    path = update.archived.path
    remove_parts(
        path
    )  # those of a killed run: of a task's other leaves than the last nobody else removes them
    hours = {hour: held._asdict() for hour, held in update.hours.items()}
    about = {"trackmill.hours": json.dumps(hours), "trackmill.settings": update.settings}
    with (
        complete_file(path) as part,
        writer(part, ARCHIVED, settings.compression_level) as target,
    ):
        for rows, _ in row_groups(pieces, settings.row_group_rows):
            table = rows.table(target.schema)
            write_group(target, table)
            yield table
        target.add_key_value_metadata(about)
