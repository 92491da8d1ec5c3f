"""The two kinds of distribution, and the registry of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jobs.registry import Registry


@dataclass(frozen=True, slots=True)
class Static:
    """Every task has its worker before the first starts.

    Attributes
    ----------
    deal
        From the costs of the ordered tasks and the number of workers to each worker's task indices.
    """

    deal: Callable[[Sequence[float], int], list[list[int]]]


@dataclass(frozen=True, slots=True)
class Managed:
    """A manager hands the next tasks to whoever is free.

    Attributes
    ----------
    chunk
        From the tasks left (at least 1), the workers, and the setting `tasks_per_message` to how many tasks
        the next message carries (at least 1).
    """

    chunk: Callable[[int, int, int], int]


Distribution = Static | Managed

DISTRIBUTIONS: Registry[Distribution] = Registry("launch.distribution")
