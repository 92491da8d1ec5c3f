"""Runs of `snakemake --profile slurm` in the tests: started as a user does, waited for with a limit."""

import os
import subprocess
import sys
from pathlib import Path

from tests.pipeline.runs import ROOT

_SOON = ("--slurm-init-seconds-before-status-checks", "1")  # ask often: the jobs are short


def start(config: Path, *targets: Path) -> subprocess.Popen[str]:
    """Start Snakemake with a configuration, for all of its targets or some, and return the process."""
    words = [*targets, "--profile", "slurm", *_SOON, "--configfile", config]
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", *map(str, words)],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen[str], seconds: float) -> tuple[int, str]:
    """Wait for its end; return the exit code and what it said.

    Raises
    ------
    subprocess.TimeoutExpired
        It has not ended within the limit.
    """
    said, _ = process.communicate(timeout=seconds)
    return process.returncode, said
