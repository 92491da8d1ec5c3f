"""Coordinates of OpenAir files, against angles worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracks.enrich.volumes.coordinates import read_coordinates

HERE = (51 + 25 / 60 + 6 / 3600, 35 / 60 + 52.5 / 3600)


@pytest.mark.parametrize(
    "text",
    [
        "51:25:06 N 000:35:52.5 E",
        "51:25:06N000:35:52.5E",
        "51:25:06N, 0:35:52.5 e",
        "51:25.1 N 000:35.875 E",
        "51 25 06 N 000 35 52.5 E",
        "N 51 25 06 E 000 35 52.5",
        "N51:25:06 E000:35:52.5",
        "51°25'06\"N 0°35'52.5\"E",
        "512506N 0003552.5E",
        "5125.1N 00035.875E",
        "N512506 E0003552.5",
        "51.4183333333333N 0.597916666666667 E",
    ],
)
def test_every_notation_is_the_same_place(text):
    assert read_coordinates(text, 1)[0] == pytest.approx(HERE, abs=1e-12)


def test_two_points_with_a_comma_or_a_blank_between():
    for between in (",", " , ", " "):
        text = f"52:45:00 S 013:30:00 W{between}52:15:00 N 013:45:00 E"
        assert read_coordinates(text, 2) == [(-52.75, -13.5), (52.25, 13.75)]
    assert read_coordinates("N52:30 E013:30, S52:30 W013:30", 2) == [(52.5, 13.5), (-52.5, -13.5)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "51:25:06 000:35:52",
        "51:25:06 N",
        "000:35:52 E 51:25:06 N",
        "51:60:00 N 000:35:52 E",
        "51:25:60 N 000:35:52 E",
        "91:00:00 N 000:35:52 E",
        "90:00:01 N 000:35:52 E",
        "51:25:06 N 180:00:01 E",
        "51.5:25 N 000:35:52 E",
        "51:25:06:00 N 000:35:52 E",
        "51:-25:06 N 000:35:52 E",
        "51:25:06 N 000:35:52 E 1",
    ],
)
def test_what_is_no_place_is_refused(text):
    with pytest.raises(ValueError, match=r"expected|is no angle"):
        read_coordinates(text, 1)


@given(st.text(alphabet="0123456789:.,NSEW °'\"-", max_size=30))
def test_any_text_is_a_place_on_earth_or_refused(text):
    try:
        ((lat, lon),) = read_coordinates(text, 1)
    except ValueError:
        return
    assert abs(lat) <= 90
    assert abs(lon) <= 180
