"""Numbers and tables as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence


def number(value: float) -> str:
    """Return a number with three digits: 1.53 M, 870 k, 42.1.

    >>> number(1_534_000), number(870_300), number(42.123)
    ('1.53 M', '870 k', '42.1')
    """
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if value >= size:
            value, suffix = value / (size if size > 1e4 else 1e3), letter
            break
    else:
        suffix = ""
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}{suffix}"


def spread(values: Sequence[float]) -> str:
    """Return median (least to most)."""
    if not values:
        return ""
    least, most = number(min(values)), number(max(values))
    middle = number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({least} to {most})"


def met(values: Sequence[float], at_least: float | None = None, at_most: float | None = None) -> str:
    """Return whether the median is within the aim: yes, no, or nothing where there is no aim."""
    if at_least is None and at_most is None:
        return ""
    if not values:
        return "not measured"
    middle = statistics.median(values)
    within = (at_least is None or middle >= at_least) and (at_most is None or middle <= at_most)
    return "yes" if within else "**no**"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; columns after the first are set to the right where they hold numbers."""
    lines = [list(map(str, row)) for row in rows]
    right = [
        any(line[n] for line in lines) and all(line[n][:1].strip("≥≤0123456789") == "" for line in lines)
        for n in range(len(head))
    ]
    rule = ["---:" if is_number else "---" for is_number in right]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *lines))
