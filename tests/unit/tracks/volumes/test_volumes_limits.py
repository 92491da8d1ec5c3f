"""Floors and ceilings as texts write them, against limits worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracks.enrich.volumes.limits import SURFACE, UNLIMITED, Limit, read_limit


@pytest.mark.parametrize(
    ("text", "ft", "agl"),
    [
        ("GND", 0, True),
        (" sfc ", 0, True),
        ("FL95", 9500, False),
        ("fl 195", 19500, False),
        ("FL 065 STD", 6500, False),
        ("2500ft MSL", 2500, False),
        ("2500 FT AMSL", 2500, False),
        ("3000 MSL", 3000, False),
        ("3000MSL", 3000, False),
        ("4500", 4500, False),
        ("4,500 ft", 4500, False),
        ("1000ft AGL", 1000, True),
        ("1000 AGL", 1000, True),
        ("AGL 1000ft", 1000, True),
        ("500 ft GND", 500, True),
        ("MSL 2000", 2000, False),
        ("450m", 450 / 0.3048, False),
        ("300 M AGL", 300 / 0.3048, True),
        ("1500 m MSL", 1500 / 0.3048, False),
        ("1500M AMSL", 1500 / 0.3048, False),
        ("UNL", math.inf, False),
        ("Unlimited", math.inf, False),
    ],
)
def test_limits_in_every_notation(text, ft, agl):
    limit = read_limit(text)
    assert (limit.ft, limit.agl) == (pytest.approx(ft), agl)


@pytest.mark.parametrize(
    "text", ["", "FL", "MSL", "ft", "1000 QFE", "see NOTAM", "AGL 100 MSL", "-500", "1000 2000"]
)
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        read_limit(text)


@given(st.text(max_size=12))
def test_any_text_is_a_limit_or_refused(text):
    try:
        limit = read_limit(text)
    except ValueError:
        return
    assert limit.ft >= 0


def test_a_floor_on_the_surface_holds_everything_and_an_excluded_ceiling_leaves_itself_out():
    assert SURFACE.as_floor() == Limit(-math.inf)
    assert Limit(-10, agl=True).as_floor() == Limit(-math.inf)
    assert Limit(0).as_floor() == Limit(0)
    assert Limit(700, agl=True).as_floor() == Limit(700, agl=True)
    below = Limit(18000).below()
    assert below.ft < 18000
    assert below.ft == pytest.approx(18000, abs=1e-9)
    assert UNLIMITED.as_floor() == UNLIMITED
