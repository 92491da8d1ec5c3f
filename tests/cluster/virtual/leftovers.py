"""What jobs run on a virtual node, found and ended without its slurmd."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.cluster.virtual.configuration import SPOOL
from tests.cluster.virtual.machine import FailedError

_PROC: Final = Path("/proc")
_SECONDS: Final = 10.0


def job_processes(node: str) -> set[int]:
    """Return the numbers of all processes that jobs have on a node.

    Those are the slurmstepd of each step, known by its socket in the node's spool folder, all that they
    started, and all whose environment says that they were started on the node; this process is none of them.
    """
    inodes = set(_listening_in(SPOOL / node))
    parents: dict[int, int] = {}
    found = set()
    for pid in _numbers(_PROC.iterdir()):
        with suppress(OSError):  # it has ended meanwhile
            state, parent = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[:2]
            if state in "ZX":
                continue
            parents[pid] = int(parent)
            if inodes & set(_sockets(pid)) or _is_told(pid, node):
                found.add(pid)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def end_job_processes(node: str, spared: Iterable[int]) -> int:
    """End at once what jobs run on a node, as a power failure does, and return how many processes that were.

    With them goes what they have in shared memory: MPICH's ranks would find it again, for a job that is put
    back into the queue keeps its number, and that is in the names.

    Parameters
    ----------
    node
        Its name.
    spared
        Numbers of processes to leave alone: the cluster's own, which a job on the node may have started.

    Raises
    ------
    FailedError
        Some are still there.
    """
    ended: set[int] = set()
    shared: set[Path] = set()
    until = time.monotonic() + _SECONDS
    while left := job_processes(node) - set(spared):
        if time.monotonic() > until:
            raise FailedError(f"processes of jobs on {node} do not end: {sorted(left)}")
        for pid in left:
            with suppress(OSError):  # it has ended meanwhile
                shared |= set(_shared_memory(pid))
                os.kill(pid, signal.SIGKILL)
        ended |= left
        time.sleep(0.02)
    for path in shared:
        path.unlink(missing_ok=True)
    return len(ended)


def _listening_in(folder: Path) -> Iterator[str]:
    """Inodes of the Unix sockets that are bound in a folder."""
    for line in (_PROC / "net/unix").read_text().splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8 and Path(fields[7]).parent == folder:
            yield fields[6]


def _sockets(pid: int) -> Iterator[str]:
    for descriptor in (_PROC / str(pid) / "fd").iterdir():
        with suppress(OSError):
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                yield target[len("socket:[") : -1]


def _shared_memory(pid: int) -> Iterator[Path]:
    for line in (_PROC / str(pid) / "maps").read_text().splitlines():
        name = line.partition("/")[2]
        if name.startswith("dev/shm/") and not name.endswith("(deleted)"):
            yield Path("/", name)


def _is_told(pid: int, node: str) -> bool:
    variables = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    return f"SLURMD_NODENAME={node}".encode() in variables


def _numbers(paths: Iterable[Path]) -> Iterator[int]:
    return (int(path.name) for path in paths if path.name.isdigit())
