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
    backend: Literal["serial", "mpi"] = "mpi"
    """`serial`: one process; `mpi`: nodes × processes ranks over mpi4py."""
    order: Literal["as-given", "chronological", "largest-first", "random"] = "largest-first"
    """Order of the task list before it is distributed."""
    distribution: Literal["self", "block", "cyclic"] = "self"
    """`self`: a manager hands tasks to whoever is free; `block` and `cyclic`: fixed beforehand."""
    tasks_per_message: Count = 1
    """Tasks the manager hands out at once (distribution `self`)."""
    retries: Annotated[int, Field(ge=0)] = 0
    """How often a failed task is tried again in the same run."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the order `random`."""
