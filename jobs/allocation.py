"""What SLURM has allocated to this process, by the variables it sets; nothing where there is no SLURM."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from jobs.node import this_node
from jobs.triple import Triple

# How mpiexec (hydra, Open MPI) is told of other machines without a scheduler.
_HOST_VARIABLES = ("HYDRA_HOST_FILE", "OMPI_MCA_orte_default_hostfile", "PRTE_MCA_prte_default_hostfile")


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


def _nodes_of(job: str, variables: Mapping[str, str]) -> int:
    told = variables.get("SLURM_JOB_NUM_NODES")
    if told is None:  # Snakemake's SLURM plugin leaves of SLURM's variables only the job's number
        asked = ["scontrol", "show", "job", "--oneliner", job]
        try:
            answer = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return 1
        found = re.search(r"\bNumNodes=(\d+)", answer.stdout)
        told = found[1] if found else "1"
    return int(told)
