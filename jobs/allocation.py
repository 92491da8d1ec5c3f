"""What SLURM has allocated to this process, by the variables it sets; nothing where there is no SLURM."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from jobs.node import this_node
from jobs.slurm.commands import ask
from jobs.triple import Triple

# How mpiexec (hydra, Open MPI) is told of other machines without a scheduler.
_HOST_VARIABLES = ("HYDRA_HOST_FILE", "OMPI_MCA_orte_default_hostfile", "PRTE_MCA_prte_default_hostfile")
_ANSWER_S = 60


def check_allocation(launch: LaunchSettings, variables: Mapping[str, str] = os.environ) -> None:
    """Refuse a triple that does not fit what is at hand, before any process is started.

    Parameters
    ----------
    launch
        Triple, backend, memory a process.
    variables
        The environment.

    Raises
    ------
    InputError
        More nodes than the allocation has, or more threads or memory than this node has.
    """
    triple = Triple.parse(launch.triple)
    if launch.backend == "dask" and launch.dask == "slurm":
        return  # its nodes come with jobs of their own
    if launch.backend == "serial":
        triple = Triple(1, 1, triple.threads)
    job = variables.get("SLURM_JOB_ID")
    nodes = _nodes_of(job, variables) if job else 1
    known = job is not None or not any(name in variables for name in _HOST_VARIABLES)
    if triple.nodes > nodes and known:
        where = f"SLURM job {job} has {nodes}" if job else "this is one machine, in no job of SLURM"
        remedy = f"lower the nodes, or start it in a job of {triple.nodes} nodes (sbatch, salloc)"
        raise InputError(f"triple {triple}", f"{triple.nodes} nodes are asked for, but {where}", remedy)
    triple.check(this_node(), memory_gb=launch.memory_gb)


def nodes_for_mpiexec(launch: LaunchSettings, variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables that tell mpiexec (hydra, Open MPI) the nodes of this job of SLURM.

    Snakemake's SLURM plugin leaves of SLURM's variables only the job's number, and mpiexec would start all
    ranks on one node. Both kinds take the processes of a node from its tasks.

    Parameters
    ----------
    launch
        Triple.
    variables
        The environment.
    """
    job = variables.get("SLURM_JOB_ID")
    triple = Triple.parse(launch.triple)
    if job is None or triple.nodes == 1:
        return {}
    names = variables.get("SLURM_JOB_NODELIST") or _told_of_job(job, "NodeList")
    if not names:
        return {}
    count = str(_nodes_of(job, variables))
    tasks = f"{triple.processes}(x{count})"
    nodes = {"SLURM_JOB_NODELIST": names, "SLURM_NODELIST": names, "SLURM_TASKS_PER_NODE": tasks}
    return nodes | {"SLURM_JOB_NUM_NODES": count, "SLURM_NNODES": count}


def _nodes_of(job: str, variables: Mapping[str, str]) -> int:
    return int(variables.get("SLURM_JOB_NUM_NODES") or _told_of_job(job, "NumNodes").partition("-")[0] or "1")


def _told_of_job(job: str, field: str) -> str:
    """Return what SLURM tells of a job, which is in no variable where Snakemake's plugin has taken them."""
    try:
        answer = ask(["scontrol", "show", "job", "--oneliner", job], seconds=_ANSWER_S)
    except InputError:  # no SLURM to ask, or no answer
        return ""
    found = re.search(rf"(?<!\S){field}=(\S+)", answer.output)
    return found[1] if found else ""
