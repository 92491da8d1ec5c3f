"""Every stage run on the folders of a place, task by task in this process, as a worker of a job runs them."""

from __future__ import annotations

import functools
import inspect
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from data_schemas.config import (
    ArchiveSettings,
    EnrichSettings,
    LaunchSettings,
    ModelSettings,
    OrganizeSettings,
    ProcessSettings,
    RegistrySettings,
    StatisticsSettings,
)
from data_schemas.config.leaves import LeafSettings
from data_schemas.config.source import RegisterSource
from data_schemas.task import Counts, Task
from tracks.archive import archive_task, archive_tasks
from tracks.enrich import Enrichment
from tracks.leaves import LeafIndex
from tracks.models.task import train_task, train_tasks
from tracks.organize import hour_files, organize_task, organize_tasks
from tracks.process.task import process_task, process_tasks
from tracks.statistics import statistics_task, statistics_tasks

MEMORY_BYTES = int(LaunchSettings().memory_gb * 2**30)
PROCESS = ProcessSettings()
MODELS = (ModelSettings(),)
ENRICH = EnrichSettings(
    elevation_grids=("package:topo_5arcmin_demo_usa.tif",),
    region_file="package:admin1.geojson",
    airspace_files=("package:class_bcd_california.geojson",),
)


@dataclass
class Done:
    """Rows read, and what was made of them."""

    rows: int = 0
    made: Counter[str] = field(default_factory=Counter)


def organize(place: Path, raw: Path, out: Path, memory_bytes: int = MEMORY_BYTES) -> Done:
    """Organize the hours of a folder."""
    work = partial(organize_task, settings=OrganizeSettings(), leaves=leaf_index(place))
    return _run(organize_tasks(hour_files([raw]), out, ""), work, memory_bytes)


def archive(organized: Path, out: Path, memory_bytes: int = MEMORY_BYTES) -> Done:
    """Merge organized hours."""
    work = partial(archive_task, settings=ArchiveSettings())
    return _run(archive_tasks(organized, out, ""), work, memory_bytes)


def process(archived: Path, out: Path, memory_bytes: int = MEMORY_BYTES) -> Done:
    """Read, clean, enrich and write."""
    work = partial(process_task, settings=PROCESS, enrichment=enrichment())
    return _run(process_tasks(archived, out, ""), work, memory_bytes)


def statistics(place: Path, tracks: Path, out: Path, memory_bytes: int = MEMORY_BYTES) -> Done:
    """Count seconds by layer."""
    work = partial(statistics_task, settings=StatisticsSettings(), leaves=leaf_index(place))
    return _run(statistics_tasks(tracks, out, ""), work, memory_bytes)


def train(tracks: Path, out: Path, memory_bytes: int = MEMORY_BYTES) -> Done:
    """Count for models."""
    work = partial(train_task, models=MODELS, altitude_mode=PROCESS.altitude_mode)
    return _run(train_tasks(tracks, out, ""), work, memory_bytes)


def registry_settings(place: Path) -> RegistrySettings:
    """Return the settings with which the registry of a place is built."""
    one_leaf = (place / "one_leaf").exists()
    leaves = LeafSettings(hours_per_leaf=1e12, unknown_leaves=1) if one_leaf else LeafSettings()
    source = RegisterSource(format="generic", path=str(place / "register.csv"))
    return RegistrySettings(sources=(source,), leaves=leaves)


@functools.cache
def leaf_index(place: Path) -> LeafIndex:
    """Return the leaves of a place; a worker of a job loads them once, too."""
    return LeafIndex.load(place / "registry.parquet", registry_settings(place))


@functools.cache
def enrichment() -> Enrichment:
    """Return terrain, regions and airspace, loaded once."""
    return Enrichment.load(ENRICH)


def _run(tasks: list[Task], worker: Callable[..., Counts], memory_bytes: int) -> Done:
    if "memory_bytes" in inspect.signature(worker).parameters:
        worker = partial(worker, memory_bytes=memory_bytes)
    done = Done()
    for task in tasks:
        counts = worker(task)
        done.rows += counts.rows_in
        done.made.update(counts.made)
    return done
