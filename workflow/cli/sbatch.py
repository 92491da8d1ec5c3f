"""Batch scripts for SLURM, printed for sites where Snakemake may not run on login nodes."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from data_schemas.config import Config, Dataset
from data_schemas.errors import InputError
from jobs.slurm.request import light_request, request
from jobs.slurm.script import batch_script, command_line
from workflow.cli import options
from workflow.layout import Layout, stages_of
from workflow.stages.registered import BY_NAME, check_stage, source_of

_PROGRAM = (sys.executable, "-m", "workflow.cli.main")
_SHAPE = {"triple", "backend", "dask", "mpi", "distribution", "memory_gb"}
"""Settings of the launch from which a job's request follows."""

_ABOUT_THE_COMMAND = (
    "# Triple and memory are those asked for above: change both. No srun here: trackmill starts its ranks",
    "# itself, on all nodes of the job. The job's exit code is its: 0 done; 1 some tasks failed, the log",
    "# names them; 2 bad input or settings; 75 stopped in good order before the walltime: submit this script",
    "# again and it goes on where it stopped.",
)

_EPILOG = """\
  trackmill sbatch process --dataset paris | sbatch      or save the script, edit it, submit it
  trackmill sbatch all | bash                            the whole run, a job for each stage

`all` prints a driver that submits `inputs` (the registry, and the recordings where the data set is one), the
stages of each data set and `report` as jobs that wait for each other: every stage has the nodes and the time
that it needs, none idles on another's. The exit code of a stage's job: 0 done, 1 some tasks failed, 2 bad
input or settings, 75 stopped before the walltime; submit the same again and it goes on.
"""


def add_commands(commands: Any) -> None:
    """Add `sbatch`."""
    command = commands.add_parser(
        "sbatch",
        help="Print the batch script of a stage or of a whole run.",
        description="Print the batch script that runs a stage of a data set on SLURM without Snakemake.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = ["all", "inputs", *BY_NAME, "report"]
    command.add_argument("what", metavar="STAGE", choices=what, help=", ".join(what))
    options.add_dataset(command)
    options.add_launch(command)
    options.add_cluster(command)
    command.set_defaults(run=_print)


def _print(arguments: argparse.Namespace) -> None:
    config = options.read_config(arguments)
    scripts = {"all": _driver, "inputs": _inputs, "report": _report}
    print(scripts.get(arguments.what, _stage)(arguments, config), end="")


def _stage(arguments: argparse.Namespace, config: Config) -> str:
    """The script of a stage's job.

    Its command fixes the settings that the request follows from, and those given as options; all others are
    what the configuration says when the job starts.
    """
    stage, dataset = arguments.what, options.dataset_name(arguments, config)
    check_stage(config, dataset, stage)
    launch = options.launch_settings(arguments, config.launch_of(stage))
    asked = request(launch, options.cluster_settings(arguments, config.cluster_of(stage)))
    asked = replace(asked, steps=asked.mpi_plugin is not None)  # Snakemake would have a step of its own
    fixed = options.launch_given(arguments).keys() | _SHAPE
    if launch.backend != "dask":
        fixed -= {"dask"}
    settings = launch.model_dump(mode="json", include=fixed)
    command = command_line(
        ("exec", *_PROGRAM, "run", stage),
        ("--config", str(arguments.config), "--dataset", dataset),
        *(options.words("--launch", {name: value}) for name, value in settings.items()),
    )
    body = [*_ABOUT_THE_COMMAND, command]
    name = f"trackmill-{dataset}-{stage}"
    title = f"Stage {stage} of data set {dataset}. Submit with sbatch; the log appears where you do."
    return batch_script(asked, name, title, Path.cwd(), body)


def _inputs(arguments: argparse.Namespace, config: Config) -> str:
    """The script of the job that makes what is missing of the registry and the recordings."""
    layout = Layout(Path(config.results))
    file = ("--config", str(arguments.config))
    body = ["# What is there is kept: a new registry would have every stage done again."]
    body.append(_unless(layout.registry, ("registry", "build", *file)))
    for name in options.dataset_names(arguments, config):
        dataset = config.dataset(name)
        if not dataset.raw and not dataset.download.wanted:
            mark = layout.raw(name) / "samples.json"
            body.append(_unless(mark, ("samples", *file, "--dataset", name)))
    title = "The registry of aircraft, and the recordings of data sets that are recordings."
    return _light(arguments, config, "trackmill-inputs", title, body)


def _report(arguments: argparse.Namespace, config: Config) -> str:
    """The script of the job that writes the report."""
    if arguments.dataset is not None:
        raise InputError("--dataset", "does not go with report", "it is on all data sets of --config")
    body = [command_line(("exec", *_PROGRAM, "report", "--config", str(arguments.config)))]
    return _light(arguments, config, "trackmill-report", "The report on all data sets.", body)


def _unless(path: Path, words: Sequence[str]) -> str:
    return f"[[ -e {shlex.quote(str(path))} ]] ||\n    {command_line((*_PROGRAM, *words))}"


def _light(arguments: argparse.Namespace, config: Config, name: str, title: str, body: Sequence[str]) -> str:
    """The script of a job without tasks."""
    asked = light_request(options.cluster_settings(arguments, config.cluster))
    return batch_script(asked, name, title, Path.cwd(), body)


def _driver(arguments: argparse.Namespace, config: Config) -> str:
    """The script that submits a whole run, a job for each stage.

    Not one job for all: its nodes would be the most that any stage needs, for as long as all of them take,
    and each change of a single stage's triple or walltime would change every other's. The driver asks
    `trackmill sbatch` for each job's script, so that it stays short enough to read and to edit.
    """
    names = options.dataset_names(arguments, config)
    options.cluster_settings(arguments, config.cluster)
    # What is wrong with the options is told now, not with half of the jobs submitted.
    for stage in sorted({stage for name in names for stage in stages_of(config.dataset(name))}):
        options.launch_settings(arguments, config.launch_of(stage))
        options.cluster_settings(arguments, config.cluster_of(stage))
    given = [
        *options.words("--launch", options.launch_given(arguments)),
        *options.words("--cluster", options.cluster_given(arguments)),
    ]
    common = shlex.join(["--config", str(arguments.config), *given])
    logs = Path(config.results) / "logs"
    whole = len(names) == len(config.datasets)
    lines = [
        _DRIVER_HEAD,
        f"cd {shlex.quote(str(Path.cwd()))}",
        f"trackmill_sbatch=({shlex.join([*_PROGRAM, 'sbatch'])})",
        f"options=({common})",
        f"logs={shlex.quote(str(logs))}",
        _DRIVER_SUBMIT,
        *_downloads(arguments, config, names),
        'inputs=$(submit "" inputs)' if whole else f'inputs=$(submit "" inputs {_dataset(names[0])})',
        "ends=",
        *(line for name in names for line in _chain(name, config.dataset(name))),
    ]
    if whole:
        lines += ["", 'report=$(submit "${ends#:}" report)']
    else:
        lines.append("# No report: it is on all data sets of the configuration.")
    return "\n".join(lines) + "\n"


def _downloads(arguments: argparse.Namespace, config: Config, names: Sequence[str]) -> list[str]:
    """The lines that fetch raw hours on the machine where the driver runs."""
    file = ("--config", str(arguments.config))
    fetched = [name for name in names if config.dataset(name).download.wanted]
    lines = [command_line((*_PROGRAM, "download", *file, "--dataset", name)) for name in fetched]
    about = "# Raw hours are fetched here and now: compute nodes often have no internet."
    return [about, *(f"{line} </dev/null" for line in lines), ""] if lines else []


def _chain(name: str, dataset: Dataset) -> list[str]:
    """The lines that submit the stages of a data set, each behind the one whose output it reads."""
    before = {stage: source_of(dataset, stage) or "inputs" for stage in stages_of(dataset)}
    lines = [f'{stage}=$(submit "${source}" {stage} {_dataset(name)})' for stage, source in before.items()]
    last = [stage for stage in before if stage not in before.values()]
    return ["", *lines, 'ends+="' + "".join(f":${stage}" for stage in last) + '"']


def _dataset(name: str) -> str:
    return shlex.join(["--dataset", name])


_DRIVER_HEAD = """\
#!/bin/bash
# Submits a whole run as jobs of SLURM that wait for each other. Run it with bash on a login node:
#     trackmill sbatch all | bash
# When a job fails, or stops before its walltime, those that wait for it are cancelled. Run this again then:
# what is done is not done twice. `squeue --me` lists the jobs; their logs are in the folder named below.
set -euo pipefail"""

_DRIVER_SUBMIT = """\
mkdir -p "$logs"   # SLURM drops a job whose log it cannot write, without a word

# submit NUMBERS STAGE [--dataset NAME]: submit a job that waits for those numbered a:b:c, print its number
submit() {
    local after=$1 number
    shift
    number=$("${trackmill_sbatch[@]}" "$@" "${options[@]}" </dev/null |
        sbatch --parsable --kill-on-invalid-dep=yes --output="${logs//%/%%}/%x-%j.log" \\
            ${after:+"--dependency=afterok:$after"}) || return
    echo "job ${number%%;*}: $*" >&2
    echo "${number%%;*}"
}
"""
