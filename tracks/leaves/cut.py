"""Cutting a row of weights into runs, so that the heaviest run is as light as can be."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

import numpy as np
import numpy.typing as npt

FOLDER_ENTRIES = 1000
"""Most entries in any folder of the hierarchy (pipeline.md, stage 1)."""


def number_of_runs(work: npt.NDArray[np.int64], wished: int) -> int:
    """Return how many runs of about the wished work to cut: 1 to `FOLDER_ENTRIES`, and no more than items."""
    nearest = (2 * int(work.sum()) + wished) // (2 * wished)
    return max(1, min(FOLDER_ENTRIES, nearest, len(work)))


def cut(work: npt.NDArray[np.int64], runs: int) -> npt.NDArray[np.int64]:
    """Return where each of `runs` runs of consecutive items begins.

    The heaviest run is as light as in any such division (the linear partition problem: the bound is found by
    bisection, each trial fills runs to the brim one after the other). Among the divisions within that bound
    this one also keeps runs even: each ends where it is nearest to an equal share of what is left, so that an
    item above the bound of all others stands alone rather than with a full run of others.

    Parameters
    ----------
    work
        Weights of the items in order, whole numbers of 0 or more, shape (n,).
    runs
        Number of runs, 1 to n; every run has one item at least.
    """
    sums = list(accumulate(work.tolist(), initial=0))
    bound = _lightest_bound(sums, runs, int(work.max()))
    fits_from = _fits_from(sums, runs, bound)
    starts, start = [0], 0
    for left in range(runs - 1, 0, -1):  # runs still to come after this one
        low = max(start + 1, fits_from[left])
        high = min(bisect_right(sums, sums[start] + bound) - 1, len(work) - left)
        share = sums[start] + (sums[-1] - sums[start]) / (left + 1)
        end = bisect_left(sums, share, low, high)
        if end > low and share - sums[end - 1] <= sums[end] - share:
            end -= 1
        starts.append(end)
        start = end
    return np.array(starts)


def _lightest_bound(sums: list[int], runs: int, heaviest: int) -> int:
    """Return the least work that no run of the best division exceeds."""
    equal = -(-sums[-1] // runs)
    low, high = max(equal, heaviest), equal + heaviest  # filling runs to `high` leaves none below `equal`
    while low < high:
        middle = (low + high) // 2
        if _enough(sums, runs, middle):
            high = middle
        else:
            low = middle + 1
    return low


def _enough(sums: list[int], runs: int, bound: int) -> bool:
    """Whether so many runs of at most the bound hold everything."""
    done, total = 0, sums[-1]
    for _ in range(runs):
        reach = done + bound
        if reach >= total:
            return True
        done = sums[bisect_right(sums, reach) - 1]
    return False


def _fits_from(sums: list[int], runs: int, bound: int) -> list[int]:
    """Return for each number of runs, 0 to `runs`, the first item from which on they hold all the rest."""
    firsts = [len(sums) - 1]
    for _ in range(runs):
        firsts.append(bisect_left(sums, sums[firsts[-1]] - bound, 0, firsts[-1]))
    return firsts
