"""What a process may use of its node: cores and memory; and pinning it to cores of its own."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from jobs.triple import Triple


@dataclass(frozen=True, slots=True)
class Node:
    """What may be used of a node.

    Attributes
    ----------
    name
        Host name.
    cores
        Cores to run on: the affinity, or what SLURM gave this job or the control group's CPU quota where that
        is less.
    memory_bytes
        Memory of the node, or of SLURM's job or the control group where that is less.
    oversubscribe
        Whether the environment allows more threads than cores (`TRACKMILL_OVERSUBSCRIBE=1`).
    """

    name: str
    cores: int
    memory_bytes: int
    oversubscribe: bool = False


@dataclass(frozen=True, slots=True)
class Pinning:
    """The cores a process was pinned to (empty where it was not), and one sentence about it."""

    cores: tuple[int, ...]
    note: str


def this_node(affinity: Collection[int] | None = None) -> Node:
    """Return what may be used of the node this process runs on.

    Parameters
    ----------
    affinity
        The cores to count; None takes those this process may run on. The processes of a node may have been
        given different ones.
    """
    groups = control_groups()
    slurm_cores, slurm_memory = slurm_share()
    cores = min([len(os.sched_getaffinity(0) if affinity is None else affinity), *slurm_cores])
    quota = cpu_quota(groups)
    memory = min([psutil.virtual_memory().total, *memory_limits(groups), *slurm_memory])
    return Node(
        name=node_name(),
        # A quota of 2.5 cores keeps two threads busy, a third only half.
        cores=cores if quota is None else max(1, min(cores, int(quota))),
        memory_bytes=memory,
        oversubscribe=os.environ.get("TRACKMILL_OVERSUBSCRIBE", "") not in ("", "0"),
    )


def node_name() -> str:
    """Return the name of this node: SLURM's, else the host's. Virtual nodes of SLURM share a host."""
    return os.environ.get("SLURMD_NODENAME") or platform.node()


def slurm_share(variables: Mapping[str, str] = os.environ) -> tuple[list[int], list[int]]:
    """Return the cores and the memory [byte] that SLURM gave its job on this node; empty where not told."""

    def number(name: str) -> int:
        text = variables.get(name, "")
        return int(text) if text.isdigit() else 0

    cores = number("SLURM_CPUS_ON_NODE")
    mib = number("SLURM_MEM_PER_NODE") or number("SLURM_MEM_PER_CPU") * cores
    return [cores] if cores else [], [mib * 2**20] if mib else []


def control_groups(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> list[Path]:
    """Return the folders of this process's control group (version 2) and of all groups above it."""
    try:
        lines = own.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    for line in lines:
        if line.startswith("0::"):
            folder = root / line[3:].lstrip("/")
            return [folder, *(parent for parent in folder.parents if parent.is_relative_to(root))]
    return []


def cpu_quota(groups: list[Path]) -> float | None:
    """Return the least CPU quota of the groups [cores], None where there is none."""
    quotas = []
    for group in groups:
        limit, _, period = _first_line(group / "cpu.max").partition(" ")
        if limit.isdigit() and period.isdigit():
            quotas.append(int(limit) / int(period))
    return min(quotas, default=None)


def memory_limits(groups: list[Path]) -> list[int]:
    """Return the memory limits of the groups [bytes]."""
    texts = [_first_line(group / "memory.max") for group in groups]
    return [int(text) for text in texts if text.isdigit()]


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def pin_to_cores(local_rank: int, triple: Triple, *, only_if_full: bool = False) -> Pinning:
    """Pin this process, all of its threads, to cores of its own: `threads` cores at `local_rank × threads`.

    Parameters
    ----------
    local_rank
        Number of this process among the working processes of the node, from 0.
    triple
        Processes a node and threads a process.
    only_if_full
        Pin only where the triple uses every core of the node. On a node shared with others the kernel places
        processes better: two runs pinned to the same first cores would fight over them.

    Returns
    -------
    Pinning
        Empty, with the reason, where the node has too few cores or the launcher has pinned the process.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < triple.threads_per_node:
        if len(cores) == triple.threads:
            return Pinning((), f"the launcher has pinned each process to {len(cores)} cores")
        reason = f"{len(cores)} cores are too few to give each of {triple.threads_per_node} threads its own"
        return Pinning((), f"processes are not pinned: {reason}")
    if only_if_full and len(cores) > triple.threads_per_node:
        return Pinning((), f"processes are not pinned: {triple} leaves some of {len(cores)} cores free")
    first = local_rank * triple.threads
    mine = tuple(cores[first : first + triple.threads])
    move_to_cores(mine)
    return Pinning(mine, f"each process is pinned to {triple.threads} of {len(cores)} cores")


def pin_worker(local_rank: int, triple: Triple, *, unless: str = "") -> str:
    """Pin this working process where the triple fills the node; return how, or why not, as one sentence.

    Parameters
    ----------
    local_rank, triple
        See `pin_to_cores`.
    unless
        Why not, if the backend knows a reason; empty if it does not. `TRACKMILL_PIN=0` is always one.
    """
    if os.environ.get("TRACKMILL_PIN", "1") == "0":
        unless = "TRACKMILL_PIN=0"
    if unless:
        return f"processes are not pinned: {unless}"
    return pin_to_cores(local_rank, triple, only_if_full=True).note


def move_to_cores(cores: Collection[int]) -> None:
    """Let this process, all of its threads, run on `cores` only."""
    # The call moves one thread; pools that exist already must move too.
    for thread in Path("/proc/self/task").iterdir():
        try:
            os.sched_setaffinity(int(thread.name), cores)
        except ProcessLookupError:
            continue
