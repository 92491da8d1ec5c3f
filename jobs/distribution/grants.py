"""How the chunks of a counter go to the nodes, where there are several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

REFILL_S: Final = 0.02
"""Work of a node that is worth asking for more: an answer from another node may take some milliseconds."""


def grants(chunks: int, nodes: int) -> Callable[[int], tuple[int, int]]:
    """Return a function that grants ranges of chunks to nodes: half of a fair share of what is left.

    As in factoring: large at first, so that few questions are asked, and small at the end, so that no node
    has work left when the others have none; but at least the length asked for.
    """
    start = 0

    def give(at_least: int) -> tuple[int, int]:
        nonlocal start
        first, left = start, chunks - start
        start += min(left, max(at_least, left // (2 * nodes)))
        return first, start

    return give
