"""Compact position reporting, against the textbook's worked example and the standard's table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracks.simulate.cpr import decode, encode, longitude_zones

# J. Sun, The 1090 Megahertz Riddle, chapter on airborne position: the even and the odd message.
MESSAGES = ("8D40621D58C382D690C8AC2863A7", "8D40621D58C386435CC412692AD6")
EVEN, ODD = (93000, 51372), (74158, 50194)


def payload(message):
    """The two 17-bit numbers of a message: bits 23 to 39 and 40 to 56 of its 56-bit payload."""
    bits = int(message[8:22], 16)
    return bits >> 17 & 0x1FFFF, bits & 0x1FFFF


def test_the_example_says_what_the_book_says():
    assert [payload(message) for message in MESSAGES] == [EVEN, ODD]


def test_the_book_s_even_message_decodes_near_its_reference():
    lat, lon = decode(*EVEN, 0, 52.258, 3.918)
    assert (lat, lon) == pytest.approx((52.2572021484375, 3.91937255859375), abs=1e-12)


def test_the_book_s_position_encodes_to_its_messages():
    assert encode(52.2572021484375, 3.91937255859375, 0) == EVEN
    odd_lat, odd_lon = decode(*ODD, 1, 52.258, 3.918)
    assert odd_lat == pytest.approx(52.26578017412606, abs=1e-11)  # latitude of the odd message, ibid.
    assert encode(odd_lat, odd_lon, 1) == ODD


@pytest.mark.parametrize(
    ("lat", "zones"),
    [  # DO-260B, table of NL: the latitudes at which it changes
        (0, 59),
        (10.47047129, 59),
        (10.47047131, 58),
        (14.82817436, 58),
        (14.82817438, 57),
        (52.2572, 36),
        (86.53536997, 3),
        (86.53536999, 2),
        (87.0, 2),
        (87.01, 1),
        (-10.47047131, 58),
    ],
)
def test_longitude_zones(lat, zones):
    assert longitude_zones(lat) == zones


@given(st.floats(-85, 85), st.floats(-180, 180, exclude_max=True), st.integers(0, 1))
def test_the_grid_is_as_fine_as_its_cells(lat, lon, odd):
    found_lat, found_lon = decode(*encode(lat, lon, odd), odd, lat, lon)
    height = 360 / (60 - odd) / 2**17
    width = 360 / max(longitude_zones(found_lat) - odd, 1) / 2**17
    assert abs(found_lat - lat) <= height / 2 + 1e-9
    assert abs((found_lon - lon + 180) % 360 - 180) <= width / 2 + 1e-9
    assert -180 <= found_lon < 180
    again = decode(*encode(found_lat, found_lon, odd), odd, found_lat, found_lon)
    assert again == pytest.approx((found_lat, found_lon), abs=1e-9)
