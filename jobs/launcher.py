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

_NETWORK = "MPIR_CVAR_CH4_NETMOD"
_OPEN_MPI = {
    # Open MPI's mpiexec refuses more ranks than cores, as a manager is, and would give each rank one core.
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",  # version 5
    "PRTE_MCA_hwloc_default_binding_policy": "none",
}
_LAST_RANKS_S = 30  # from the end of the first rank to that of the last


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


def command(
    launch: LaunchSettings,
    tokens: Sequence[str],
    variables: Mapping[str, str] = os.environ,
    step: str = "trackmill",
) -> list[str]:
    """Return the command that runs `tokens` on all ranks, as a list of tokens.

    Parameters
    ----------
    launch
        Backend, triple, distribution, what starts the ranks.
    tokens
        The program and its arguments, the same on every rank.
    variables
        The environment, which tells whether this is a job of SLURM.
    step
        Name of the step in which srun starts them.

    Returns
    -------
    list of str
        `tokens` alone where one process is enough.
    """
    count = ranks(launch)
    if count == 1:
        return list(tokens)
    plugin = mpi_plugin(launch)
    if plugin and "SLURM_JOB_ID" in variables:
        return [*_srun(plugin, Triple.parse(launch.triple), count), f"--job-name={step}", *tokens]
    start = [str(find_mpiexec()), "-n", str(count)]
    triple = Triple.parse(launch.triple)
    if triple.nodes > 1 and "SLURM_JOB_ID" not in variables:  # there it is told by variables
        # Ranks go round the nodes; a manager comes on top of the first node's processes.
        start += ["-ppn", str(triple.processes)]
    return [*start, *tokens]


def mpi_plugin(launch: LaunchSettings) -> str | None:
    """Return the plugin with which srun starts the ranks in a job of SLURM; None where it does not."""
    return None if launch.mpi == "mpiexec" or ranks(launch) == 1 else launch.mpi


def _srun(plugin: str, triple: Triple, count: int) -> list[str]:
    return [
        "srun",
        f"--mpi={plugin}",
        f"--nodes={triple.nodes}",
        # Given in full: Snakemake's SLURM plugin clears the variables from which srun would know. A manager
        # is one task more than the job has, on the first node; it sleeps and needs no core.
        f"--ntasks={count}",
        f"--cpus-per-task={triple.threads}",
        "--overcommit",
        "--distribution=block",
        # The ranks take disjoint cores of the job's themselves (jobs.node); srun would give the manager one.
        "--cpu-bind=none",
        # A dead rank ends the others, which would wait for it until the walltime; but not at once, as
        # --kill-on-bad-exit=1 does: ranks that end with an exit code of their own end moments apart.
        "--kill-on-bad-exit=0",
        f"--wait={_LAST_RANKS_S}",
    ]


def find_mpiexec() -> Path:
    """Return the mpiexec beside this Python, whose MPI mpi4py uses; else the first on the path."""
    beside = Path(sys.executable).parent / "mpiexec"
    if beside.exists():
        return beside
    found = shutil.which("mpiexec")
    if found is None:
        raise InputError("mpiexec", "not found", "pip install mpich, or set launch.backend to serial")
    return Path(found)


def environment(launch: LaunchSettings, variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables a launched command needs besides those there are.

    Threads of the libraries, what Open MPI's mpiexec needs, whether a person watches, and for MPICH in a job
    of SLURM the network module with short addresses: lines of more than 1024 characters are garbled on their
    way through SLURM's pmi2 (seen with MPICH 5.0.2 and SLURM 22.05), and UCX's addresses sometimes make such
    lines.
    """
    added = thread_environment(Triple.parse(launch.triple).threads)
    if mpi_plugin(launch) is None or "SLURM_JOB_ID" not in variables:
        added |= {name: value for name, value in _OPEN_MPI.items() if name not in variables}
    if sys.stderr.isatty():
        added["TRACKMILL_PROGRESS"] = "bar"
    if mpi_plugin(launch) == "pmi2" and "SLURM_JOB_ID" in variables and _NETWORK not in variables:
        added[_NETWORK] = "ofi"
    return added


def check_started_as_one(size: int, variables: Mapping[str, str] = os.environ) -> None:
    """Refuse to run on where the launcher started more processes than MPI brings together.

    Parameters
    ----------
    size
        Processes that MPI sees.
    variables
        The environment: srun tells in it how many tasks it has started.

    Raises
    ------
    InputError
        Each of the processes would do the whole work by itself.
    """
    started = int(variables.get("SLURM_STEP_NUM_TASKS", "1"))
    if size == 1 < started:
        problem = f"has started {started} processes, but this Python's MPI sees only itself in each of them"
        remedy = "set launch.mpi (srun --mpi=) to this MPI's plugin: pmi2 for MPICH, pmix for Open MPI"
        raise InputError("srun", problem, remedy)


def launched_rank(variables: Mapping[str, str] = os.environ) -> int | None:
    """Return this process's rank as its launcher tells it, without importing MPI; None if not under one."""
    for name in _RANK_VARIABLES:
        if variables.get(name, "").isdigit():
            return int(variables[name])
    return None
