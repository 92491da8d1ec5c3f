import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracks.process.angles import unwrap, wrap
from tracks.process.smooth import _weight, smooth


def literal(values, time, half, sigma):
    """Straight from the text, all pairs."""
    out = []
    for t in time:
        known = (time >= t - half) & (time < t + half) & ~np.isnan(values)
        weight = np.exp(-((time[known] - t) ** 2) / (2 * sigma**2))
        out.append((weight * values[known]).sum() / weight.sum() if known.any() else np.nan)
    return np.array(out)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.sampled_from([0.125, 0.4, 1, 1, 1, 3, 15, 20]), min_size=1, max_size=50),
    st.booleans(),
    st.sampled_from([(15.0, 6.0), (7.5, 2.0), (0.5, 6.0)]),
    st.randoms(use_true_random=False),
)
def test_equals_the_text(steps, whole, window, random):
    n = len(steps)
    time = 1_600_000_000.0 + np.cumsum([math.ceil(step) if whole else step for step in steps])
    values = np.array([[random.uniform(-90, 9e4) for _ in range(n)] for _ in range(5)])
    for c in (2, 3, 4):
        values[c, [k for k in range(n) if random.random() < 0.2 * (c - 2)]] = np.nan
    found = smooth(values, time, np.array([0, n]), *window)
    for c in range(5):
        expected = literal(values[c], time, *window)
        assert np.allclose(found[c], expected, rtol=1e-12, atol=1e-9, equal_nan=True)


def test_the_weights_of_whole_seconds_are_the_others_bit_for_bit():
    """Half a second added to every time turns the table off and changes no difference of times."""
    r = np.random.default_rng(3)
    time = 1_600_000_000.0 + np.cumsum(r.integers(1, 6, 300))
    values = r.uniform(0, 1e4, (5, 300))
    values[4, r.random(300) < 0.2] = np.nan
    offsets = np.array([0, 120, 300])
    whole = smooth(values, time, offsets, 15.0, 6.0)
    half = smooth(values, time + 0.5, offsets, 15.0, 6.0)
    assert np.array_equal(whole, half, equal_nan=True)
    assert _weight(-7.0, 6.0) == math.exp(-49 / 72)


def test_segments_do_not_see_each_other():
    time = np.arange(20.0)
    values = np.tile(np.repeat([0.0, 100.0], 10), (5, 1))
    found = smooth(values, time, np.array([0, 10, 20]), 15.0, 6.0)
    assert np.allclose(found, values, atol=1e-12)


def test_window_has_its_start_and_not_its_end():
    time = np.array([0.0, 15, 30])
    values = np.tile([1.0, 10, 100], (5, 1))
    w = math.exp(-225 / 72)
    expected = [1.0, (w * 1 + 10) / (1 + w), (w * 10 + 100) / (1 + w)]
    assert smooth(values, time, np.array([0, 3]), 15.0, 6.0)[0] == pytest.approx(expected, rel=1e-14)


def test_a_missing_value_becomes_the_mean_of_its_window_or_stays_missing():
    time = np.array([0.0, 1, 2, 40, 41])
    values = np.tile([5.0, 5, 5, 5, 5], (5, 1))
    values[4] = [7, np.nan, 7, np.nan, np.nan]
    found = smooth(values, time, np.array([0, 5]), 15.0, 6.0)
    assert found[4] == pytest.approx([7, 7, 7, np.nan, np.nan], nan_ok=True)


@given(st.lists(st.floats(-180, 180), min_size=1, max_size=30))
def test_unwrapped_angles_differ_by_whole_turns_and_never_jump(angles):
    found = unwrap(np.array(angles), np.array([0, len(angles)]))
    expected = np.unwrap(angles, period=360)
    turns = (found - angles) / 360
    assert np.allclose(turns, np.rint(turns), atol=1e-9)
    assert (np.abs(np.diff(found)) <= 180 + 1e-9).all()
    if not np.any(np.isclose(np.abs(np.diff(expected)), 180)):
        assert np.allclose(found, expected, atol=1e-7)


def test_wrap_keeps_what_is_inside_and_never_reaches_the_open_end():
    lon = np.array([-180.0, 179.999, 180, 180.5, -180.5, 540, -1e-17 - 180, np.nextafter(180, 181), np.nan])
    found = lon.copy()
    wrap(found, -180.0)
    assert found[:6].tolist() == [-180, 179.999, -180, -179.5, 179.5, -180]
    assert (found[:-1] >= -180).all()
    assert (found[:-1] < 180).all()
    assert np.isnan(found[-1])
    course = np.array([-1e-17, 360.0, 725, -0.0])
    wrap(course, 0.0)
    assert course.tolist() == [0, 0, 5, 0]
