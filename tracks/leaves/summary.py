"""A year's leaves in a few lines."""

from __future__ import annotations

import numpy as np
import polars as pl

from tracks.leaves.index import LeafIndex
from tracks.leaves.registered import UNKNOWN
from tracks.leaves.year import UNITS_AN_HOUR, Folder


def leaf_loads(index: LeafIndex, year: int) -> pl.DataFrame:
    """Return a row for each leaf of a year, in the order of paths.

    Columns are `folder`, `items` (registered aircraft; in `UNKNOWN` also pieces of the address space) and
    `hours`, the flight hours a year expected of the leaf.
    """
    folders, leaves = index.leaves(year)
    parts = []
    for name, firsts in leaves.items():
        # Fixed leaves may lie in folders that the register no longer fills.
        items = folders.get(name, Folder(np.empty(0, np.uint32), np.empty(0, np.int64)))
        run = np.searchsorted(firsts, items.address, side="right") - 1
        hours = np.bincount(run, items.work, len(firsts)) / UNITS_AN_HOUR
        parts.append(
            pl.DataFrame({"items": np.bincount(run, minlength=len(firsts)), "hours": hours}).select(
                pl.lit(name).alias("folder"), "items", "hours"
            )
        )
    return pl.concat(parts)


def summary(index: LeafIndex, year: int) -> str:
    """Say how many leaves each folder of a year has, and how much work lies in them."""
    loads = leaf_loads(index, year)
    folders = loads.group_by("folder", maintain_order=True).agg(
        pl.len(),
        pl.col("items").sum(),
        pl.col("hours").min().alias("least"),
        pl.col("hours").mean().alias("mean"),
        pl.col("hours").max().alias("most"),
    )
    words = ("aircraft", "least", "mean", "most")
    known = folders.filter(pl.col("folder") != UNKNOWN)["items"].sum()
    lines = [
        f"{year}: {loads.height} leaves in {folders.height} folders, {known:,} registered aircraft",
        f"{'hours expected of a leaf:':<40}{'leaves':>8}" + "".join(f"{word:>11}" for word in words),
    ]
    for name, leaves, items, *hours in folders.iter_rows():
        aircraft = "" if name == UNKNOWN else f"{items:,}"
        lines.append(f"{name:<40}{leaves:>8}{aircraft:>11}" + "".join(f"{each:>11,.0f}" for each in hours))
    return "\n".join(lines)
