"""Stage 3 as tasks: an archived leaf in, its 1 Hz tracks out."""

from __future__ import annotations

from pathlib import Path

from data_schemas.config import ProcessSettings
from data_schemas.errors import InputError
from data_schemas.task import Counts, Task
from tracks.enrich import Enrichment
from tracks.leaves import LEAF_FILES
from tracks.process.leaf_file import read_observations, rows_in
from tracks.process.leaf_tracks import clean_pieces
from tracks.process.table import tracks_schema, tracks_table
from tracks.process.write import tracks_writer


def process_tasks(archive: Path, tracks: Path, settings_digest: str) -> list[Task]:
    """Return one task a leaf of the archive: its id is the leaf's path, its cost the leaf's rows.

    Parameters
    ----------
    archive
        Folder of stage 2: <year>/<aircraft type>/<seats bin>/<first>_<last>.parquet.
    tracks
        Folder written: year=<year>/aircraft_type=<type>/<seats bin>_<first>_<last>.parquet.
    settings_digest
        Digest of everything else that decides the output (the sections `process` and `enrich`).

    Raises
    ------
    InputError
        The folder is missing or holds no leaf, or a file in it is not an archived leaf.
    """
    if not archive.is_dir():
        raise InputError(archive, "no such folder of archived leaves", "run trackmill archive first")
    files = sorted(archive.glob(LEAF_FILES))
    if not files:
        raise InputError(archive, "no archived leaves in this folder", "run trackmill archive first")
    tasks = []
    for file in files:
        leaf = file.relative_to(archive).with_suffix("")
        year, aircraft_type, seats, addresses = leaf.parts
        output = tracks / f"year={year}" / f"aircraft_type={aircraft_type}" / f"{seats}_{addresses}.parquet"
        cost = float(rows_in(file))
        tasks.append(Task(leaf.as_posix(), (str(file),), str(output), cost, settings_digest))
    return tasks


def process_task(task: Task, *, settings: ProcessSettings, enrichment: Enrichment) -> Counts:
    """Write the 1 Hz tracks of one leaf as Parquet (LZ4), sorted by (icao24, segment, time_s).

    A leaf whose rows all leave becomes a file without rows. The bytes depend on the archived file, the
    settings and the outside data alone.

    Returns
    -------
    Counts
        Rows in are the archived ones, rows out those that remain when the tracks are interpolated; made are
        `segments`, `seconds`, and the rows that each outlier test rejects of those it is shown.

    Raises
    ------
    InputError
        The file is missing, damaged, not sorted, or not an archived leaf.
    """
    (source,) = (Path(path) for path in task.inputs)
    _year, aircraft_type, *_leaf = task.id.split("/")
    total = Counts()
    with tracks_writer(task.output, tracks_schema(enrichment), settings) as write:
        for icao24, leaf in clean_pieces(read_observations(source), settings, enrichment, aircraft_type):
            total += leaf.counts()
            for seconds in leaf.tracks():
                write(tracks_table(seconds, icao24, settings, enrichment))
    return total
