import struct
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracks.raw.decimals import nearest_double, read_decimal
from tracks.raw.lines import MARGIN

SIGNS = st.sampled_from(["", "-", "+"])


def read(text):
    """Return what the kernel reads at the start of a text, and how many characters of it."""
    data = np.frombuffer(text.encode() + b"," + bytes(MARGIN), np.uint8)
    number, end = read_decimal(data.ctypes.data)
    return number, end - data.ctypes.data if end >= 0 else -1


def bits(number):
    return struct.pack("d", number)


def agrees(text):
    """Whether Python reads the same double; a text that the kernel leaves alone agrees too."""
    number, end = read(text)
    return end < 0 or (end == len(text) and bits(number) == bits(float(text) + 0.0))


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_as_python_writes_it(number):
    text = repr(number)
    assert agrees(text)
    if number == 0 or 1e-40 < abs(number) < 1e40:
        assert read(text)[1] == len(text)


@settings(deadline=None)
@given(st.integers(0, 10**19 - 1), st.integers(0, 19), st.integers(-40, 40), SIGNS)
def test_up_to_19_digits_with_a_point_anywhere(digits, point, exponent, sign):
    whole = str(digits).rjust(point, "0")
    text = sign + whole[: len(whole) - point] + "." + whole[len(whole) - point :]
    for written in (text, f"{text}e{exponent}", f"{text}E{exponent:+03d}"):
        if digits >= 10**18 and point == 19:
            continue
        assert agrees(written)
        assert read(written)[1] == len(written)


@settings(deadline=None)
@given(st.from_regex(r"\A[-+]?[0-9]{0,25}(\.[0-9]{0,25})?([eE][-+]?[0-9]{0,4})?\Z"))
@example("1e60")
@example("1e61")
@example("1e-61")
@example("9999999999999999999e60")
@example("0.00000000000000000000000000000012345678901234567")
@example("00000000000000000000000000.00000000000")
def test_whatever_looks_like_a_number(text):
    number, end = read(text)
    try:
        expected = float(text)
    except ValueError:
        assert end != len(text)  # ends before the fault, or is left alone
    else:
        assert end < 0 or bits(number) == bits(expected + 0.0)


@settings(deadline=None)
@given(st.integers(1 << 53, (1 << 54) - 1), st.integers(-8, 8), st.integers(-1, 1))
def test_halfway_between_two_doubles_and_just_beside(digits, two, beside):
    with localcontext() as context:
        context.prec = 60
        middle = Decimal(2 * (digits >> 1) + 1) * Decimal(2) ** two
        text = f"{middle + beside * Decimal(10) ** (middle.adjusted() - 18):f}"
    assert agrees(text)


@settings(deadline=None)
@given(st.integers(1, (1 << 64) - 1), st.integers(-60, 60))
@example((1 << 64) - 1, 60)
@example(9007199254740993, 0)
@example(1 << 63, -27)
@example(1 << 63, -28)
def test_product_with_a_power_of_ten_is_the_nearest_double(digits, power):
    assert bits(nearest_double(np.uint64(digits), power)) == bits(float(f"{digits}e{power}"))


@pytest.mark.parametrize(
    "text", ["", "-", "+", ".", "-.", "abc", "e5", "NULL", " 1", "--1", "1e", "1e+", "1ex"]
)
def test_what_is_no_number_is_left_alone(text):
    assert read(text)[1] == -1


def test_zero_has_no_sign():
    assert bits(read("-0.000")[0]) == bits(0.0)
