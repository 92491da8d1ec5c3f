"""The partitions of a cluster and their nodes, as SLURM's commands list them (SLURM 20 to 25)."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

from jobs.slurm.commands import ask, silent

_SINFO_LINE = re.compile(r"^(.+)\|(\d+)\|(\d+)\+?\|(\d+)\+?\|(\S+)\|(.*)$", re.MULTILINE | re.ASCII)
_IN_SERVICE = frozenset(("idle", "mixed", "allocated", "completing", "planned"))


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes of a partition that are alike.

    Attributes
    ----------
    count
        How many they are.
    cpus
        Processors of each, as SLURM counts them: hardware threads on many clusters.
    memory_mb
        Memory of each that jobs can have [MiB].
    features
        What a constraint can name.
    in_service
        Whether jobs can have them as soon as they are free: not down, drained or reserved.
    """

    count: int
    cpus: int
    memory_mb: int
    features: frozenset[str]
    in_service: bool


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition and its limits; None where it has none.

    Attributes
    ----------
    name, state
        SLURM's words; only in state UP do jobs start.
    is_default
        Whether jobs go there that name none.
    total_nodes
        Nodes it has; 0 where they come as they are needed.
    max_nodes, max_cpus, max_memory_mb, max_seconds
        Limits of a job: nodes, processors and memory [MiB] of each, walltime [s].
    accounts
        Accounts that may use it.
    nodes
        What its nodes are.
    """

    name: str
    state: str
    is_default: bool
    total_nodes: int
    max_nodes: int | None
    max_cpus: int | None
    max_memory_mb: int | None
    max_seconds: int | None
    accounts: tuple[str, ...] | None
    nodes: tuple[Nodes, ...] = ()

    def fitting(self, cpus: int, memory_mb: int, features: Set[str] = frozenset()) -> list[Nodes]:
        """Return those of its nodes that have these processors, this memory and all of these features."""
        return [
            group
            for group in self.nodes
            if group.cpus >= cpus and group.memory_mb >= memory_mb and features <= group.features
        ]

    @property
    def features(self) -> list[str]:
        """All features of its nodes, sorted."""
        return sorted({word for group in self.nodes for word in group.features})


def read_partitions() -> dict[str, Partition]:
    """Ask SLURM for all partitions, by name.

    Raises
    ------
    InputError
        It does not tell.
    """
    told = ask(["scontrol", "--all", "--oneliner", "show", "partition"])
    listed = ask(["sinfo", "--all", "--exact", "--noheader", "--noconvert", "--format=%R|%D|%c|%m|%T|%f"])
    for answer in (told, listed):
        if answer.code != 0:
            raise silent(" ".join(answer.errors.split()))
    return parse_partitions(told.output, listed.output)


def parse_partitions(told: str, listed: str) -> dict[str, Partition]:
    """Return the partitions by name.

    Parameters
    ----------
    told
        What `scontrol --oneliner show partition` prints.
    listed
        What sinfo prints: partition, count, CPUs, memory, state and features with `|` between them.
    """
    nodes: dict[str, list[Nodes]] = {}
    for found in _SINFO_LINE.finditer(listed):
        nodes.setdefault(found[1], []).append(_nodes(*found.groups()[1:]))
    lines = [line for line in told.splitlines() if line.startswith("PartitionName=")]
    return {partition.name: partition for partition in (_partition(line, nodes) for line in lines)}


def parse_seconds(text: str) -> int | None:
    """Return a time as SLURM writes it in seconds: `1-00:00:00`, `30:00`, `90` minutes.

    None where it is UNLIMITED, or anything else: a limit that cannot be read is left to sbatch.
    """
    match = re.fullmatch(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?", text, re.ASCII)
    if match is None:
        return None
    days, *rest = match.groups()
    numbers = [int(part) for part in rest if part is not None]
    if days is None and len(numbers) < 3:  # minutes, or minutes:seconds
        numbers.insert(0, 0)
    hours, minutes, seconds = [*numbers, 0, 0][:3]
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds


def _partition(line: str, nodes: dict[str, list[Nodes]]) -> Partition:
    parts = re.split(r"\s+(?=\w+=)", line.strip())  # a name may have spaces in it
    fields = {key: value for key, _, value in (part.partition("=") for part in parts)}
    name = fields["PartitionName"]
    return Partition(
        name=name,
        state=fields.get("State", "UP"),
        is_default=fields.get("Default") == "YES",
        total_nodes=_limit(fields.get("TotalNodes", "0")) or 0,
        max_nodes=_limit(fields.get("MaxNodes", "UNLIMITED")),
        max_cpus=_limit(fields.get("MaxCPUsPerNode", "UNLIMITED")),
        max_memory_mb=_limit(fields.get("MaxMemPerNode", "UNLIMITED")),
        max_seconds=parse_seconds(fields.get("MaxTime", "UNLIMITED")),
        accounts=_names(fields.get("AllowAccounts", "ALL")),
        nodes=tuple(nodes.get(name, ())),
    )


def _nodes(count: str, cpus: str, memory_mb: str, state: str, features: str) -> Nodes:
    words = frozenset() if features == "(null)" else frozenset(features.split(","))
    return Nodes(int(count), int(cpus), int(memory_mb), words, state.rstrip("-+") in _IN_SERVICE)


def _limit(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _names(text: str) -> tuple[str, ...] | None:
    return None if text in {"ALL", "N/A", "(null)"} else tuple(text.split(","))
