"""Tracks sampled from a model: one file, or a task list over all ranks, a file a task."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from data_schemas.config import LaunchSettings
from data_schemas.task import Counts, Task, Worker
from workflow.stages.stage import digest

if TYPE_CHECKING:  # polars and numba wait for the threads to be set
    from tracks.models.sample import Sampler


@dataclass(frozen=True)
class Sample:
    """What is sampled: how many tracks of which length from which model, and how.

    `start` are start conditions as text (`tracks.models.start`), `form` a format of SAMPLE_FORMATS.
    """

    model: Path
    tracks: int
    seconds: int
    seed: int
    start: str
    reject: bool
    form: str

    def sampler(self) -> Sampler:
        """Return the sampler of the tracks."""
        from tracks.models.file import read_model
        from tracks.models.sample import Sampler
        from tracks.models.start import parse_start

        model = read_model(self.model)
        start = parse_start(self.start, model) if self.start else None
        return Sampler(model, self.seconds, self.seed, start, reject=self.reject)

    def digest(self) -> str:
        """Return the digest of all that decides a track but the file of the model."""
        facts = asdict(self)
        del facts["model"], facts["tracks"]
        return digest(json.dumps(facts))


def sample_files(out: Path, sample: Sample) -> Counts:
    """Write the tracks as one file, or in a format of several files into a folder, in this process."""
    from tracks.models.sample_tasks import write_tracks

    return write_tracks(out, sample.sampler(), 0, sample.tracks, sample.form)


def _worker(sample: Sample) -> Worker:
    from tracks.models.sample_tasks import sample_task

    return partial(sample_task, sampler=sample.sampler(), form=sample.form)


def sample_folder(out: Path, sample: Sample, launch: LaunchSettings) -> Counts | None:
    """Write the tracks as files below `out`/tracks; return their counts, None on all ranks but one.

    Files of an earlier run that are up to date stay; those of tracks no longer asked for are removed.
    """
    from jobs.resume import remove_orphans
    from jobs.run import run_tasks
    from tracks.models.sample_tasks import sample_tasks

    tasks: list[Task] = []

    def plan() -> list[Task]:
        sampler = sample.sampler()
        tasks.extend(
            sample_tasks(out / "tracks", sample.model, sampler, sample.tracks, sample.form, sample.digest())
        )
        return tasks

    summary = run_tasks(
        plan=plan,
        make_worker=partial(_worker, sample),
        launch=launch,
        ledger=out / "ledger",
        stage="sample",
    )
    if summary is None:  # not the first rank
        return None
    print(summary.line(), file=sys.stderr)
    if summary.orphans:
        remove_orphans(out / "ledger", tasks)
    totals = summary.stage_totals
    return Counts(totals.rows_in, totals.rows_out, totals.left, totals.made)
