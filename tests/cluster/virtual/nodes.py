"""A node of the virtual cluster goes down and comes up again."""

import shutil
import time
from typing import Final

from tests.cluster.virtual import processes
from tests.cluster.virtual.asking import ask, node_states
from tests.cluster.virtual.configuration import LOGS
from tests.cluster.virtual.leftovers import end_job_processes
from tests.cluster.virtual.machine import FailedError
from tests.cluster.virtual.processes import Process
from tests.cluster.virtual.record import RECORD, alone

_SECONDS: Final = 60.0
_IN_SERVICE: Final = ("idle", "mixed", "allocated")


def start_slurmd(node: str) -> Process:
    """Start the slurmd of a node."""
    command = (shutil.which("slurmd") or "slurmd", "-D", "-N", node)
    return processes.start(node, command, LOGS / f"{node}.out")


def take_node_down(node: str, *, slurmd_only: bool = False) -> None:
    """End a node's slurmd and what it runs, as a power failure does, and let the controller see it down.

    The controller would see it by itself after SlurmdTimeout, 5 minutes: it is told instead. It puts a batch
    job that was there back into the queue, to start again two minutes later under the same number, or ends
    it as NODE_FAIL where the job was submitted with --no-requeue; either way the job's ranks on other nodes
    are ended.

    Parameters
    ----------
    node
        Its name.
    slurmd_only
        End nothing but slurmd: the job's ranks there go on, out of SLURM's reach, until the node is brought
        up. That is what a node does that the network has lost.

    Raises
    ------
    FailedError
        The controller does not say that it is down.
    """
    with alone():
        recorded = processes.load(RECORD)
        _of(node, recorded).end(at_once=True)
        # Before the ranks end: srun, seeing a rank's end first, would end the job as FAILED.
        ask("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=taken down by a test")
        if not slurmd_only:
            end_job_processes(node, [process.pid for process in recorded])
    state = node_states().get(node, "unknown")
    if not state.startswith("down"):
        raise FailedError(f"node {node} does not go down: it is {state}")


def bring_node_up(node: str) -> None:
    """Start a node's slurmd again, and wait until jobs can have the node; one that is up stays as it is.

    What was left there of the jobs from before is ended first.

    Raises
    ------
    FailedError
        It does not come up.
    """
    with alone():
        recorded = processes.load(RECORD)
        before = _of(node, recorded)
        if not before.is_running():
            end_job_processes(node, [process.pid for process in recorded])
            now = start_slurmd(node)
            processes.save([now if process is before else process for process in recorded], RECORD)
    until = time.monotonic() + _SECONDS
    while (state := node_states().get(node, "unknown")) not in _IN_SERVICE:
        if time.monotonic() > until:
            raise FailedError(f"node {node} does not come up: it is {state}")
        if state.startswith("down"):
            ask("scontrol", "update", f"NodeName={node}", "State=RESUME")
        time.sleep(0.1)


def _of(node: str, recorded: list[Process]) -> Process:
    for process in recorded:
        if process.name == node:
            return process
    raise FailedError(f"no node {node} was started here")
