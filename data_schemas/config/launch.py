"""Section of the launcher: how a stage's task list is run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from data_schemas.config.section import Section

Count = Annotated[int, Field(ge=1)]


class LaunchSettings(Section):
    """How tasks are launched: triple, backend, order, distribution."""

    triple: tuple[Count, Count, Count] = (1, 2, 1)
    """[nodes, processes per node, threads per process]."""
    backend: Literal["serial", "process", "mpi", "dask"] = "mpi"
    """`serial`: one process; `process`: processes of this machine, a task that kills its process costs only
    itself; `mpi`: nodes × processes ranks over mpi4py; `dask`: workers of dask.distributed."""
    dask: Literal["local", "mpi", "slurm"] = "local"
    """Where dask's workers are: `local`, processes of this machine; `mpi`, ranks (dask-mpi: a scheduler and
    this program take two ranks more); `slurm`, jobs of SLURM (dask-jobqueue, one a node of the triple)."""
    mpi: Literal["pmi2", "pmix", "mpiexec"] = "pmi2"
    """What starts the ranks in a job of SLURM: `pmi2` or `pmix`, srun with that plugin (MPICH: pmi2; Open
    MPI: pmix; `srun --mpi=list` tells which there are); or `mpiexec`, the one of this Python's MPI, as
    everywhere else."""
    order: Literal["as-given", "chronological", "largest-first", "random"] = "largest-first"
    """Order of the task list before it is distributed."""
    distribution: Literal[
        "block",
        "cyclic",
        "lpt",
        "self",
        "guided",
        "factoring",
        "counter",
        "counter-guided",
        "counter-factoring",
    ] = "self"
    """Fixed beforehand: `block`, `cyclic`, `lpt` (longest first, each to the worker with the least work).
    To whoever is free: from a manager N at once (`self`) or in shrinking chunks (`guided`, `factoring`); from
    a counter that all ranks share, so that none is lost to managing (backend mpi): `counter`,
    `counter-guided`, `counter-factoring`."""
    tasks_per_message: Count = 1
    """Tasks handed out at once: always (`self`, `counter`), or at least (`guided`, `factoring`)."""
    retries: Annotated[int, Field(ge=0)] = 0
    """How often a failed task is tried again in the same run."""
    deaths: Annotated[int, Field(ge=1)] = 3
    """How many runs may die of a task before it is set aside, named among the failures and no longer tried
    (until its input or settings change, or this number is raised)."""
    memory_gb: Annotated[float, Field(gt=0)] = 2.0
    """Memory of a process [GiB]: stages keep within it, whatever the size of a file, and a triple with more
    processes than fit the node is refused."""
    task_seconds: Annotated[float, Field(gt=0)] | None = None
    """Longest time of a task [s]: one that takes longer is ended and failed. Null: no limit."""
    task_memory_gb: Annotated[float, Field(gt=0)] | None = None
    """Largest memory of a process [GiB]: one that grows beyond it is ended. With `process` and `dask` that
    costs its task alone; with `mpi` and `serial` it ends the run, and the next start goes on. Null: no limit
    but the machine's."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the order `random`."""
