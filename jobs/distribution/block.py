"""Distribution `block`: contiguous parts of the list, whose lengths differ by one at most."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.distribution.kinds import DISTRIBUTIONS, Static


def deal(costs: Sequence[float], workers: int) -> list[Sequence[int]]:
    """Return the task indices of each worker: the first `len(costs) % workers` have one more."""
    share, extra = divmod(len(costs), workers)
    starts = [worker * share + min(worker, extra) for worker in range(workers + 1)]
    return [range(starts[worker], starts[worker + 1]) for worker in range(workers)]


DISTRIBUTIONS.add("block", Static(deal))
