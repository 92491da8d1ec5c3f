"""What a stage hands to the launcher (a task) and what a worker hands back (its counts)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work over files: data only, so that it can travel to any worker.

    Attributes
    ----------
    id
        Unique within the stage, stable between runs (the name of an hour, a leaf).
    inputs
        Paths read. Their size and modification time decide whether a finished task is stale.
    output
        The one path written (a file, complete or absent); empty where the counts are all that comes of it.
    cost
        Estimate of the work, in any unit that is the same for all tasks of the list (bytes, rows).
    settings
        Digest of everything else that decides the output; another digest makes the task stale.
    """

    id: str
    inputs: tuple[str, ...]
    output: str
    cost: float = 1.0
    settings: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What one task did to its rows: `rows_in == rows_out + sum(left.values())`, always.

    Attributes
    ----------
    rows_in, rows_out
        Rows read and rows kept.
    left
        Rows that left, by reason.
    made
        Other whole numbers worth adding up (seconds interpolated, segments, observations counted).
    """

    rows_in: int = 0
    rows_out: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    made: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse counts that do not balance: a row lost silently is the one thing that must not be."""
        gone = sum(self.left.values())
        if self.rows_in != self.rows_out + gone:
            msg = f"{self.rows_in} rows in, but {self.rows_out} out and {gone} left: rows were lost"
            raise ValueError(msg)

    def __add__(self, other: Counts) -> Counts:
        """Return the sums of both."""
        left, made = (
            {name: mine.get(name, 0) + theirs.get(name, 0) for name in {**mine, **theirs}}
            for mine, theirs in ((self.left, other.left), (self.made, other.made))
        )
        return Counts(self.rows_in + other.rows_in, self.rows_out + other.rows_out, left, made)


Worker = Callable[[Task], Counts]
