"""Backends: the processes a task list runs on. Each is imported when it is used, MPI above all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import ConfigError
from jobs.distribution import DISTRIBUTIONS, Dynamic, Source
from jobs.registry import Registry
from jobs.stage import Job
from jobs.summary import RunSummary


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend by its module, which has a function `run(job)`.

    Attributes
    ----------
    module
        Full name of the module.
    sources
        The dynamic distributions it supports, by who knows what comes next; static ones are always supported.
    """

    module: str
    sources: frozenset[Source]

    def run(self, job: Job) -> RunSummary | None:
        """Run a job; every process of the run calls it, the leading one gets the summary."""
        start: Callable[[Job], RunSummary | None] = import_module(self.module).run
        return start(job)

    def distributions(self) -> list[str]:
        """Return the names of the distributions it supports."""
        named = ((name, DISTRIBUTIONS[name]) for name in DISTRIBUTIONS)
        return [name for name, d in named if not isinstance(d, Dynamic) or d.source in self.sources]


BACKENDS: Registry[Backend] = Registry("launch.backend")


def backend_for(launch: LaunchSettings) -> Backend:
    """Return the backend of a launch.

    Raises
    ------
    ConfigError
        It is unknown, or does not support the distribution; the message lists those it does.
    """
    backend = BACKENDS[launch.backend]
    DISTRIBUTIONS[launch.distribution]  # an unknown name has a message of its own
    known = backend.distributions()
    if launch.distribution not in known:
        problem = f"'{launch.distribution}' does not work with backend {launch.backend}"
        raise ConfigError("launch.distribution", problem, f"choose {', '.join(known)}, or backend mpi")
    return backend


_ALL = frozenset(Source)
_MANAGER = frozenset({Source.MANAGER})

BACKENDS.add("serial", Backend("jobs.backend.serial", _ALL))
BACKENDS.add("process", Backend("jobs.backend.process", _MANAGER))
BACKENDS.add("mpi", Backend("jobs.backend.mpi", _ALL))
BACKENDS.add("dask", Backend("jobs.backend.dask", _MANAGER))
