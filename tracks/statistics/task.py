"""Stage 4 as tasks: one counts a leaf of tracks."""

from __future__ import annotations

from pathlib import Path

from data_schemas.config import StatisticsSettings
from data_schemas.task import Counts, Task
from tracks.leaves import LeafIndex
from tracks.statistics.counter import NEEDED, StatisticsCounter
from tracks.track_files import TrackFile, find_track_files
from tracks.track_rows import read_rows


def statistics_tasks(tracks: Path, out: Path, settings_digest: str) -> list[Task]:
    """Return one task a track file, its output `out/<year>/<type>/<leaf>.parquet`, its cost the file's bytes.

    Parameters
    ----------
    tracks
        Folder of tracks (stage 3).
    out
        Folder of the parts.
    settings_digest
        Digest of everything else that decides the output: the section `statistics` and the register.

    Raises
    ------
    InputError
        The folder holds no tracks.
    """
    return [
        Task(
            file.name,
            (str(file.path),),
            str(out / f"{file.name}.parquet"),
            float(file.path.stat().st_size),
            settings_digest,
        )
        for file in find_track_files(tracks)
    ]


def statistics_task(task: Task, *, settings: StatisticsSettings, leaves: LeafIndex) -> Counts:
    """Count the seconds of one leaf and write its part.

    Returns
    -------
    Counts
        See `StatisticsCounter.write`.

    Raises
    ------
    InputError
        The input is not a tracks table or does not lie where tracks do.
    """
    track = TrackFile.at(Path(task.inputs[0]))
    counter = StatisticsCounter(track.year, track.aircraft_type, settings, leaves)
    for rows in read_rows(track.path, NEEDED):
        counter.add(rows)
    return counter.write(task.output)
