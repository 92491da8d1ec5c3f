"""Cutting weights into runs: the heaviest run against a dynamic programme that knows all divisions."""

import functools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracks.leaves.cut import cut, number_of_runs

WORK = st.lists(st.one_of(st.integers(0, 9), st.sampled_from([0, 100, 10**15])), min_size=1, max_size=14)


def lightest(work, runs):
    """Return the least load of the heaviest run, of all divisions into so many runs of one item or more."""

    @functools.cache
    def of(start, left):
        if left == 1:
            return sum(work[start:])
        ends = range(start + 1, len(work) - left + 2)
        return min(max(sum(work[start:end]), of(end, left - 1)) for end in ends)

    return of(0, runs)


@given(WORK, st.data())
@example([0, 0, 0], None)
def test_the_heaviest_run_is_as_light_as_can_be(work, data):
    runs = data.draw(st.integers(1, len(work))) if data else 2
    starts = cut(np.array(work), runs)
    assert len(starts) == runs
    assert starts[0] == 0
    assert starts[-1] < len(work)
    assert (np.diff(starts) > 0).all()
    assert np.add.reduceat(np.array(work), starts).max() == lightest(work, runs)


@pytest.mark.parametrize(
    ("work", "runs", "starts"),
    [
        ([1] * 7, 2, [0, 3]),  # 3 and 4 or 4 and 3: the first of two as good
        ([1] * 10, 4, [0, 2, 5, 7]),  # 2 3 2 3: full runs of 3 would leave 1
        ([1, 1, 1, 9, 1, 1, 1], 3, [0, 3, 4]),  # what is heavier than a fair share stands alone
        ([9, 1, 1, 9], 2, [0, 2]),
        ([5], 1, [0]),
    ],
)
def test_runs_by_hand(work, runs, starts):
    assert cut(np.array(work), runs).tolist() == starts


def test_runs_of_equal_items_differ_by_one():
    starts = cut(np.full(2345, 360_000), 1000)
    assert set(np.diff(starts, append=2345).tolist()) == {2, 3}


@pytest.mark.parametrize(
    ("items", "work", "wished", "runs"),
    [(7, 1, 3, 2), (8, 1, 3, 3), (7, 1, 100, 1), (5, 10, 1, 5), (9999, 10, 1, 1000), (3, 0, 1, 1)],
)
def test_number_of_runs_is_that_nearest_to_the_wish_within_a_folder(items, work, wished, runs):
    assert number_of_runs(np.full(items, work), wished) == runs
