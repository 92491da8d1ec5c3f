"""The one order in which observations are stored, which decides the bytes of stages 1 and 2."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from tracks.observations import Index

_DIGIT_BITS = 11
"""Bits sorted by in one pass: 2048 counters stay in the fastest cache."""


def sort_order(
    rows: pl.DataFrame, groups: npt.NDArray[np.int32] | None = None
) -> tuple[Index, npt.NDArray[np.bool_]]:
    """Return the order by (group, icao24, time_s, then every other column, missing last), and which repeat.

    Rows that come in order of time, or in stretches that each are sorted already, cost least: a stable sort
    by address is all they need.

    Parameters
    ----------
    rows
        As in `Observations`.
    groups
        The group of each row (the rank of its leaf); None: all rows are of one.
    """
    who = rows["icao24"].to_numpy()
    if groups is not None:
        who = groups.astype(np.uint64) << np.uint64(24) | who
    index = stable_order(who)
    return index, settle(index, who, rows["time_s"].to_numpy(), rows.__getitem__)


def settle(
    index: Index,
    who: npt.NDArray[np.unsignedinteger],
    time_s: npt.NDArray[np.float64],
    rows_at: Callable[[Index], pl.DataFrame],
) -> npt.NDArray[np.bool_]:
    """Sort rows that are in order of their keys by time and all other columns, in place; return which repeat.

    Ties are broken by the values themselves, so that the order does not depend on how the rows came in; rows
    still tied are equal. What is returned, in the sorted order, marks rows equal to the row before in
    every column, two missing values being equal.

    Parameters
    ----------
    index
        Order of the rows by key.
    who, time_s
        Key and time of each row.
    rows_at
        Returns the columns of some rows, the ones asked for.
    """
    tied = _by_time(index, who, time_s)
    repeats = np.zeros(len(index), np.bool_)
    if tied.any():
        at = index[tied]
        some = rows_at(at)
        others = [name for name in some.columns if name not in {"icao24", "time_s"}]
        key = who[at]
        group = np.cumsum(np.append(True, key[1:] != key[:-1]))  # rises, as the keys need not
        some = some.hstack(pl.DataFrame({"_group": group, "_at": at}))
        some = some.sort("_group", "time_s", *others, nulls_last=True)
        index[tied] = some["_at"].to_numpy()
        equal = pl.all_horizontal(
            pl.col(name).eq_missing(pl.col(name).shift()) for name in ("_group", "time_s", *others)
        )
        repeats[tied] = some.select(equal).to_series().to_numpy()
    return repeats


def are_ordered(rows: pl.DataFrame, groups: npt.NDArray[np.int32]) -> bool:
    """Return whether rows are in the order of (group, icao24, time_s), and no two have all three the same."""
    who = groups.astype(np.int64) << 24 | rows["icao24"].to_numpy()
    time_s = rows["time_s"].to_numpy()
    rise = np.diff(who)
    return bool(((rise > 0) | (rise == 0) & (np.diff(time_s) > 0)).all())


@numba.njit(cache=True)
def stable_order(keys):  # type: ignore[no-untyped-def]
    """Return the stable order of unsigned keys: radix sort, the least significant digit first."""
    size = keys.size
    index, other = np.arange(size), np.empty(size, np.int64)
    differ = np.uint64(0)
    for key in keys:
        differ |= np.uint64(key) ^ np.uint64(keys[0])
    shift = np.uint64(0)
    mask = np.uint64((1 << _DIGIT_BITS) - 1)
    while differ >> shift:
        if (differ >> shift) & mask:
            starts = np.zeros((1 << _DIGIT_BITS) + 1, np.int64)
            for key in keys:
                starts[((np.uint64(key) >> shift) & mask) + np.uint64(1)] += 1
            starts = np.cumsum(starts)
            for at in index:
                digit = (np.uint64(keys[at]) >> shift) & mask
                other[starts[digit]] = at
                starts[digit] += 1
            index, other = other, index
        shift += np.uint64(_DIGIT_BITS)
        if shift >= np.uint64(64):
            break
    return index


@numba.njit(cache=True)
def _by_time(index, who, time_s):  # type: ignore[no-untyped-def]
    """Sort the rows of each key, which stand together in `index`, by time where they are not yet.

    Returns which of them share their key and time with a neighbour.
    """
    size = index.size
    tied = np.zeros(size, np.bool_)
    start = 0
    while start < size:
        stop, ordered = start + 1, True
        while stop < size and who[index[stop]] == who[index[start]]:
            ordered = ordered and time_s[index[stop]] >= time_s[index[stop - 1]]
            stop += 1
        if not ordered:
            mine = index[start:stop].copy()
            index[start:stop] = mine[np.argsort(time_s[mine], kind="mergesort")]
        for row in range(start + 1, stop):
            if time_s[index[row]] == time_s[index[row - 1]]:
                tied[row - 1] = tied[row] = True
        start = stop
    return tied
