import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from tracks.process.hampel import far_from_window_median
from tracks.process.outliers import _median, far_from_segment_median

LEVELS = st.integers(-4, 400).map(lambda k: 25.0 * k)
ALTITUDES = st.lists(LEVELS | st.floats(-100, 9e4), min_size=1, max_size=80).map(np.array)


def published(h, factor=1.5):
    return np.abs(h - np.median(h)) > factor * (1.4826 * median_abs_deviation(h))


def window(h, t, k, half):
    return h[(t >= t[k] - half) & (t < t[k] + half)]


def hampel(h, t, factor, half):
    around = [window(h, t, k, half) for k in range(h.size)]
    return [
        abs(value - np.median(near)) > factor * (1.4826 * median_abs_deviation(near))
        for value, near in zip(h, around, strict=True)
    ]


@settings(max_examples=200, deadline=None)
@given(ALTITUDES)
def test_median_is_numpys_bit_for_bit(h):
    assert _median(h.copy()) == np.median(h)


@pytest.mark.parametrize("n", [1, 2, 1000, 1001, 20_000])
def test_median_of_awkward_orders(n):
    r = np.random.default_rng(n)
    organ_pipe = np.concatenate([np.arange(n // 2), np.arange(n - n // 2)[::-1]]).astype(float)
    killer = np.empty(n)  # median of three picks the second smallest each time
    killer[0::2], killer[1::2] = np.arange((n + 1) // 2), n + np.arange(n // 2)
    for h in (np.arange(n) * 1.0, np.arange(n)[::-1] * 1.0, np.full(n, 7.0), organ_pipe, killer, r.random(n)):
        assert _median(h.copy()) == np.median(h)


@settings(max_examples=150, deadline=None)
@given(st.lists(ALTITUDES, min_size=1, max_size=4))
def test_published_test_is_scipys_median_deviation_in_each_segment(segments):
    offsets = np.cumsum([0, *(h.size for h in segments)])
    found = far_from_segment_median(np.concatenate(segments), offsets, 1.5)
    assert found.tolist() == np.concatenate([published(h) for h in segments]).tolist()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(LEVELS | st.floats(0, 9e4), st.sampled_from([0.25, 1, 1, 1, 4, 20, 61])),
        min_size=1,
        max_size=90,
    ),
    st.sampled_from([0.5, 5, 30.0, 100]),
)
def test_hampel_is_scipys_median_deviation_in_each_window(rows, half):
    assert_hampel(np.array([h for h, _ in rows]), np.array([step for _, step in rows]), half)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(LEVELS, st.integers(1, 30), st.sampled_from([0.25, 1, 4])), min_size=1, max_size=6),
    st.sampled_from([0.5, 5, 30.0]),
)
def test_hampel_of_level_flight_with_steps(levels, half):
    counts = [count for _, count, _ in levels]
    h, step = (np.repeat(values, counts) for values in zip(*((h, s) for h, _, s in levels), strict=True))
    assert_hampel(h, step, half)


def assert_hampel(h, steps, half):
    t = 1.6e9 + np.cumsum(steps)
    twice = np.concatenate([h, h[::-1]]), np.concatenate([t, t])
    found = far_from_window_median(*twice, np.array([0, h.size, 2 * h.size]), 1.5, half)
    assert found.tolist() == [*hampel(h, t, 1.5, half), *hampel(h[::-1], t, 1.5, half)]


def test_deviation_zero_drops_every_row_off_the_median():
    h = np.array([1000.0] * 6 + [1025, 1000, 975, 1000])
    assert np.flatnonzero(far_from_segment_median(h, np.array([0, 10]), 1.5)).tolist() == [6, 8]


def test_a_window_holds_its_first_second_and_not_its_last():
    """At t = 40 the window [10, 70) has the row of 10 s and not that of 70 s."""
    t = np.array([10.0, 40, 70])
    h = np.array([0.0, 10, 1000])
    # At 40 s: of 0 and 10 the median is 5 and both deviate by 5, less than 1.5 x 1.4826 x 5.
    # With 1000 as well the median would be 10; at 70 s it is 505, of 10 and 1000.
    assert not far_from_window_median(h, t, np.array([0, 3]), 1.5, 30.0).any()
    assert far_from_window_median(h, t, np.array([0, 3]), 0.5, 30.0).tolist() == [False, True, True]


def test_hampel_keeps_the_descent_that_the_published_test_deletes():
    cruise, descent = np.full(900, 30_000.0), 30_000 - 25.0 * np.arange(1, 601)
    h, t = np.concatenate([cruise, descent]), np.arange(1500.0)
    offsets = np.array([0, 1500])
    assert far_from_segment_median(h, offsets, 1.5)[900:].all()
    assert far_from_window_median(h, t, offsets, 1.5, 30.0).sum() <= 30
