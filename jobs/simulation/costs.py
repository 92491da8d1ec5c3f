"""What the model is fed with: the shape of a launch, and what launching and handing out cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranks:
    """The working processes of a run.

    Attributes
    ----------
    nodes, processes
        Nodes, and working processes of each.
    """

    nodes: int
    processes: int

    @property
    def workers(self) -> int:
        """Working processes on all nodes."""
        return self.nodes * self.processes


@dataclass(frozen=True, slots=True)
class LaunchCosts:
    """What a run costs beside its tasks, all in seconds; each is measured without the tasks.

    Attributes
    ----------
    launch_s
        From the submission until the first worker is ready.
    spread_s
        From then until the last one is, the others evenly between.
    together
        No worker begins before all are ready, as with MPI; else each begins when it is.
    first_s
        Of each worker's first task, on top of its time: what is loaded or compiled when it is first used. It
        counts as busy.
    task_s
        Of each task, at its worker: unpacking, two lines of the ledger, or the start of a process of its own.
    message_s
        Of each chunk, at its worker: from asking to the answer of a manager that is idle.
    manager_s
        Of each chunk, at the manager, which answers one after another.
    counter_s
        Of each chunk drawn from a shared number: additions to it are done one after another.
    end_s
        From the end of the last task to the end of the job.
    slowdown
        Factor of all times in tasks: cores or memory bandwidth that workers share.
    """

    launch_s: float = 0.0
    spread_s: float = 0.0
    together: bool = True
    first_s: float = 0.0
    task_s: float = 0.0
    message_s: float = 0.0
    manager_s: float = 0.0
    counter_s: float = 0.0
    end_s: float = 0.0
    slowdown: float = 1.0
