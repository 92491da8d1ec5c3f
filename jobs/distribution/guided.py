"""Distributions `guided` (by a manager) and `counter-guided`: a share of what is left each time.

Polychronopoulos and Kuck (1987), "Guided self-scheduling": with `w` workers a chunk is 1/w of the tasks left,
so that few messages are needed at first and little waiting at the end.
"""

from __future__ import annotations

from array import array

from jobs.distribution.kinds import DISTRIBUTIONS, Dynamic, Source


def cut(tasks: int, workers: int, tasks_per_message: int) -> array[int]:
    """Return the ends of shrinking chunks; `tasks_per_message` is the least length."""
    ends, end = array("q"), 0
    while end < tasks:
        end = min(tasks, end + max(tasks_per_message, -(-(tasks - end) // workers)))
        ends.append(end)
    return ends


DISTRIBUTIONS.add("guided", Dynamic(cut, Source.MANAGER))
DISTRIBUTIONS.add("counter-guided", Dynamic(cut, Source.COUNTER))
