"""Sampled tracks as a task list, each task a run of tracks and one file, and the work of a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from data_schemas.sample_formats import SAMPLE_FORMATS
from data_schemas.task import Counts, Task
from tracks.models.sample import Drawn, Sampler
from tracks.models.sampled_files import WRITERS

FILE_ROWS = 1 << 20
"""Track-seconds of a file, about, unless there would be too many files."""
MOST_FILES = 1000
"""Files in the folder of a sample."""


def sample_tasks(out: Path, model: Path, sampler: Sampler, tracks: int, form: str, digest: str) -> list[Task]:
    """Return the tasks that write tracks 0 to `tracks` - 1, at most a thousand.

    The id of a task says which tracks are its own: `tracks_<first>_<behind the last>`. The files do not
    depend on who writes them, nor on how many do.

    Parameters
    ----------
    out
        Folder of the files.
    model
        File of the model: a newer one makes the files stale.
    sampler
        The sampler of the tracks.
    tracks
        Number of tracks.
    form
        A format of one file (`SAMPLE_FORMATS`).
    digest
        Digest of everything else that decides the tracks.
    """
    step = max(1, FILE_ROWS // sampler.seconds)
    step *= max(1, -(-tracks // (step * MOST_FILES)))
    tasks = []
    for first in range(0, tracks, step):
        last = min(first + step, tracks)
        name = f"tracks_{first:010d}_{last:010d}"
        tasks.append(
            Task(name, (str(model),), str(out / (name + SAMPLE_FORMATS[form])), float(last - first), digest)
        )
    return tasks


def sample_task(task: Task, *, sampler: Sampler, form: str) -> Counts:
    """Write one file of tracks; see `write_tracks`."""
    first, last = (int(word) for word in task.id.split("_")[1:])
    return write_tracks(Path(task.output), sampler, first, last - first, form)


def write_tracks(out: Path, sampler: Sampler, first: int, tracks: int, form: str) -> Counts:
    """Write tracks `first`, `first` + 1, ... in a format, a block of them in memory at a time.

    Returns
    -------
    Counts
        rows_in: tracks drawn; rows_out: tracks written; left: tracks rejected, by reason; made: seconds.
    """
    left: Counter[str] = Counter()
    WRITERS[form](out, _counted(sampler.blocks(first, tracks), left), sampler.model)
    rejected = {reason: number for reason, number in left.items() if number}
    return Counts(tracks + sum(rejected.values()), tracks, rejected, {"seconds": tracks * sampler.seconds})


def _counted(blocks: Iterable[Drawn], left: Counter[str]) -> Iterator[Drawn]:
    for block in blocks:
        left.update(block.rejected)
        yield block
