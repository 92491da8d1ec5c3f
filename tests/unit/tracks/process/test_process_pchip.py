import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from tracks.process.interpolate import interpolate, whole_seconds
from tracks.process.pchip import pchip_at_seconds


def at_seconds(x, y, first, count):
    out = np.empty(count)
    pchip_at_seconds(np.asarray(x, float), np.asarray(y, float), first, out)
    return out


STEPS = st.lists(st.floats(0.001, 40), min_size=2, max_size=25)


@settings(max_examples=200, deadline=None)
@given(STEPS, st.data())
def test_equals_scipy(steps, data):
    x = np.cumsum(steps)
    values = st.sampled_from([0.0, 1.0, -1.0, 25.0]) | st.floats(-1e5, 1e5, allow_subnormal=False)
    y = np.array(data.draw(st.lists(values, min_size=x.size, max_size=x.size)))
    count = int(x[-1]) + 3
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected = PchipInterpolator(x, y, extrapolate=False)(np.arange(count))
    found = at_seconds(x, y, 0, count)
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-12 * max(1, np.abs(y).max()), equal_nan=True)


def test_value_at_a_knot_is_the_knots_bit_for_bit():
    x, y = np.array([0.0, 3, 4, 9, 10]), np.array([0.1, 0.7, -1 / 3, 1e9 + 0.1, 2.3])
    assert at_seconds(x, y, 0, 11)[[0, 3, 4, 9, 10]].tolist() == y.tolist()


def test_two_knots_make_a_straight_line():
    assert at_seconds([0.5, 4.5], [1.0, 9.0], 0, 6) == pytest.approx(
        [np.nan, 2, 4, 6, 8, np.nan], nan_ok=True
    )


def test_one_knot_is_a_value_at_its_own_second_and_none_elsewhere():
    assert at_seconds([2.0], [7.0], 1, 3) == pytest.approx([np.nan, 7, np.nan], nan_ok=True)
    assert np.isnan(at_seconds([2.5], [7.0], 1, 3)).all()
    assert np.isnan(at_seconds([], [], 1, 3)).all()


def test_seconds_go_from_the_first_time_rounded_up_to_the_last_rounded_down():
    time = np.array([10.2, 11.0, 13.9, 20.0, 20.4, 30.1, 30.9])
    offsets, seconds, row = whole_seconds(time, np.array([0, 3, 5, 7]))
    assert offsets.tolist() == [0, 3, 4, 4]  # the last segment has no whole second
    assert seconds.tolist() == [11, 12, 13, 20]
    assert row.tolist() == [1, 1, 1, 3]


def test_a_column_goes_through_the_rows_that_have_it_and_is_missing_outside():
    nan = np.nan
    time = np.array([0.0, 2, 4, 6, 8, 10])
    values = np.array([[1.0, 2, 3, 4, 5, 6], [nan, 2, nan, 8, 9, nan]])
    offsets, seconds, _row = whole_seconds(time, np.array([0, 6]))
    found = interpolate(values, time, np.array([0, 6]), offsets, seconds)
    assert found[0] == pytest.approx(1 + np.arange(11) / 2)
    inside = PchipInterpolator([2, 6, 8], [2, 8, 9])(np.arange(2, 9))
    assert found[1] == pytest.approx([nan, nan, *inside, nan, nan], nan_ok=True)


def test_negative_times_round_like_positive_ones():
    _offsets, seconds, row = whole_seconds(np.array([-2.5, -1.0, 0.5]), np.array([0, 3]))
    assert (seconds.tolist(), row.tolist()) == ([-2, -1, 0], [0, 1, 1])
