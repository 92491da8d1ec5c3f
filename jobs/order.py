"""Orders of a task list before it is distributed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from data_schemas.task import Task
from jobs.registry import Registry

Order = Callable[[Sequence[Task], int], list[Task]]
"""Tasks and seed in, the same tasks in another order out."""

ORDERS: Registry[Order] = Registry("launch.order")


def as_given(tasks: Sequence[Task], seed: int) -> list[Task]:  # noqa: ARG001  one signature for all orders
    """Keep the order of the plan."""
    return list(tasks)


def chronological(tasks: Sequence[Task], seed: int) -> list[Task]:  # noqa: ARG001
    """Sort by id: ids of hours and leaves start with their year, so that text order is order in time."""
    return sorted(tasks, key=lambda task: task.id)


def largest_first(tasks: Sequence[Task], seed: int) -> list[Task]:  # noqa: ARG001
    """Sort by falling cost, equal costs by id: what takes longest must not start last."""
    return sorted(tasks, key=lambda task: (-task.cost, task.id))


def shuffled(tasks: Sequence[Task], seed: int) -> list[Task]:
    """Shuffle, the same way for the same seed and tasks."""
    result = chronological(tasks, seed)
    random.Random(seed).shuffle(result)
    return result


ORDERS.add("as-given", as_given)
ORDERS.add("chronological", chronological)
ORDERS.add("largest-first", largest_first)
ORDERS.add("random", shuffled)
