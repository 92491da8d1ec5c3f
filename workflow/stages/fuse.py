"""Stages 3 to 5, or 2 to 5, in one pass over each leaf."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from data_schemas.task import Counts, Task, Worker
from workflow.layout import FOLDERS, FUSE, fused_stages
from workflow.stages import archive, process, statistics, train
from workflow.stages.stage import Job, Stage, Sums, digest

if TYPE_CHECKING:
    from tracks.fuse import FusedFolder


def _folder(job: Job) -> FusedFolder:
    from tracks.fuse import FusedFolder

    return FusedFolder(job.output / FOLDERS[FUSE])


def _merges(job: Job) -> bool:
    """Whether the pass begins with stage 2."""
    return "archive" in fused_stages(job.dataset)


def _archive(job: Job) -> Path:
    return job.output / FOLDERS["archive"] if _merges(job) else job.one_input


def _plan(job: Job) -> list[Task]:
    from tracks.fuse import passes_from_archive, passes_from_process
    from tracks.models.parts import counted_as
    from tracks.registry import registry_digest

    one, write_tracks = job.dataset, job.dataset.fuse.write_tracks
    counted = counted_as(one.train.models, one.process.altitude_mode)
    sections = (one.process, one.enrich, one.statistics, one.fuse, *([one.archive] if _merges(job) else []))
    settings = digest(
        FUSE,
        *(section.digest() for section in sections),
        registry_digest(job.registry),
        json.dumps(counted, sort_keys=True),
    )
    if not _merges(job):
        return passes_from_process(job.one_input, _folder(job), settings, write_tracks=write_tracks)
    digests = settings, archive.settings_digest(job)
    return passes_from_archive(job.one_input, _archive(job), _folder(job), digests, write_tracks=write_tracks)


def _worker(job: Job) -> Worker:
    from tracks.enrich import Enrichment
    from tracks.fuse import Pass, fused_task
    from tracks.leaves import LeafIndex

    one = job.dataset
    work = Pass(
        folder=_folder(job),
        process=one.process,
        statistics=one.statistics,
        models=one.train.models,
        enrichment=Enrichment.load(one.enrich),
        leaves=LeafIndex.load(job.registry, job.registry_settings),
        write_tracks=one.fuse.write_tracks,
        archive=_archive(job),
        archive_settings=one.archive,
        archive_digest=archive.settings_digest(job),
    )
    return partial(fused_task, work=work, memory_bytes=job.memory_bytes)


def _counts_of(totals: Sums, stage: str) -> Counts:
    from tracks.fuse import of_stage

    return of_stage(totals.made, stage)


def _finish(job: Job, _outputs: list[Path]) -> dict[str, dict[str, object]]:
    """Do what the stages of the pass do at their ends."""
    from tracks.fuse import leaves_in

    folder, files = _folder(job), _archive(job)
    if _merges(job):
        archive.STAGE.finish(job, [files / f"{leaf}.parquet" for leaf in leaves_in(files)])
    leaves = leaves_in(files)
    folder.keep(leaves)
    outputs = {
        process.STAGE: [],
        statistics.STAGE: [folder.seconds_of(leaf) for leaf in leaves],
        train.STAGE: [folder.counts_of(leaf) for leaf in leaves],
    }
    facts: dict[str, dict[str, object]] = {}
    for stage, paths in outputs.items():
        one = replace(job, stage=stage.name, output=job.output / FOLDERS[stage.name])
        facts[stage.name] = {"tasks": len(leaves), **stage.finish(one, paths).get(stage.name, {})}
    return facts


STAGE = Stage(
    FUSE,
    "Do stages process, statistics and train in one pass.",
    "Clean each leaf's observations, enrich the seconds and count them, with nothing written for the next "
    "stage to read. Section fuse of the configuration says whether the hours of a leaf are merged in the "
    "same pass (from_stage: archive), and whether 1 Hz tracks are written. Results are those of the stages.",
    _plan,
    _worker,
    keeps_former_outputs=True,  # `_finish` knows which leaves there are, however they are put together
    finish=_finish,
    covers=lambda job: fused_stages(job.dataset),
    counts_of=_counts_of,
)
