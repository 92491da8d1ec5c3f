"""Commands that run on ranks: started by hand, they start their ranks themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from data_schemas.config import LaunchSettings
from jobs.launcher import command, environment, launched_rank, ranks
from jobs.threads import apply_threads


def on_all_ranks(launch: LaunchSettings, work: Callable[[], None]) -> int:
    """Do a command's work on every rank of its launch, and return the exit code.

    A process that a launcher has started (mpiexec, srun) is a rank and does its part. Any other starts the
    ranks, each with the same command line, unless one process is enough. The triple's threads reach polars,
    numba, Arrow and BLAS before any of them is imported.
    """
    apply_threads(launch.triple[2])
    if launched_rank() is None and ranks(launch) > 1:
        return start_ranks(launch, sys.argv[1:])
    work()
    return 0


def start_ranks(launch: LaunchSettings, words: list[str]) -> int:
    """Run a trackmill command line on all ranks and return its exit code."""
    own = [sys.executable, "-m", "workflow.cli.main", *words]
    return subprocess.run(command(launch, own), env=os.environ | environment(launch), check=False).returncode
