"""The list of leaves in an organized hour: a line each, so that some are found without reading all."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Final, NamedTuple

_KEY: Final = "trackmill.leaves"


class Holding(NamedTuple):
    """The rows that one hour has in one leaf: how many, and a digest of their values."""

    rows: int
    digest: str


def listing(holdings: Mapping[str, Holding]) -> dict[str, str]:
    """Return the key-value metadata of a file that list its leaves.

    They are one JSON object. Each leaf has a line: its path, and of its rows the position of the first, their
    number, and their digest.

    Parameters
    ----------
    holdings
        What each leaf has, in the order of the rows, which is that of the paths.
    """
    starts = itertools.accumulate((held.rows for held in holdings.values()), initial=0)
    lines = [
        f'"{leaf}": [{start}, {held.rows}, "{held.digest}"]'
        for start, (leaf, held) in zip(starts, holdings.items(), strict=False)
    ]
    return {_KEY: "{\n" + ",\n".join(lines) + "\n}"}


def listed(
    about: Mapping[bytes, bytes], rows: int, span: tuple[str, str] | None = None
) -> tuple[int, dict[str, Holding]]:
    """Return what a file lists.

    Parameters
    ----------
    about
        The metadata of the file.
    rows
        How many rows it has.
    span
        First and last leaf of those that matter; None: all do.

    Returns
    -------
    tuple
        Position of the first row of the leaves that matter, and what each has, in the order of the rows.

    Raises
    ------
    ValueError
        There is no such list, or it lists another number of rows.
    """
    text = about.get(_KEY.encode(), b"")
    first, last = (f'"{span[0]}"', f'"{span[1]}";') if span else ("", "~")  # a line goes on with a colon
    try:
        some = _parsed(text[_line(text, first.encode()) : _line(text, last.encode())])
        listed_rows = sum(sum(leaf[:2]) for leaf in _parsed(text[text.rindex(b"\n", 0, -2) : -2]).values())
        starts = [start for start, _, _ in some.values()]
        found = {leaf: Holding(count, digest) for leaf, (_, count, digest) in some.items()}
        follow = itertools.accumulate((held.rows for held in found.values()), initial=sum(starts[:1]))
        if starts != list(follow)[:-1]:
            raise ValueError
    except (ValueError, TypeError, AttributeError):
        raise ValueError("lacks the list of its leaves") from None
    if listed_rows != rows:
        raise ValueError(f"holds {rows} rows, but its leaves list {listed_rows}")
    return sum(starts[:1]), found


def _parsed(lines: bytes) -> dict[str, tuple[int, int, str]]:
    found: dict[str, tuple[int, int, str]] = json.loads(b"{%s}" % lines.rstrip(b",\n"))
    return found


def _line(text: bytes, key: bytes) -> int:
    """Return where the first line starts that does not sort before a key."""
    low, high = text.index(b"\n") + 1, text.rindex(b"\n") + 1
    while low < high:
        start = text.rfind(b"\n", 0, (low + high) // 2) + 1
        if text[start : start + len(key)] < key:
            low = text.index(b"\n", start) + 1
        else:
            high = start
    return low
