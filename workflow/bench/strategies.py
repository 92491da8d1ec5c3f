"""The ways of launching that are measured: whether each can run here, and how it is run to its end."""

from __future__ import annotations

import contextlib
import math
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from data_schemas.errors import InputError, TrackmillError
from jobs.launcher import command, environment, find_mpiexec
from jobs.slurm.commands import ask, outside_of_jobs
from workflow.bench.work import Work

SINGLE: Final = ("process-a-task", "snakemake", "slurm-array", "slurm-steps")
"""Strategies that start a process for each task."""

_MODULES: Final = {
    "mpi": "mpi4py",
    "dask": "distributed",
    "dask-mpi": "dask_mpi",
    "futures": "mpi4py",
    "snakemake": "snakemake",
}
_LIMIT_S: Final = 1800.0
"""A run that takes longer is ended and has failed."""
_GRACE_S: Final = 30.0
"""From asking a run to end until it is killed: tasks in flight finish."""
_KEPT: Final = 300
"""Characters of an error that are kept."""


def cannot_run(strategy: str) -> str | None:
    """Return why a strategy cannot run here; None if it can."""
    module = _MODULES.get(strategy)
    if module is not None and find_spec(module) is None:
        return f"Python package {module} is not installed"
    if strategy in {"mpi", "dask-mpi", "futures"}:
        try:
            find_mpiexec()
        except InputError as error:
            return str(error)
    if strategy.startswith("slurm"):
        return _no_slurm()
    return None


def _no_slurm() -> str | None:
    if shutil.which("sbatch") is None:
        return "no SLURM here: sbatch is not found"
    try:
        answer = ask(["sinfo", "--noheader", "--format=%P %a"], seconds=20)
    except TrackmillError as error:
        return f"no SLURM reachable: {_shortened(str(error))}"
    if answer.code or not answer.output.strip():
        return f"no SLURM reachable: {_shortened(answer.text) or 'it has no partition'}"
    return None


def start(work: Work, file: Path) -> str | None:
    """Launch the work that a file holds and wait for its end; return why it failed, None if it did not."""
    folder = file.parent
    program = [sys.executable, "-m", "workflow.bench.program", str(file)]
    variables = _variables(work)
    if work.strategy == "process-a-task":
        return _side_by_side(work, program, variables)
    if work.strategy == "snakemake":
        return _wait(_snakemake(work, program, folder), variables, folder)
    if work.strategy == "slurm-array":
        return _submitted(_slurm_array(work, program, folder), variables, folder)
    if work.strategy == "slurm-steps":
        return _submitted(_slurm_steps(work, program, folder), variables, folder)
    return _wait(command(work.launch, program), variables, folder)


def _variables(work: Work) -> dict[str, str]:
    here = str(Path(__file__).parents[2])
    path = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    added = {"TRACKMILL_OVERSUBSCRIBE": "1", "PYTHONPATH": path}  # the design says where cores are shared
    around = outside_of_jobs() if work.strategy.startswith("slurm") else dict(os.environ)
    return around | environment(work.launch) | added


def _wait(words: Iterable[str], variables: Mapping[str, str], folder: Path) -> str | None:
    log = folder / "log.txt"
    with (
        log.open("w") as said,
        # A group of its own, so that all it has started can be ended with it.
        subprocess.Popen(list(words), env=variables, stdout=said, stderr=said, start_new_session=True) as run,
    ):
        try:
            code = run.wait(_LIMIT_S)
        except subprocess.TimeoutExpired:
            _end(run)
            return f"ended after {_LIMIT_S:.0f} s"
        except BaseException:
            _end(run)
            raise
    return f"exit code {code}: {_tail(log)}" if code else None


def _submitted(words: Iterable[str], variables: Mapping[str, str], folder: Path) -> str | None:
    """Wait for a job of SLURM and cancel it where that does not end well: it would outlive its sbatch."""
    error: str | None = "interrupted"
    try:
        error = _wait(words, variables, folder)
    finally:
        if error:
            ask(["scancel", f"--name={_job_name()}"])
    return error


def _job_name() -> str:
    return f"trackmill-bench-{os.getpid()}"


def _end(run: subprocess.Popen[bytes]) -> None:
    """End a run and what it has started, in order if it can."""
    os.killpg(run.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.wait(_GRACE_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)


def _tail(log: Path) -> str:
    return _shortened(log.read_text(errors="replace"))


def _shortened(text: str) -> str:
    return " ".join(text.split())[-_KEPT:]


def _side_by_side(work: Work, program: list[str], variables: dict[str, str]) -> str | None:
    """Run a process a task, as many at a time as the triple has, as `xargs -P` does."""

    def run(index: int) -> int:
        return subprocess.run(
            [*program, str(index)], env=variables, stderr=subprocess.DEVNULL, check=False, timeout=_LIMIT_S
        ).returncode

    with ThreadPoolExecutor(work.launch.triple[1]) as pool:
        try:
            codes = list(pool.map(run, range(len(work.listed))))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    failed = sum(code != 0 for code in codes)
    return f"{failed} of {len(codes)} processes failed" if failed else None


def _snakemake(work: Work, program: list[str], folder: Path) -> list[str]:
    """A Snakemake job a task."""
    rules = (
        f"rule all:\n    input: expand('done/{{i}}', i=range({len(work.listed)}))\n"
        "rule task:\n    output: touch('done/{i}')\n"
        f"    shell: {shlex.join(program) + ' {wildcards.i}'!r}\n"
    )
    (folder / "Snakefile").write_text(rules)
    cores = str(work.launch.triple[1])
    start = [sys.executable, "-m", "snakemake", "--snakefile", str(folder / "Snakefile")]
    return [*start, "--directory", str(folder), "--cores", cores, "--quiet", "all", "--nocolor"]


def _slurm_array(work: Work, program: list[str], folder: Path) -> list[str]:
    """A job of SLURM a task, as one array, as many at a time as the triple has processes."""
    at_a_time = work.launch.triple[0] * work.launch.triple[1]
    script = folder / "array.sh"
    script.write_text(f"#!/bin/bash\nexec {shlex.join(program)} $SLURM_ARRAY_TASK_ID\n")
    array = f"--array=0-{len(work.listed) - 1}%{at_a_time}"
    return [*_sbatch(work, folder), array, "--ntasks=1", str(script)]


def _slurm_steps(work: Work, program: list[str], folder: Path) -> list[str]:
    """One job of SLURM, in it a step a task; a step waits for a core that is free."""
    script = folder / "steps.sh"
    step = f"srun --ntasks=1 --nodes=1 --exact --cpus-per-task={work.launch.triple[2]}"
    each = f"{step} {_memory(work)} {shlex.join(program)} $i"
    script.write_text(
        f"#!/bin/bash\nfor i in $(seq 0 {len(work.listed) - 1}); do\n  {each} &\ndone\n"
        "failed=0\nfor job in $(jobs -p); do wait $job || failed=1; done\nexit $failed\n"
    )
    tasks = work.launch.triple[0] * work.launch.triple[1]
    return [*_sbatch(work, folder), f"--ntasks={tasks}", str(script)]


def _sbatch(work: Work, folder: Path) -> list[str]:
    names = (f"--job-name={_job_name()}", f"--output={folder / 'slurm-%j.log'}")
    return ["sbatch", "--wait", *names, f"--cpus-per-task={work.launch.triple[2]}", _memory(work)]


def _memory(work: Work) -> str:
    return f"--mem-per-cpu={math.ceil(work.launch.memory_gb * 1024 / work.launch.triple[2])}M"
