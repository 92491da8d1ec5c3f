"""What the name of a leaf's file says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from data_schemas.errors import InputError
from tracks.leaves.registered import ADDRESSES

LEAF_FILES = "[0-9]*/*/*/[!.]*.parquet"
"""Leaf files below an archive: year, aircraft type, seats bin, address range."""

Range: TypeAlias = tuple[int, int]
"""First and last address of a leaf."""


def address_range(leaf: str) -> Range:
    """Return the first and last address of a leaf by its path, whose last part is `<first>_<last>`.

    Raises
    ------
    InputError
        It says none.
    """
    first, _, last = leaf.rsplit("/", 1)[-1].partition("_")
    try:
        found = int(first, 16), int(last, 16)
    except ValueError:
        found = (1, 0)
    if not 0 <= found[0] <= found[1] < ADDRESSES:
        raise InputError(leaf, "no leaf, whose name is <first address>_<last address>", "remove it")
    return found


def overlaps(leaves: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of leaves of one folder, by their paths, whose address ranges overlap."""
    placed = sorted((leaf.rsplit("/", 1)[0], *address_range(leaf), leaf) for leaf in leaves)
    folder, reached, holder = "", -1, ""
    for here, first, last, leaf in placed:
        if here == folder and first <= reached:
            yield holder, leaf
        if here != folder or last > reached:
            folder, reached, holder = here, last, leaf
