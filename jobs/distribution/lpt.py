"""Distribution `lpt`: longest processing time first, each task to the worker with the least work so far.

Graham (1969), "Bounds on multiprocessing timing anomalies": at most 4/3 of the shortest possible time, if
the cost estimates are right.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Sequence

from jobs.distribution.kinds import DISTRIBUTIONS, Static


def deal(costs: Sequence[float], workers: int) -> list[Sequence[int]]:
    """Return the task indices of each worker, longest first; equal costs go by index, equal loads by worker.

    Costs that are all equal fall to the workers as `cyclic` deals them.
    """
    dealt = [array("q") for _ in range(workers)]
    loads = [(0.0, 0, worker) for worker in range(workers)]
    for index in sorted(range(len(costs)), key=lambda index: -costs[index]):
        load, tasks, worker = loads[0]
        dealt[worker].append(index)
        # Tasks of cost 0 must not all fall to one worker: the count decides between equal loads.
        heapq.heapreplace(loads, (load + costs[index], tasks + 1, worker))
    return list(dealt)


DISTRIBUTIONS.add("lpt", Static(deal))
