import datetime as dt
import math
import re
import struct

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracks.raw import fields
from tracks.units import M_PER_FT

TEXT = pl.String()
PRINTABLE = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=9)


def read(rule, values, dtype=TEXT):
    frame = pl.DataFrame({"raw": pl.Series(values, dtype=dtype, strict=True)})
    args = () if rule in {fields.address, fields.callsign} else (dtype,)
    return frame.select(rule(pl.col("raw"), *args)).to_series().to_list()


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20))
def test_numbers_come_back_to_the_last_bit_and_non_finite_ones_are_missing(numbers):
    texts = [f" {value!r}  " if i % 2 else repr(value) for i, value in enumerate(numbers)]
    expected = [value + 0.0 if math.isfinite(value) else None for value in numbers]
    found = read(fields.number, texts)
    assert [None if v is None else struct.pack("d", v) for v in found] == [
        None if v is None else struct.pack("d", v) for v in expected
    ]


def test_what_is_no_finite_number_is_missing():
    texts = ["", " ", "NULL", "NaN", "nan", "inf", "-Inf", "1e999", "abc", "1,5", "0x10", "1_0", "--1", None]
    assert read(fields.number, texts) == [None] * len(texts)
    assert read(fields.number, ["1", "+1", "-1e3", ".5", "5.", " 7 "]) == [1, 1, -1000, 0.5, 5, 7]


def test_numeric_columns_of_any_width_are_read():
    assert read(fields.number, [1, None, -3], pl.Int32()) == [1.0, None, -3.0]
    assert read(fields.number, [0.5, float("nan"), float("inf")], pl.Float32()) == [0.5, None, None]


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_units_are_converted_to_the_last_bit(numbers):
    """polars multiplies by the reciprocal of a constant divisor: 304.8 m would be 999.9999999999999 ft."""
    frame = pl.DataFrame({"raw": pl.Series([304.8, None, *numbers], dtype=pl.Float64)})
    found = frame.select(fields.converted(pl.col("raw"), M_PER_FT)).to_series().to_list()
    expected = [number / 0.3048 for number in numbers]
    assert found == [1000.0, None, *(value if math.isfinite(value) else None for value in expected)]


def test_negative_zero_is_zero():
    (value,) = read(fields.number, ["-0.0"])
    assert math.copysign(1, value) == 1


@settings(deadline=None)
@given(st.one_of(PRINTABLE, st.from_regex(r"\A ?[0-9a-fA-F]{6} ?\Z")))
def test_address_is_six_hexadecimal_digits(text):
    expected = int(text, 16) if re.fullmatch("[0-9a-fA-F]{6}", text.strip()) else None
    assert read(fields.address, [text]) == [expected]


@pytest.mark.parametrize(
    "text", ["", "NULL", "A1B2C", "A1B2C3D", "A1B2CG", "+1B2C3", "-1B2C3", "0xA1B2", "٣٣٣"]
)
def test_bad_addresses(text):
    assert read(fields.address, [text, None]) == [None, None]


@settings(deadline=None)
@given(st.one_of(PRINTABLE, st.from_regex(r"\A ?[0-8]{0,5} ?\Z")))
def test_squawk_text_is_one_to_four_octal_digits(text):
    expected = int(text) if re.fullmatch("[0-7]{1,4}", text.strip()) else None
    assert read(fields.squawk, [text]) == [expected]


def test_squawk_keeps_its_digits_whether_zeros_were_lost_or_not():
    assert read(fields.squawk, ["0077", "77", "0", "7777", "1200"]) == [77, 77, 0, 7777, 1200]
    assert read(fields.squawk, ["7800", "12345", "-1", "7700.0", "", None]) == [None] * 6


@settings(deadline=None)
@given(st.integers(-10, 20000))
def test_numeric_squawk_is_read_by_its_decimal_digits(code):
    expected = code if re.fullmatch("[0-7]{1,4}", str(code)) else None
    assert read(fields.squawk, [code], pl.Int64()) == [expected]
    assert read(fields.squawk, [float(code)], pl.Float64()) == [expected]


def test_numeric_squawk_that_is_not_whole_is_missing():
    values = [7700.0, 7700.5, float("nan"), float("inf"), -1.0, 1e300, None]
    assert read(fields.squawk, values, pl.Float64()) == [7700, *[None] * 6]


def test_flags():
    texts = ["True", "true", "1", "False", "false", "0", "", "NULL", "NaN", " true ", "yes", None]
    expected = [True, True, True, False, False, False, False, False, False, True, False, False]
    assert read(fields.flag, texts) == expected
    assert read(fields.flag, [True, False, None], pl.Boolean()) == [True, False, False]
    assert read(fields.flag, [1, 0, None], pl.Int8()) == [True, False, False]
    assert read(fields.flag, [1.0, 0.0, float("nan")], pl.Float64()) == [True, False, False]


def test_callsigns_lose_their_padding():
    texts = ["DLH1AB  ", " N123 ", "        ", "", "NULL", "NaN", None, "NULL1"]
    assert read(fields.callsign, texts) == ["DLH1AB", "N123", None, None, None, None, None, "NULL1"]


ZONES = st.one_of(
    st.none(), st.integers(-12 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))
)
MOMENTS = st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001


@settings(deadline=None)
@given(MOMENTS, st.sampled_from(["T", " "]), st.booleans())
def test_iso_times(moment, separator, zulu):
    text = moment.isoformat(separator)
    if zulu:
        moment, text = moment.replace(tzinfo=dt.UTC), moment.replace(tzinfo=None).isoformat(separator) + "Z"
    utc = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    microseconds = (utc - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    assert read(fields.seconds, [text, text, "now"]) == [microseconds / 1_000_000] * 2 + [None]


def test_times_as_numbers_datetimes_and_texts_agree():
    moment = dt.datetime(2021, 10, 7, 12, 0, 0, 250_000)  # noqa: DTZ001
    second = 1633608000.25
    assert read(fields.seconds, ["1633608000.25", "2021-10-07 12:00:00.25+00", "later", None]) == [
        second,
        second,
        None,
        None,
    ]
    for unit in ("ms", "us", "ns"):
        assert read(fields.seconds, [moment, None], pl.Datetime(unit)) == [second, None]
    zoned = pl.Series([moment]).dt.replace_time_zone("Europe/Zurich")  # 14:00 local would be 12:00 UTC
    found = pl.DataFrame({"raw": zoned}).select(fields.seconds(pl.col("raw"), zoned.dtype)).item()
    assert found == second - 7200
    assert read(fields.seconds, [1633608000], pl.Int64()) == [1633608000.0]
