"""The counts of several stages in those of one task."""

from __future__ import annotations

from collections.abc import Mapping

from data_schemas.task import Counts

_BETWEEN = ": "


def together(stages: Mapping[str, Counts], rows_of: str) -> Counts:
    """Return the counts of a task that does several stages.

    Rows in, rows out and reasons are those of the stage `rows_of`; `made` holds everything of every stage,
    the stage's name before it, for `of_stage` to find.
    """
    made = {
        _BETWEEN.join((stage, *name)): number
        for stage, counts in stages.items()
        for name, number in _named(counts).items()
    }
    rows = stages[rows_of]
    return Counts(rows.rows_in, rows.rows_out, rows.left, made)


def of_stage(made: Mapping[str, int], stage: str) -> Counts:
    """Return the counts of one stage out of the sums of what tasks have made."""
    left: dict[str, int] = {}
    others: dict[str, int] = {}
    rows = {"rows_in": 0, "rows_out": 0}
    kinds = {"left": left, "made": others, "rows": rows}
    for key, number in made.items():
        name, *rest = key.split(_BETWEEN)
        if name == stage:
            kind, what = rest
            kinds[kind][what] = number
    return Counts(rows["rows_in"], rows["rows_out"], left, others)


def _named(counts: Counts) -> dict[tuple[str, str], int]:
    return {
        ("rows", "rows_in"): counts.rows_in,
        ("rows", "rows_out"): counts.rows_out,
        **{("left", reason): number for reason, number in counts.left.items()},
        **{("made", name): number for name, number in counts.made.items()},
    }
