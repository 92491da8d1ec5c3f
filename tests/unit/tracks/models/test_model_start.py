"""Start conditions as text."""

import pytest

from data_schemas.errors import InputError
from tests.unit.tracks.models.handmade import published_model, small
from tracks.models.start import parse_start


@pytest.mark.parametrize(
    ("text", "bins"),
    [
        ("L=2", {"L": (2,)}),
        ("L=500..1200", {"L": (2,)}),
        ("L=50..1200,v=1", {"L": (1, 2), "v": (1,)}),
        ("dv=-2..-0.5", {"dv": (1,)}),
        (" dv = 3 + -2..-.5 ", {"dv": (1, 3)}),
        ("dh=-300..300.0", {"dh": (2,)}),
    ],
)
def test_bins_by_number_or_range(text, bins):
    assert parse_start(text, small()) == bins


def test_ranges_of_classes_are_of_bins():
    assert parse_start("G=1,A=3..4,L=500..1200", published_model()) == {"G": (1,), "A": (3, 4), "L": (2,)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L", "start L: is not VARIABLE=BIN"),
        ("l=2", r"start l: no such variable; did you mean|known names"),
        ("G=1", "has no variable G"),
        ("L=3", "start L=3: there is no such bin; bins are 1 to 2"),
        ("L=0", "there is no such bin"),
        ("L=600..1200", "not a range between cut points; bins are 1 to 2, cut points 50 500 1200"),
        ("L=1200..500", "there are no such bins"),
        ("L=500..500", "there are no such bins"),
        ("L=nan..500", "not a range"),
        ("L=", "is neither a bin nor a range"),
        ("L=1.5", "is neither a bin nor a range"),
        ("L=1,L=2", "is given twice"),
        ("", "is not VARIABLE=BIN"),
    ],
)
def test_what_cannot_be_is_one_clear_line(text, words):
    with pytest.raises(InputError, match=words):
        parse_start(text, small())
