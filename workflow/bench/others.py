"""What else the machine did while a run was measured: a time is only as good as the cores were free."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Mapping
from typing import Any, Final

import psutil

DISTURBED: Final = 0.05
"""Share of the cores that others may take during a run before it is said."""


class Others:
    """Counts the CPU time of processes outside a run, from its making to `core_s`.

    All CPU time of the cores that this process may use, less its own and that of its children that have
    ended: what a run starts must have been waited for. Time stolen by other virtual machines is theirs.
    """

    def __init__(self) -> None:
        self._all_s, self._own_s = _all_s(), _own_s()

    def core_s(self) -> float:
        """Return the CPU time of all others since [core-seconds]; to some hundredths of a second."""
        return max(0.0, _all_s() - self._all_s - (_own_s() - self._own_s))


def _all_s() -> float:
    cores = psutil.cpu_times(percpu=True)
    mine = [cores[core] for core in os.sched_getaffinity(0) if core < len(cores)]
    # Guest time is part of user and nice.
    return sum(one.user + one.nice + one.system + one.irq + one.softirq + one.steal for one in mine)


def _own_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def disturbed(runs: Iterable[Mapping[str, Any]], cores: int) -> str:
    """Return one sentence on what others took of the cores; nothing where it is not known of any run.

    Parameters
    ----------
    runs
        Rows of table `bench_runs`.
    cores
        Cores of the machine.
    """
    shares = [
        run["others_core_s"] / (run["job_s"] * cores) for run in runs if run["others_core_s"] is not None
    ]
    if not shares:
        return ""
    much = sum(share > DISTURBED for share in shares)
    said = f"Other processes took {statistics.median(shares):.1%} of the cores in the median run"
    if not much:
        return f"{said}, {max(shares):.1%} at most."
    return f"{said}, but more than {DISTURBED:.0%} in {much} of {len(shares)}: those took too long."
