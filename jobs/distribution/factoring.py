"""Distributions `factoring` (by a manager) and `counter-factoring`: half of what is left, in equal chunks.

Hummel, Schonberg and Flynn (1992), "Factoring: a method for scheduling parallel loops": in each round every
worker gets one chunk, all of one length, together half of the tasks left. More robust than `guided` where
task times vary, since no first chunk can hold 1/w of all work.
"""

from __future__ import annotations

from array import array

from jobs.distribution.kinds import DISTRIBUTIONS, Dynamic, Source


def cut(tasks: int, workers: int, tasks_per_message: int) -> array[int]:
    """Return the ends of the chunks of all rounds; `tasks_per_message` is the least length."""
    ends, end = array("q"), 0
    while end < tasks:
        size = max(tasks_per_message, -(-(tasks - end) // (2 * workers)))
        for _ in range(workers):
            if end < tasks:
                end = min(tasks, end + size)
                ends.append(end)
    return ends


DISTRIBUTIONS.add("factoring", Dynamic(cut, Source.MANAGER))
DISTRIBUTIONS.add("counter-factoring", Dynamic(cut, Source.COUNTER))
