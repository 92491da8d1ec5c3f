"""Backends: the processes a task list runs on. Each is imported when it is used, MPI above all."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from jobs.registry import Registry
from jobs.stage import Job
from jobs.summary import RunSummary

Backend = Callable[[Job], RunSummary | None]
"""Runs a job; every process of the run calls it, the leading one gets the summary."""

BACKENDS: Registry[Backend] = Registry("launch.backend")


def _imported_when_used(module: str) -> Backend:
    def run(job: Job) -> RunSummary | None:
        backend: Backend = import_module(module).run
        return backend(job)

    return run


BACKENDS.add("serial", _imported_when_used("jobs.backend.serial"))
BACKENDS.add("mpi", _imported_when_used("jobs.backend.mpi"))
