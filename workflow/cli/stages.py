"""The stages by hand (organize, archive, process, statistics, train, fuse) and all in one (run)."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

from data_schemas.config import Config, LaunchSettings
from data_schemas.errors import InputError
from workflow.cli import options
from workflow.cli.ranks import on_all_ranks, start_ranks
from workflow.layout import Layout, stages_of
from workflow.stages.registered import BY_NAME, check_stage, configured_job
from workflow.stages.stage import Job, run_stage

_INPUTS = {
    "organize": "raw hour files, or folders of them",
    "archive": "folder of organized hours",
    "process": "folder of the archive",
    "statistics": "folder of tracks",
    "train": "folder of tracks",
    "fuse": "folder of the archive; of organized hours if the pass begins with archive",
}


def add_commands(commands: Any) -> None:
    """Add a command for each stage, and `run`."""
    for name, stage in BY_NAME.items():
        command = commands.add_parser(
            name,
            help=stage.headline,
            description=stage.about,
            epilog="Without INPUT and --out the folders are those of the configuration's data set.",
        )
        command.add_argument("inputs", metavar="INPUT", type=Path, nargs="*", help=_INPUTS[name])
        command.add_argument("--out", metavar="DIR", type=Path, help="folder to write to (needed with INPUT)")
        command.add_argument("--registry", metavar="FILE", type=Path, help="of `registry build`")
        options.add_dataset(command)
        options.add_launch(command)
        command.set_defaults(run=_stage, stage=name)
    command = commands.add_parser(
        "run",
        help="Run one stage or all, starting the MPI ranks.",
        description="Run a stage, or all stages of all data sets, starting the configured MPI ranks: the "
        "same as Snakemake's rules do, without Snakemake.",
    )
    command.add_argument(
        "what", metavar="STAGE", choices=["all", *BY_NAME], help=f"all, {', '.join(BY_NAME)}"
    )
    options.add_dataset(command)
    options.add_launch(command)
    command.set_defaults(run=_run)


def _stage(arguments: argparse.Namespace) -> int:
    config = options.read_config(arguments)
    launch = options.launch_settings(arguments, config.launch_of(arguments.stage))
    job = _job(arguments, config)
    return on_all_ranks(launch, lambda: run_stage(BY_NAME[arguments.stage], job, launch))


def _job(arguments: argparse.Namespace, config: Config) -> Job:
    name = options.dataset_name(arguments, config)
    if not arguments.inputs:
        check_stage(config, name, arguments.stage)
    job = configured_job(config, name, arguments.stage)
    changes: dict[str, Any] = {}
    if arguments.registry:
        changes["registry"] = arguments.registry
    if arguments.inputs:
        if not arguments.out:
            raise InputError("--out", "is missing", "say which folder the given inputs are written to")
        ledger = arguments.out / "ledger"
        changes |= {
            "inputs": tuple(arguments.inputs),
            "output": arguments.out,
            "ledger": ledger / arguments.stage,
            "summary": ledger / f"{arguments.stage}.json",
        }
    elif arguments.out:
        raise InputError("--out", "is given without INPUT", "name the input files too, or leave --out away")
    return Job(**(vars(job) | changes))


def _run(arguments: argparse.Namespace) -> int:
    config = options.read_config(arguments)
    whole = arguments.what == "all"
    if whole:
        names = options.dataset_names(arguments, config)
        _prepare_inputs(arguments.config, config)
    else:
        names = [options.dataset_name(arguments, config)]
        check_stage(config, names[0], arguments.what)
    for name in names:
        for stage in stages_of(config.dataset(name)) if whole else (arguments.what,):
            launch = options.launch_settings(arguments, config.launch_of(stage))
            code = _launch(arguments.config, name, stage, launch)
            if code:
                return code
    if whole:
        return _trackmill("report", "--config", str(arguments.config))
    return 0


def _prepare_inputs(file: Path, config: Config) -> None:
    """Build the registry, write the recordings and fetch the hours, as the rules before stage 1 do."""
    if not Layout(Path(config.results)).registry.exists():
        _trackmill("registry", "build", "--config", str(file))
    for name in config.datasets:
        dataset = config.dataset(name)
        if dataset.download.wanted:
            _trackmill("download", "--config", str(file), "--dataset", name)
        elif not dataset.raw:
            _trackmill("samples", "--config", str(file), "--dataset", name)


def _launch(file: Path, dataset: str, stage: str, launch: LaunchSettings) -> int:
    words = [stage, "--config", str(file), "--dataset", dataset, *options.launch_words(launch)]
    return start_ranks(launch, words)


def _trackmill(*words: str) -> int:
    code = subprocess.run([sys.executable, "-m", "workflow.cli.main", *words], check=False).returncode
    if code:
        sys.exit(code)
    return code
