"""Stages run on the folders of a place, task by task in this process, as a worker of a job runs them."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data_schemas.config import Dataset, RegistrySettings
from data_schemas.config.leaves import LeafSettings
from data_schemas.config.source import RegisterSource
from data_schemas.task import Task, Worker
from workflow.stages.stage import Job

SETTINGS: dict[str, Any] = {
    "enrich": {
        "elevation_grids": ["package:topo_5arcmin_demo_usa.tif"],
        "region_file": "package:admin1.geojson",
        "airspace_files": ["package:class_bcd_california.geojson"],
    }
}
"""The defaults, with the terrain, regions and airspace that the package ships."""


@dataclass
class Done:
    """Rows read, and what was made of them."""

    rows: int = 0
    made: Counter[str] = field(default_factory=Counter)


def dataset(**sections: dict[str, Any]) -> Dataset:
    """Return the settings of stages."""
    return Dataset.model_validate(SETTINGS | sections)


def registry_settings(place: Path) -> RegistrySettings:
    """Return the settings with which the registry of a place is built."""
    one_leaf = (place / "one_leaf").exists()
    leaves = LeafSettings(hours_per_leaf=1e12, unknown_leaves=1) if one_leaf else LeafSettings()
    source = RegisterSource(format="generic", path=str(place / "register.csv"))
    return RegistrySettings(sources=(source,), leaves=leaves)


def planned(
    name: str, place: Path, source: Path, out: Path, memory_bytes: int, **sections: dict[str, Any]
) -> Callable[[], Done]:
    """Return the run of a stage whose input is there: tasks are listed, and the worker is made, by now."""
    stage, job = _job(name, place, source, out, memory_bytes, sections)
    tasks, worker = stage.plan(job), stage.worker(job)
    return lambda: _run(tasks, worker)


def worker_of(
    name: str, place: Path, out: Path, memory_bytes: int, **sections: dict[str, Any]
) -> Callable[[Task], Done]:
    """Return what does single tasks of a stage."""
    stage, job = _job(name, place, place, out, memory_bytes, sections)
    worker = stage.worker(job)
    return lambda task: _run([task], worker)


def unplanned(
    name: str, place: Path, source: Path, out: Path, memory_bytes: int, **sections: dict[str, Any]
) -> Callable[[], Done]:
    """Return the run of a stage whose input another one writes first: tasks are listed when it is run."""
    stage, job = _job(name, place, source, out, memory_bytes, sections)
    worker = stage.worker(job)
    return lambda: _run(stage.plan(job), worker)


def _job(
    name: str, place: Path, source: Path, out: Path, memory_bytes: int, sections: dict[str, dict[str, Any]]
) -> tuple[Any, Job]:
    job = Job(
        stage=name,
        inputs=(source,),
        output=out,
        registry=place / "registry.parquet",
        ledger=place / "ledger",
        summary=place / "summary.json",
        dataset=dataset(**sections),
        registry_settings=registry_settings(place),
        memory_gb=memory_bytes / 2**30,
    )
    return importlib.import_module(f"workflow.stages.{name}").STAGE, job


def _run(tasks: list[Task], worker: Worker) -> Done:
    done = Done()
    for task in tasks:
        counts = worker(task)
        done.rows += counts.rows_in
        done.made.update(counts.made)
    return done
