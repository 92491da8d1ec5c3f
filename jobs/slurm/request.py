"""From launch and cluster settings to what a job asks SLURM for: pure functions, nothing is asked here."""

from __future__ import annotations

import math
from dataclasses import dataclass

from data_schemas.config.cluster import ClusterSettings
from data_schemas.config.launch import LaunchSettings
from jobs.launcher import mpi_plugin, ranks
from jobs.triple import Triple

OWN_MEMORY_MB = 512
"""Memory of a node beside that of the triple's processes: the manager, Snakemake, the launcher [MiB]."""

LIGHT_MEMORY_MB = 2000
"""Memory of a step without tasks: registry, recordings, report [MiB]."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a job asks for.

    Attributes
    ----------
    nodes, tasks_per_node, cpus_per_task
        Its shape. A manager comes on top of the tasks: it sleeps between messages and needs no core.
    memory_mb
        Memory of each node [MiB].
    mpi
        Whether its ranks are started by srun or mpiexec within the job.
    cluster
        All else.
    mpi_plugin
        The plugin with which srun starts the ranks; None where it does not.
    steps
        Whether srun starts what the job runs, as Snakemake has it. SLURM's warning before the walltime goes
        to the steps of a job, or else to the batch script's own process alone: to the program that the
        script hands over to.
    """

    nodes: int
    tasks_per_node: int
    cpus_per_task: int
    memory_mb: int
    mpi: bool
    cluster: ClusterSettings
    mpi_plugin: str | None = None
    steps: bool = True

    @property
    def cores(self) -> int:
        """Cores of each node."""
        return self.tasks_per_node * self.cpus_per_task

    @property
    def extra(self) -> list[str]:
        """Options of sbatch for which Snakemake has no resource of their own."""
        # SLURM would start a job anew whose node it has lost, perhaps beside ranks that live on there.
        options = ["--no-requeue"]
        if self.cluster.exclusive:
            options.append("--exclusive")
        if self.cluster.warning_seconds:
            warning = "TERM" if self.steps else "B:TERM"
            options.append(f"--signal={warning}@{self.cluster.warning_seconds}")
        return [*options, *self.cluster.extra]

    @property
    def options(self) -> list[str]:
        """All options of sbatch, one an item."""
        shape = [
            f"--nodes={self.nodes}",
            f"--ntasks-per-node={self.tasks_per_node}",
            f"--cpus-per-task={self.cpus_per_task}",
            f"--mem={self.memory_mb}M",
            f"--time={self.cluster.minutes}",
        ]
        names = ("partition", "account", "qos", "constraint")
        given = [(name, getattr(self.cluster, name)) for name in names]
        return [*shape, *(f"--{name}={value}" for name, value in given if value is not None), *self.extra]


def request(launch: LaunchSettings, cluster: ClusterSettings) -> Request:
    """Return what the job of a stage asks for.

    Parameters
    ----------
    launch
        Backend, triple, memory a process.
    cluster
        Partition, walltime and the like.
    """
    triple = Triple.parse(launch.triple)
    on_ranks = launch.backend == "mpi" or (launch.backend == "dask" and launch.dask == "mpi")
    if launch.backend == "serial" or (launch.backend == "dask" and launch.dask == "slurm"):
        # Dask's own jobs, one a node, come from the program that runs here.
        triple = Triple(1, 1, triple.threads if launch.backend == "serial" else 1)
    memory_mb = math.ceil(launch.memory_gb * 1024) * triple.processes + OWN_MEMORY_MB
    return Request(
        nodes=triple.nodes if on_ranks else 1,
        tasks_per_node=triple.processes if on_ranks else 1,
        cpus_per_task=triple.threads if on_ranks else triple.threads_per_node,
        memory_mb=memory_mb,
        mpi=on_ranks and ranks(launch) > 1,
        cluster=cluster,
        mpi_plugin=mpi_plugin(launch),
    )


def light_request(cluster: ClusterSettings) -> Request:
    """Return what the job of a step without tasks asks for: one core, no warning, no node of its own."""
    modest = cluster.model_copy(update={"exclusive": False, "warning_seconds": 0})
    return Request(1, 1, 1, LIGHT_MEMORY_MB, mpi=False, cluster=modest)
