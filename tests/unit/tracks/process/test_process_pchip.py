import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from tracks.process.dynamics import COLUMNS
from tracks.process.interpolate import interpolate_seconds, whole_seconds
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
    time = np.array([10.2, 11.0, 12.0, 13.9, 20.0, 20.4, 30.1, 30.9])
    offsets, first = whole_seconds(time, np.array([0, 1, 3, 4, 5, 6, 7]), np.array([0, 3, 5, 7]))
    assert offsets.tolist() == [0, 3, 4, 4]  # the last segment has no whole second
    assert first[:2].tolist() == [11, 20]


def at_rows(time, state, place, first, count):
    """Columns of a track of one segment, of which some rows remain, by name; and the rows held."""
    second, on_ground, held = (np.empty(count, kind) for kind in (np.int64, np.bool_, np.int16))
    number = np.arange(time.size, dtype=np.int16)
    number.flags.writeable = False  # as Arrow's are: numba compiles for either
    out = np.empty((len(COLUMNS), count))
    one = np.zeros(1, np.int64)
    ends = np.array([len(place)])
    interpolate_seconds(
        state,
        time,
        one,
        np.array([time.size - 1]),
        np.array(place),
        one,
        ends,
        1.0,
        True,
        np.arange(len(COLUMNS)),
        np.array([0, count]),
        np.array([first]),
        np.arange(time.size),
        number % 2 == 1,
        number,
        second,
        on_ground,
        held,
        out,
    )
    assert second.tolist() == list(range(first, first + count))
    assert (on_ground == (held % 2 == 1)).all()
    return dict(zip(COLUMNS, out, strict=True)), held.tolist()


def test_a_column_goes_through_the_rows_that_have_it_and_is_missing_outside():
    nan = np.nan
    time = np.array([0.0, 2, 4, 5, 6, 8, 10])
    state = np.zeros((7, 7))
    state[0] = [1, 2, 3, 99, 4, 5, 6]
    state[2] = [nan, 2, nan, nan, 8, 9, nan]
    found, held = at_rows(time, state, [0, 1, 2, 4, 5, 6], 0, 11)
    assert found["lat_deg"] == pytest.approx(1 + np.arange(11) / 2)
    inside = PchipInterpolator([2, 6, 8], [2, 8, 9])(np.arange(2, 9))
    assert found["alt_baro_ft_msl"] == pytest.approx([nan, nan, *inside, nan, nan], nan_ok=True)
    assert held == [0, 0, 1, 1, 2, 2, 4, 4, 5, 5, 6]


def test_negative_times_round_like_positive_ones():
    offsets, first = whole_seconds(np.array([-2.5, -1.0, 0.5]), np.arange(3), np.array([0, 3]))
    assert (offsets.tolist(), first.tolist()) == ([0, 3], [-2])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([0.05, 0.5, 1, 1, 2.5, 7, 20, 90]), min_size=3, max_size=60),
    st.randoms(use_true_random=False),
    st.integers(1, 40),
)
def test_pieces_of_a_segment_are_the_whole(steps, random, at_once):
    """Whatever is missing, gone and between seconds, each second is the same with few others and with all."""
    time = 100.5 + np.cumsum(steps)
    n = time.size
    state = np.array([[random.uniform(-180, 180) for _ in range(n)] for _ in range(7)])
    for row in (2, 3, 4):
        rate = random.choice([0, 0.3, 0.9, 1])
        state[row, [k for k in range(n) if random.random() < rate]] = np.nan
    place = [k for k in range(n) if random.random() < 0.7] or [0]
    first, last = math.ceil(time[place[0]]), math.floor(time[place[-1]])
    if first > last:
        return
    whole, held = at_rows(time, state, place, first, last - first + 1)
    for begin in range(0, last - first + 1, at_once):
        count = min(at_once, last - first + 1 - begin)
        found, rows = at_rows(time, state, place, first + begin, count)
        assert rows == held[begin : begin + count]
        for name in COLUMNS:
            assert np.array_equal(found[name], whole[name][begin : begin + count], equal_nan=True), name
