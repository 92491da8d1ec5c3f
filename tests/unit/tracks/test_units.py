"""Conversions against the definitions, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracks import units

PAIRS = [
    (units.m_to_ft, units.ft_to_m),
    (units.m_s_to_kt, units.kt_to_m_s),
    (units.ft_min_to_ft_s, units.ft_s_to_ft_min),
]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (units.ft_to_m(1.0), 0.3048),
        (units.m_to_ft(0.3048), 1.0),
        (units.m_to_ft(11277.6), 37000.0),
        (units.kt_to_m_s(1.0), 1852 / 3600),
        (units.m_s_to_kt(1852 / 3600), 1.0),
        (units.ft_s_to_ft_min(10.0), 600.0),
        (units.FT_PER_NM, 6076.115485564304),
    ],
)
def test_definitions(value, expected):
    assert value == pytest.approx(expected, rel=1e-15)


@given(st.floats(-1e6, 1e6, allow_nan=False), st.sampled_from(PAIRS))
def test_there_and_back(value, pair):
    there, back = pair
    assert back(there(value)) == pytest.approx(value, rel=1e-15, abs=1e-300)
