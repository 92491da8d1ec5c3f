"""Where dask's workers are: processes of this machine, ranks of MPI, or jobs of SLURM.

One worker of one thread for each process of the triple, under a nanny that starts it anew when it dies.
"""

from __future__ import annotations

import logging
import math
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

from distributed import Client, LocalCluster, Scheduler

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from jobs.slurm.commands import ask
from jobs.slurm.refusal import refusal
from jobs.threads import thread_environment
from jobs.triple import Triple

_LOGGERS: Final = ("distributed", "tornado", "asyncio")

STARTS_S: Final = {"local": 300.0, "mpi": 300.0, "slurm": math.inf}
"""How long all workers may take to start; jobs of SLURM may wait in the queue for as long as they like."""

_ENDS_S: Final = 30.0
"""How long ranks whose workers have not started yet may take to do so when the run ends."""

_LOOPBACK: Final = "127.0.0.1:0"


def settings(launch: LaunchSettings) -> dict[str, Any]:
    """Return dask's configuration: nothing is moved, paused or killed but by us, and nothing is said."""
    for name in _LOGGERS:  # of this process; those of others read the configuration
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    memory = {
        f"distributed.worker.memory.{what}": False for what in ("target", "spill", "pause", "terminate")
    }
    return memory | {
        # The death of a worker is not tried again on another: the ledger says which task it died of.
        "distributed.scheduler.allowed-failures": 0,
        "distributed.scheduler.work-stealing": False,
        # A task that keeps Python's lock for long is no dead worker.
        "distributed.scheduler.worker-ttl": None,
        "distributed.worker.profile.enabled": False,
        # The nanny would set one thread for all.
        "distributed.nanny.pre-spawn-environ": thread_environment(Triple.parse(launch.triple).threads)
        | {"DASK_LOGGING__DISTRIBUTED": "critical"},
        "distributed.admin.large-graph-warning-threshold": "1GB",
        "logging": dict.fromkeys(_LOGGERS, "critical"),
    }


def leads(launch: LaunchSettings) -> bool:
    """Return whether this process leads the run; on ranks of dask's cluster only when the run has ended.

    Rank 0 leads, rank 1 is dask's scheduler, the others are its workers. Where dask is not on ranks there is
    one process, and it leads.

    Raises
    ------
    InputError
        Too few ranks, on all of them.
    """
    if launch.dask != "mpi":
        return True
    import dask_mpi
    from mpi4py import MPI

    world = MPI.COMM_WORLD
    one_machine = len(set(world.allgather(platform.node()))) == 1
    if world.size < 3:
        problem = (
            f"{world.size} ranks, but dask on ranks needs one for its scheduler, one to lead and workers"
        )
        raise InputError("launch.dask mpi", problem, "start it with mpiexec -n (workers + 2)")
    # dask_mpi takes the first rank for its scheduler and the second for the program. Our errors are told by
    # rank 0, so that one leads.
    swapped = {0: 1, 1: 0}.get(world.rank, world.rank)
    if world.rank != 0:  # who leads ends the others, when what is in flight has been finished
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
    with tempfile.TemporaryDirectory(prefix="trackmill-dask-") as folder:
        found = dask_mpi.initialize(
            interface="lo" if one_machine else None,
            nthreads=1,
            local_directory=folder,
            memory_limit=0,
            dashboard=False,
            dashboard_address=_LOOPBACK,
            worker_class="distributed.Nanny",
            worker_options={"silence_logs": logging.CRITICAL},
            comm=cast("MPI.Intracomm", world.Split(0, swapped)),
            exit=False,
        )
    return bool(found)


@contextmanager
def ending_ranks(launch: LaunchSettings) -> Iterator[None]:
    """End dask's ranks, where it is on ranks, when the block ends, however that is: they wait for it."""
    try:
        yield
    finally:
        if launch.dask == "mpi":
            with Client() as client:
                # A nanny whose scheduler ends while its worker starts would not end.
                with suppress(TimeoutError):
                    client.wait_for_workers(Triple.parse(launch.triple).workers, timeout=_ENDS_S)
                client.shutdown()


@contextmanager
def connected(launch: LaunchSettings, ledger: Path) -> Iterator[Client]:
    """Give a client of the cluster, whose workers are about to start; end them when the block ends.

    For `slurm` each node of the triple is one job, submitted with what SLURM's own variables say
    (`SBATCH_PARTITION`, `SBATCH_ACCOUNT`, `SBATCH_TIMELIMIT`, …); the network to listen on is dask's setting
    `DASK_JOBQUEUE__SLURM__INTERFACE`.

    Parameters
    ----------
    launch
        Triple, and where dask is.
    ledger
        Where jobs of SLURM leave what they say.

    Yields
    ------
    Client
        Of the cluster; see `addresses`.

    Raises
    ------
    InputError
        There is no SLURM, or it refuses the jobs.
    """
    triple = Triple.parse(launch.triple)
    with ExitStack() as stack:
        if launch.dask == "local":
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="trackmill-dask-"))
            cluster: Any = stack.enter_context(_local(triple, folder))
        elif launch.dask == "slurm":
            cluster = stack.enter_context(_slurm(launch, triple, ledger))
        else:
            cluster = None  # the scheduler that dask_mpi has told of
        yield stack.enter_context(Client(cluster))


def addresses(client: Client) -> dict[str, str]:
    """Return where each worker that is there is, by its name."""
    found: dict[str, str] = client.run_on_scheduler(_addresses)
    return found


def _addresses(dask_scheduler: Scheduler) -> dict[str, str]:
    return {str(worker.name): address for address, worker in dask_scheduler.workers.items()}


def _local(triple: Triple, folder: str) -> LocalCluster:
    return LocalCluster(
        n_workers=triple.workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=_LOOPBACK,
        scheduler_kwargs={"dashboard": False},
        memory_limit=0,
        local_directory=folder,
        silence_logs=logging.CRITICAL,
    )


def _slurm(launch: LaunchSettings, triple: Triple, ledger: Path) -> Any:
    from dask_jobqueue.slurm import SLURMCluster

    if shutil.which("sbatch") is None:
        raise InputError("launch.dask slurm", "sbatch is not found", "choose local or mpi, or backend mpi")
    told = {
        "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False",
        "DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON": repr(thread_environment(triple.threads)),
    } | thread_environment(triple.threads)
    cluster = SLURMCluster(
        cores=triple.processes,
        processes=triple.processes,
        job_cpu=triple.threads_per_node,
        memory=f"{launch.memory_gb * triple.processes:.3f}GiB",
        walltime=None,
        log_directory=str(ledger),
        job_extra_directives=["--nodes=1", "--job-name=trackmill-dask"],
        job_script_prologue=[f"export {name}={value!r}" for name, value in told.items()],
        worker_extra_args=["--memory-limit", "0"],
        scheduler_options={"dashboard_address": _LOOPBACK, "dashboard": False},
        python=sys.executable,
    )
    _check_job(cluster.job_script())
    cluster.scale(jobs=triple.nodes)
    return cluster


def _check_job(script: str) -> None:
    """Refuse a job that SLURM would: dask would wait for its workers for ever."""
    words = refusal(ask(["sbatch", "--test-only"], script=script))
    if words is not None:
        raise InputError("sbatch", words, "set SBATCH_PARTITION, SBATCH_ACCOUNT, … or another triple")
