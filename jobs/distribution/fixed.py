"""Distributions `self` and `counter`: the next N tasks each time.

`self` is the published pipeline's: a manager hands them out, N a message. `counter` needs no manager.
"""

from __future__ import annotations

from array import array

from jobs.distribution.kinds import DISTRIBUTIONS, Dynamic, Source


def cut(tasks: int, workers: int, tasks_per_message: int) -> array[int]:  # noqa: ARG001  one signature
    """Return the ends of chunks of always the same length, the last one shorter."""
    ends = array("q", range(tasks_per_message, tasks + 1, tasks_per_message))
    if tasks % tasks_per_message:
        ends.append(tasks)
    return ends


DISTRIBUTIONS.add("self", Dynamic(cut, Source.MANAGER))
DISTRIBUTIONS.add("counter", Dynamic(cut, Source.COUNTER))
