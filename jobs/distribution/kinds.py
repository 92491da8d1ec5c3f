"""The two kinds of distribution, and the registry of all of them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, pairwise

from jobs.registry import Registry


class Source(StrEnum):
    """Who knows what comes next."""

    MANAGER = "manager"
    """A process that hands out chunks to whoever asks, and runs no task itself."""
    COUNTER = "counter"
    """A number in memory that all workers share: each takes the next chunk by adding one to it."""


@dataclass(frozen=True, slots=True)
class Static:
    """Every task has its worker before the first starts.

    Attributes
    ----------
    deal
        From the costs of the ordered tasks and the number of workers to each worker's task indices.
    """

    deal: Callable[[Sequence[float], int], list[Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Dynamic:
    """The ordered list is cut into chunks beforehand; whoever is free takes the next chunk.

    Attributes
    ----------
    cut
        From the number of tasks, the workers, and the setting `tasks_per_message` to where each chunk ends
        (type `q`, rising, the last is the number of tasks).
    source
        Who knows which chunk is next.
    """

    cut: Callable[[int, int, int], array[int]]
    source: Source


def spans(ends: array[int]) -> Iterator[tuple[int, int]]:
    """Yield where each chunk starts and ends, from where it ends."""
    return pairwise(chain((0,), ends))


Distribution = Static | Dynamic

DISTRIBUTIONS: Registry[Distribution] = Registry("launch.distribution")
