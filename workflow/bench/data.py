"""The observations that are worked on: hours simulated once, or those of a data set, with all stages run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml

from data_schemas.config import Config, Dataset, LaunchSettings, load_config
from data_schemas.errors import ConfigError, StageFailedError, did_you_mean
from data_schemas.files import write_text
from workflow.layout import STAGES
from workflow.stages.registered import configured_job, source_of
from workflow.stages.stage import Job

_DATASET: Final = "simulation"


def prepare_data(config: Config, stages: Collection[str], folder: Path) -> dict[str, Job]:
    """Return the jobs of stages on the benchmark's data, all former stages done.

    Parameters
    ----------
    config
        The configuration, its section `bench` above all.
    stages
        Stages that are going to be run.
    folder
        Where the data lie; what is there already is used again.

    Raises
    ------
    ConfigError
        The configuration has no data set of the name that `bench.dataset` says.
    StageFailedError
        A stage failed on them.
    """
    chosen = config.bench.dataset
    if chosen and chosen not in config.datasets:
        problem = f"the configuration has no data set '{chosen}'"
        raise ConfigError("bench.dataset", problem, did_you_mean(chosen, config.datasets))
    file = folder / "config.yaml"
    if chosen:
        name = chosen
        tree = config.model_dump(mode="json") | {"results": str(folder / "results")}
        tree["datasets"][name]["fuse"] = {"from_stage": "none"}  # stages are compared one by one
        write_text(file, yaml.safe_dump(tree, sort_keys=False))
    else:
        name = _DATASET
        _simulate(config, folder, file)
    prepared = load_config(file)
    options = ("--config", str(file), "--dataset", name)
    _trackmill("registry", "build", "--config", str(file))
    if chosen and not prepared.dataset(name).raw:
        _trackmill("samples", *options)
    for stage in _before(stages, prepared.dataset(name)):
        _trackmill(stage, *options, "--backend", "process", "--triple", "1,2,1", "--distribution", "self")
    return {stage: configured_job(prepared, name, stage) for stage in stages}


def _before(stages: Collection[str], dataset: Dataset) -> list[str]:
    """Return the stages whose output others need, in their order."""
    needed: set[str] = set()
    for stage in stages:
        before = source_of(dataset, stage)
        while before is not None:
            needed.add(before)
            before = source_of(dataset, before)
    return [stage for stage in STAGES if stage in needed]


def _simulate(config: Config, folder: Path, file: Path) -> None:
    bench = config.bench
    _trackmill(
        "simulate", str(folder), "--set", f"hours={bench.hours}", "--set", f"aircraft={bench.aircraft}"
    )
    tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    tree["registry"]["leaves"] = {"hours_per_leaf": bench.hours_per_leaf}
    tree["launch"] = LaunchSettings(backend="serial", triple=(1, 1, 1)).model_dump(mode="json")
    write_text(file, yaml.safe_dump(tree, sort_keys=False))


def _trackmill(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workflow.cli.main", *words], check=False, capture_output=True, text=True
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise StageFailedError(f"the benchmark's data could not be made: trackmill {words[0]}: {said}")


def run_job(job: Job, folder: Path) -> Job:
    """Return a stage's job that writes all it writes below a folder of its own."""
    return replace(job, output=folder / "out", ledger=folder / "ledger", summary=folder / "summary.json")
