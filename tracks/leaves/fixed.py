"""Leaves as a table, for years whose leaves are to stay as they are whatever the register becomes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.tables.leaves import LEAVES
from tracks.leaves.index import LeafIndex
from tracks.leaves.names import LEAF_FILES, Range, address_range, overlaps
from tracks.leaves.registered import ADDRESSES
from tracks.leaves.year import leaf_paths


def leaves_of_years(index: LeafIndex, years: Iterable[int]) -> pl.DataFrame:
    """Return all leaves of these years as the table `LEAVES`."""
    return _table(path for year in sorted(set(years)) for path in leaf_paths(index.leaves(year)[1], year))


def leaves_of_archive(archive: Path) -> pl.DataFrame:
    """Return the leaves that an archive has, as the table `LEAVES`.

    Addresses between them, of which no row has been archived so far, become leaves of their own. Files
    without rows do not count.

    Raises
    ------
    InputError
        The folder holds no leaves, or files that are none or overlap.
    """
    files = [file for file in archive.glob(LEAF_FILES) if pq.read_metadata(file).num_rows]
    if not files:
        raise InputError(archive, "no archived leaves in this folder", "name the folder of stage archive")
    leaves = [file.relative_to(archive).with_suffix("").as_posix() for file in files]
    for one, other in overlaps(leaves):
        raise InputError(archive, f"its leaves {one} and {other} overlap", "organize all its hours anew")
    ranges: dict[str, list[Range]] = {}
    for leaf in leaves:
        ranges.setdefault(leaf.rsplit("/", 1)[0], []).append(address_range(leaf))
    return _table(
        f"{folder}/{first:06X}_{last:06X}"
        for folder in sorted(ranges)
        for first, last in _filled(sorted(ranges[folder]))
    )


def _filled(ranges: list[Range]) -> Iterator[Range]:
    """Yield rising ranges and what lies between them, from the first address to the last."""
    reached = 0
    for first, last in ranges:
        if first > reached:
            yield reached, first - 1
        yield first, last
        reached = last + 1
    if reached < ADDRESSES:
        yield reached, ADDRESSES - 1


def write_leaves(leaves: pl.DataFrame, out: Path) -> None:
    """Write a table of leaves as Parquet: the setting `registry.leaves.fixed` takes it."""
    with complete_file(out) as part:
        pq.write_table(leaves.to_arrow().cast(LEAVES.schema()), part, compression="zstd")


def _table(paths: Iterable[str]) -> pl.DataFrame:
    parts = (path.split("/") for path in paths)
    rows = [(int(year), kind, seats, *name.split("_")) for year, kind, seats, name in parts]
    return pl.DataFrame(rows, schema=LEAVES.names, orient="row")
