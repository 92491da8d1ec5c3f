"""The one way in which a stage runs its task list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from data_schemas.config.launch import LaunchSettings
from data_schemas.task import Task, Worker
from jobs.backend import backend_for
from jobs.stage import Job
from jobs.summary import RunSummary


def run_tasks(
    plan: Callable[[], Iterable[Task]] | Iterable[Task],
    make_worker: Callable[[], Worker],
    launch: LaunchSettings,
    ledger: str | Path,
    stage: str,
    *,
    progress: bool = True,
) -> RunSummary | None:
    """Run a stage's task list: what is missing or stale, on all workers, with one ledger row an attempt.

    With backend `mpi` every rank calls this function with the same arguments. Started without mpiexec it is
    one rank, and runs in this process.

    Parameters
    ----------
    plan
        The task list, or the function that makes it, all at once or one by one (a million tasks need not be
        in memory as objects); only rank 0 calls it.
    make_worker
        Makes the function that runs a task; called once in each working process, before its first task. The
        backends `process` and `dask` send it there, so it must be a function of a module (`partial` of one);
        and as their processes import the program, it must start under `if __name__ == "__main__":`.
    launch
        Triple, backend, distribution, order, retries, limits.
    ledger
        Folder of the stage's ledger, made where missing. It is all the state there is: with it lost, all
        tasks run anew.
    stage
        Name of the stage, in the ledger and in messages.
    progress
        Show progress on stderr: a bar on a terminal, else a line a minute.

    Returns
    -------
    RunSummary or None
        What was done; None on all ranks but 0.

    Raises
    ------
    ConfigError
        A name that is unknown, or a distribution that does not work with the backend.
    InputError
        From the plan or a worker's set-up, on whichever rank; a triple that the node cannot run; another run
        that is at work on this ledger. Raised on rank 0.
    StageFailedError
        Tasks failed (all others were tried; the failures are on stderr and in the ledger), or the set-up did.
    StageStoppedError
        SIGTERM or an interrupt came: tasks in flight were finished, the others are left for the next run.
    SystemExit
        On all ranks but 0 in place of the errors above, with code 0: rank 0 alone speaks, and its exit code
        is that of mpiexec.
    """
    job = Job(plan, make_worker, launch, Path(ledger), stage, progress)
    return backend_for(launch).run(job)
