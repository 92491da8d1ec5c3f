"""From launch settings to the command that starts the ranks: pure functions, nothing is started here."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from jobs.distribution import DISTRIBUTIONS, Dynamic, Source
from jobs.threads import thread_environment
from jobs.triple import Triple

# MPICH, Open MPI, and PMIx launchers (srun) tell a rank its number in these.
_RANK_VARIABLES = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK")


def ranks(launch: LaunchSettings) -> int:
    """Return the processes to start: the triple's workers, and those that work on no task.

    A manager is a rank on top of the triple: it sleeps between messages and takes no core. So is the one that
    grants nodes their share of a counter. One worker needs no manager. Dask on ranks has two more, its
    scheduler and this program; dask elsewhere starts its workers itself, as the backend `process` does.
    """
    triple = Triple.parse(launch.triple)
    if launch.backend == "dask" and launch.dask == "mpi":
        return triple.workers + 2
    if launch.backend != "mpi":
        return 1
    distribution = DISTRIBUTIONS[launch.distribution]
    managed = isinstance(distribution, Dynamic) and (
        distribution.source is Source.MANAGER or triple.nodes > 1
    )
    return triple.workers + 1 if managed and triple.workers > 1 else triple.workers


def command(launch: LaunchSettings, tokens: Sequence[str], mpiexec: str | Path | None = None) -> list[str]:
    """Return the command that runs `tokens` on all ranks, as a list of tokens.

    Parameters
    ----------
    launch
        Backend, triple, distribution.
    tokens
        The program and its arguments, the same on every rank.
    mpiexec
        The launcher; None looks for it, see `find_mpiexec`.

    Returns
    -------
    list of str
        `tokens` alone where one process is enough.
    """
    count = ranks(launch)
    if count == 1:
        return list(tokens)
    start = [str(mpiexec or find_mpiexec()), "-n", str(count)]
    triple = Triple.parse(launch.triple)
    if triple.nodes > 1:
        # Ranks go round the nodes; a manager comes on top of the first node's processes.
        start += ["-ppn", str(triple.processes)]
    return [*start, *tokens]


def find_mpiexec() -> Path:
    """Return the mpiexec beside this Python, whose MPI mpi4py uses; else the first on the path."""
    beside = Path(sys.executable).parent / "mpiexec"
    if beside.exists():
        return beside
    found = shutil.which("mpiexec")
    if found is None:
        raise InputError("mpiexec", "not found", "pip install mpich, or set launch.backend to serial")
    return Path(found)


def environment(launch: LaunchSettings) -> dict[str, str]:
    """Return the variables a launched command needs: threads a library, and whether a person watches."""
    watched = {"TRACKMILL_PROGRESS": "bar"} if sys.stderr.isatty() else {}
    return thread_environment(Triple.parse(launch.triple).threads) | watched


def launched_rank(variables: Mapping[str, str] = os.environ) -> int | None:
    """Return this process's rank as its launcher tells it, without importing MPI; None if not under one."""
    for name in _RANK_VARIABLES:
        if variables.get(name, "").isdigit():
            return int(variables[name])
    return None
