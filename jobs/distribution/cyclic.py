"""Distribution `cyclic`: as cards are dealt, task i to worker i modulo the workers."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.distribution.kinds import DISTRIBUTIONS, Static


def deal(costs: Sequence[float], workers: int) -> list[Sequence[int]]:
    """Return the task indices of each worker."""
    return [range(worker, len(costs), workers) for worker in range(workers)]


DISTRIBUTIONS.add("cyclic", Static(deal))
