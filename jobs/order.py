"""Orders of a task list before it is distributed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from jobs.registry import Registry
from jobs.tasklist import TaskList

Order = Callable[[TaskList, int], Sequence[int]]
"""Tasks and seed in, the indices of the same tasks in another order out."""

ORDERS: Registry[Order] = Registry("launch.order")


def as_given(tasks: TaskList, seed: int) -> Sequence[int]:  # noqa: ARG001  one signature for all orders
    """Keep the order of the plan."""
    return range(len(tasks))


def chronological(tasks: TaskList, seed: int) -> list[int]:  # noqa: ARG001
    """Sort by id: ids of hours and leaves start with their year, so that text order is order in time."""
    ids = [name for name, _ in tasks.names()]
    return sorted(range(len(ids)), key=ids.__getitem__)


def largest_first(tasks: TaskList, seed: int) -> list[int]:
    """Sort by falling cost, equal costs by id: what takes longest must not start last."""
    costs = tasks.costs()
    return sorted(chronological(tasks, seed), key=lambda index: -costs[index])


def shuffled(tasks: TaskList, seed: int) -> list[int]:
    """Shuffle, the same way for the same seed and tasks."""
    result = chronological(tasks, seed)
    random.Random(seed).shuffle(result)
    return result


ORDERS.add("as-given", as_given)
ORDERS.add("chronological", chronological)
ORDERS.add("largest-first", largest_first)
ORDERS.add("random", shuffled)
