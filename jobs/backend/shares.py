"""What each worker takes its tasks from, piece by piece, where a manager sends the tasks themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import starmap
from typing import Final

from data_schemas.config.launch import LaunchSettings
from jobs.distribution import DISTRIBUTIONS, Static, spans
from jobs.tasklist import TaskList

TASKS_A_MESSAGE: Final = 256
"""Longer chunks and lists are sent in pieces."""


def shares(launch: LaunchSettings, tasks: TaskList, workers: int) -> list[Iterator[Sequence[int]]]:
    """Return what each worker takes indices of tasks from; nothing for workers that get none.

    Parameters
    ----------
    launch
        Distribution: a static one has dealt beforehand, of any other all take from the same chunks.
    tasks
        The tasks in their order.
    workers
        Number of workers.
    """
    distribution = DISTRIBUTIONS[launch.distribution]
    if isinstance(distribution, Static):
        return [_pieces(mine) for mine in distribution.deal(tasks.costs(), workers) if mine]
    ends = distribution.cut(len(tasks), workers, launch.tasks_per_message)
    chunks = starmap(range, spans(ends))
    return [_taken(chunks) for _ in range(min(workers, len(ends)))]


def _taken(chunks: Iterator[Sequence[int]]) -> Iterator[Sequence[int]]:
    """Yield the pieces of the chunks that are taken here, from an iterator that others take from too."""
    for chunk in chunks:
        yield from _pieces(chunk)


def _pieces(indices: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(indices), TASKS_A_MESSAGE):
        yield indices[start : start + TASKS_A_MESSAGE]
