"""The shape of a launch: nodes, processes a node, threads a process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from data_schemas.errors import ConfigError, InputError
from jobs.node import Node

_EXAMPLE = "write for example [2,4,1]: 2 nodes, 4 processes a node, 1 thread a process"


@dataclass(frozen=True, slots=True)
class Triple:
    """`[nodes, processes per node, threads per process]`, as the MIT SuperCloud's triples mode.

    Raises
    ------
    ConfigError
        A member is not a whole number of at least 1 (a boolean is not a number).
    """

    nodes: int
    processes: int
    threads: int

    def __post_init__(self) -> None:
        """Refuse anything but positive whole numbers."""
        for name in ("nodes", "processes", "threads"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                problem = f"{name} is {value!r}, expected a whole number of at least 1"
                raise ConfigError("triple", problem, _EXAMPLE)

    @classmethod
    def parse(cls, given: str | Sequence[int] | Triple) -> Triple:
        """Return the triple written as `[2,4,1]`, `2,4,1` or a sequence of three whole numbers."""
        if isinstance(given, Triple):
            return given
        if isinstance(given, str):
            match = re.fullmatch(r"\s*(\[)?\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*(\])?\s*", given, re.ASCII)
            if match is None or (match[1] is None) != (match[5] is None):
                raise ConfigError("triple", f"{given!r} is not three whole numbers", _EXAMPLE)
            return cls(int(match[2]), int(match[3]), int(match[4]))
        members = tuple(given)
        if len(members) != 3:
            raise ConfigError("triple", f"{list(members)!r} has {len(members)} numbers, not three", _EXAMPLE)
        return cls(*members)

    @property
    def workers(self) -> int:
        """Working processes on all nodes."""
        return self.nodes * self.processes

    @property
    def threads_per_node(self) -> int:
        """Threads, and so cores, that a node needs."""
        return self.processes * self.threads

    @property
    def total_threads(self) -> int:
        """Threads on all nodes."""
        return self.workers * self.threads

    def __str__(self) -> str:
        return f"[{self.nodes}, {self.processes}, {self.threads}]"

    def check(self, node: Node, *, memory_gb: float = 0.0, oversubscribe: bool | None = None) -> None:
        """Refuse a triple that this node cannot run at full speed; the nodes are taken to be alike.

        Parameters
        ----------
        node
            Cores and memory of this node, see `jobs.node.this_node`.
        memory_gb
            What a process may need [GiB]; 0 checks no memory.
        oversubscribe
            Allow more threads than cores. None asks the environment (`TRACKMILL_OVERSUBSCRIBE=1`).

        Raises
        ------
        InputError
            More threads than cores, or more memory than the node has.
        """
        allowed = node.oversubscribe if oversubscribe is None else oversubscribe
        if self.threads_per_node > node.cores and not allowed:
            problem = (
                f"{self.processes} processes × {self.threads} threads need {self.threads_per_node} cores, "
                f"but {node.name} has {node.cores}"
            )
            remedy = "lower the processes or the threads, or set TRACKMILL_OVERSUBSCRIBE=1 to share cores"
            raise InputError(f"triple {self}", problem, remedy)
        found_gb = node.memory_bytes / 2**30
        if self.processes * memory_gb > found_gb:
            problem = (
                f"{self.processes} processes of {memory_gb:.1f} GiB need "
                f"{self.processes * memory_gb:.1f} GiB, but {node.name} has {found_gb:.1f} GiB"
            )
            remedy = "lower the processes a node, or launch.memory_gb if they need less"
            raise InputError(f"triple {self}", problem, remedy)
