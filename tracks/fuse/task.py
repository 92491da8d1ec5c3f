"""One pass over a leaf: its observations are cleaned, enriched and counted, and nothing is read twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from data_schemas.config import ArchiveSettings, ModelSettings, ProcessSettings, StatisticsSettings
from data_schemas.files import remove_parts
from data_schemas.task import Counts, Task
from tracks.archive import archived_leaves
from tracks.enrich import Enrichment
from tracks.fuse.counts import together
from tracks.fuse.files import FusedFolder
from tracks.fuse.tasks import merge_of
from tracks.leaves import LeafIndex
from tracks.models.leaf import needed
from tracks.models.parts import TrainCounter
from tracks.process.leaf import CleanLeaf
from tracks.process.leaf_file import observations_of, read_observations
from tracks.process.leaf_tracks import clean_pieces
from tracks.process.observations import LeafObservations
from tracks.process.table import tracks_rows, tracks_schema, tracks_table
from tracks.process.write import tracks_writer
from tracks.statistics import StatisticsCounter
from tracks.statistics.counter import NEEDED
from tracks.track_rows import TrackRows, address_numbers


@dataclass(frozen=True)
class Pass:
    """What a pass does to each leaf.

    Attributes
    ----------
    folder
        Where it writes.
    process, statistics, models
        Settings of stages 3 to 5.
    enrichment, leaves
        The outside data of stage 3, the register of stage 4.
    write_tracks
        Whether the 1 Hz tracks are written.
    archive, archive_settings, archive_digest
        Folder of stage 2, and where the pass begins with it, its settings and their digest.
    """

    folder: FusedFolder
    process: ProcessSettings
    statistics: StatisticsSettings
    models: tuple[ModelSettings, ...]
    enrichment: Enrichment
    leaves: LeafIndex
    write_tracks: bool
    archive: Path
    archive_settings: ArchiveSettings
    archive_digest: str


def fused_task(task: Task, *, work: Pass, memory_bytes: int) -> Counts:
    """Do stages 3 to 5, or 2 to 5, of one leaf in one pass, or of some leaves one after the other.

    Every file has the bytes that the stages give it one by one. Each is written complete or not at all, a
    leaf's counts of models last: they are the output of the task, and where they are, the others are.

    Parameters
    ----------
    task
        Of `passes_from_process` or `passes_from_archive`.
    work
        What to do.
    memory_bytes
        What the process may use. No byte written depends on it.

    Returns
    -------
    Counts
        Rows of stage 3, and in `made` the counts of every stage, for `of_stage`.

    Raises
    ------
    InputError
        As the single stages have it.
    """
    total = {stage: Counts() for stage in ("archive", "process", "statistics", "train")}
    for leaf, observed, rows in _leaves(task, work, memory_bytes):
        stages = _counted(leaf, observed, work)
        processed = stages["process"].rows_in
        stages["archive"] = Counts(processed if rows is None else rows, processed)
        total = {stage: counts + stages[stage] for stage, counts in total.items()}
    return together(total, rows_of="process")


def _leaves(
    task: Task, work: Pass, memory_bytes: int
) -> Iterator[tuple[str, Iterable[LeafObservations], int | None]]:
    """Yield the leaves of a task, their observations, and where it merges them how many there must be."""
    merge = merge_of(task, work.archive, work.archive_digest)
    if merge is None:
        yield task.id, read_observations(Path(task.inputs[0])), None
        return
    half = memory_bytes // 2  # the other half is for what is made of the rows
    for leaf, tables in archived_leaves(merge, settings=work.archive_settings, memory_bytes=half):
        yield leaf.leaf, observations_of(tables, leaf.archived.path), leaf.rows


def _counted(leaf: str, observed: Iterable[LeafObservations], work: Pass) -> dict[str, Counts]:
    """Clean, enrich and count the observations of a leaf, and write what comes of it."""
    year, aircraft_type, *_addresses = leaf.split("/")
    statistics = StatisticsCounter(int(year), aircraft_type, work.statistics, work.leaves)
    train = TrainCounter(work.models, work.process.altitude_mode)
    wanted = {*NEEDED, *needed(work.models, work.process.altitude_mode)}
    for path in work.folder.files_of(leaf):  # of a killed run; the launcher knows of a task's output alone
        remove_parts(path)
    processed = Counts()
    with _writer(leaf, work) as write:  # none if tracks are not
        for icao24, piece in clean_pieces(observed, work.process, work.enrichment, aircraft_type):
            processed += piece.counts()
            for rows in _rows(piece, icao24, work, wanted, write):
                statistics.add(rows)
                train.add(rows)
    return {
        "process": processed,
        "statistics": statistics.write(work.folder.seconds_of(leaf)),
        "train": train.write(work.folder.counts_of(leaf)),
    }


def _rows(
    piece: CleanLeaf,
    icao24: pa.StringArray,
    work: Pass,
    wanted: Collection[str],
    write: Callable[[pa.Table], None] | None,
) -> Iterator[TrackRows]:
    """Make the tracks of a piece, write them if they are to be, and yield the columns that are counted."""
    if write is None:
        addresses = address_numbers(icao24)
        for seconds in piece.tracks(wanted):
            yield tracks_rows(seconds, addresses, work.process, work.enrichment)
        return
    for seconds in piece.tracks():
        table = tracks_table(seconds, icao24, work.process, work.enrichment)
        write(table)
        yield from map(TrackRows.of, table.select(list(wanted)).to_batches())


def _writer(leaf: str, work: Pass) -> AbstractContextManager[Callable[[pa.Table], None] | None]:
    if not work.write_tracks:
        return nullcontext()
    return tracks_writer(work.folder.tracks_of(leaf), tracks_schema(work.enrichment), work.process)
