"""Distribution `self`: a manager hands out the next N tasks a message, as the published pipeline does."""

from __future__ import annotations

from jobs.distribution.kinds import DISTRIBUTIONS, Managed


def chunk(left: int, workers: int, tasks_per_message: int) -> int:  # noqa: ARG001  one signature for all rules
    """Return the tasks of the next message: always the same number, fewer at the end."""
    return min(left, tasks_per_message)


DISTRIBUTIONS.add("self", Managed(chunk))
