"""Commands that run on ranks: started by hand, they start their ranks themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import FrameType

from data_schemas.config import LaunchSettings
from data_schemas.errors import StageStoppedError
from jobs.allocation import check_allocation, nodes_for_mpiexec
from jobs.launcher import check_started_as_one, command, environment, launched_rank, ranks
from jobs.slurm.step import warn_step
from jobs.threads import apply_threads


def on_all_ranks(launch: LaunchSettings, work: Callable[[], None]) -> int:
    """Do a command's work on every rank of its launch, and return the exit code.

    A process that a launcher has started (mpiexec, srun) is a rank and does its part. Any other checks that
    the launch is possible here, and starts the ranks, each with the same command line, unless one process is
    enough. The triple's threads reach polars, numba, Arrow and BLAS before any of them is imported.
    """
    apply_threads(launch.triple[2])
    if launched_rank() is None:
        check_started_as_one(1)
        if ranks(launch) > 1:
            return start_ranks(launch, sys.argv[1:])
        _check(launch)
    work()
    return 0


def start_ranks(launch: LaunchSettings, words: list[str]) -> int:
    """Run a trackmill command line on all ranks and return its exit code.

    Raises
    ------
    TrackmillError
        The launch is not possible here; nothing was started.
    """
    _check(launch)
    code, asked_to_stop = _run([sys.executable, "-m", "workflow.cli.main", *words], launch)
    if code not in _TOLD and asked_to_stop:  # before the ranks had begun to listen
        print("trackmill: stopped; the same command goes on where this one ended", file=sys.stderr)
        return StageStoppedError.exit_code
    if code not in _TOLD:
        print(
            f"trackmill: a rank died (exit code {code}); the same command goes on where this one ended, "
            f"and sets aside a task that {launch.deaths} runs die of",
            file=sys.stderr,
        )
    return code


def _run(tokens: list[str], launch: LaunchSettings) -> tuple[int, bool]:
    """Run tokens on all ranks until their end; asked to stop, pass it on, so that they end in good order.

    Return the exit code and whether we were asked to stop.
    """
    asked: list[int] = []
    step = f"trackmill-{os.getpid()}"
    words = command(launch, tokens, step=step)
    variables = os.environ | environment(launch)
    if words[0] != "srun":
        variables |= nodes_for_mpiexec(launch)
    variables.pop("SLURM_NTASKS_PER_NODE", None)  # of salloc's; with a manager there is one task more
    with subprocess.Popen(words, env=variables) as started:

        def pass_on(number: int, _frame: FrameType | None) -> None:
            asked.append(number)
            if words[0] == "srun":
                warn_step(os.environ["SLURM_JOB_ID"], step)
            elif number == signal.SIGTERM:  # Ctrl-C has reached mpiexec as it has us
                started.terminate()

        before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            return started.wait(), bool(asked)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


_TOLD = (0, 1, 2, StageStoppedError.exit_code, 130)
"""Exit codes whose reason a rank has told."""


def _check(launch: LaunchSettings) -> None:
    from jobs.backend import backend_for

    backend_for(launch)
    check_allocation(launch)
