"""Whole lines, by the kernel and by the rules, against Python's own csv, float and datetime."""

import csv
import datetime as dt
import gzip
import io
import math
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from tracks.raw import read_blocks, read_hour
from tracks.raw.csv_text import gather

SI = {
    "time": "time_s",
    "icao24": "icao24",
    "lat": "lat_deg",
    "lon": "lon_deg",
    "velocity": "speed_kt",
    "heading": "course_deg",
    "vertrate": "vertical_rate_ft_s",
    "callsign": "callsign",
    "onground": "onground",
    "extra": None,
    "alert": "alert",
    "spi": "spi",
    "squawk": "squawk",
    "baroaltitude": "alt_baro_ft_msl",
    "geoaltitude": "alt_geo_ft_msl",
    "lastposupdate": "lastposupdate_s",
    "lastcontact": "lastcontact_s",
}
TRAFFIC = {
    "timestamp": "time_s",
    "icao24": "icao24",
    "latitude": "lat_deg",
    "longitude": "lon_deg",
    "altitude": "alt_baro_ft_msl",
    "groundspeed": "speed_kt",
    "track": "course_deg",
    "vertical_rate": "vertical_rate_ft_s",
    "callsign": "callsign",
    "onground": "onground",
    "squawk": "squawk",
}
UNITS = {"velocity": 1852 / 3600, "vertrate": 0.3048, "baroaltitude": 0.3048, "geoaltitude": 0.3048}
UNITS |= {"vertical_rate": 60}

MISSING = ["", "NULL", "NaN", "nan", "null", " ", "-", "n/a", "Null", "NaNa", "\r"]
FLAGS = [
    "True",
    "true",
    "TRUE",
    "1",
    "False",
    "false",
    "FALSE",
    "0",
    " True",
    "yes",
    "Truer",
    "2",
    "True\r",
    *MISSING,
]
CALLSIGNS = [
    "SWR12  ",
    "DLH1AB  ",
    " N123 ",
    "        ",
    "TOOLONGFORIT",
    "A B",
    "Ä1",
    "A,B",
    'A"B',
    "A\nB",
    "a\tb",
    "\rX",
]
PLAIN = st.text(
    st.characters(codec="ascii", min_codepoint=33, max_codepoint=126, exclude_characters='",'), max_size=9
)


def tokens(strategy, *others):
    return st.one_of(strategy, strategy, strategy, st.sampled_from([*others, *MISSING]))


NUMBERS = tokens(
    st.one_of(st.floats(-1e5, 1e5), st.floats(), st.integers(-(10**25), 10**25)).map(repr),
    *(
        "1e999",
        " 7 ",
        "+1",
        ".5",
        "5.",
        "1_0",
        "0x10",
        "1,5",
        "-0.0",
        "1e-400",
        "5e-324",
        "12345678901234567890.5",
    ),
)
MOMENTS = st.builds(
    lambda moment, blank, micro, zone: (
        (moment if micro else moment.replace(microsecond=0)).isoformat(blank) + zone
    ),
    st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2200, 1, 1)),  # noqa: DTZ001
    st.sampled_from("T "),
    st.booleans(),
    st.sampled_from(["", "Z", "+00", "+00:00", "+0000", "+02:00", "-05:30"]),
)
TIMES = st.one_of(
    NUMBERS, MOMENTS, st.sampled_from(["2021-02-29 00:00:00", "2021-13-01T00:00:00", "2021-01-01"])
)
SQUAWKS = tokens(st.integers(0, 9999).map(str), "0077", "7800", "77777", " 77 ", "7700.0", "-1", "12\r")
ADDRESSES = tokens(
    st.integers(0, (1 << 24) - 1).map("{:06x}".format), "ABCDEF", " abcdef ", "a1b2", "zz01f4", "0a00001f"
)
KINDS = {
    "time_s": TIMES,
    "lastposupdate_s": TIMES,
    "lastcontact_s": TIMES,
    "icao24": ADDRESSES,
    "squawk": SQUAWKS,
}
KINDS |= dict.fromkeys(("onground", "alert", "spi"), st.sampled_from(FLAGS))
KINDS["callsign"] = tokens(PLAIN, *CALLSIGNS)
KINDS[None] = tokens(PLAIN, *CALLSIGNS)


def rows_of(dialect):
    return st.lists(
        st.tuples(*(KINDS.get(column, NUMBERS) for column in dialect.values())), min_size=1, max_size=8
    )


def number(text, unit=1.0):
    try:
        found = math.nan if "_" in text else float(text) / unit + 0.0
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def seconds(text):
    plain = number(text)
    if plain is not None or not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*", text.strip()):
        return plain
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    utc = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return (utc - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1) / 1_000_000


def value(raw, column, text):
    if column == "icao24":
        return int(text.strip(), 16) if re.fullmatch("[0-9a-fA-F]{6}", text.strip()) else None
    if column == "squawk":
        return int(text.strip()) if re.fullmatch("[0-7]{1,4}", text.strip()) else None
    if column == "callsign":
        return text.strip() if text.strip() not in {"", "NULL", "NaN"} else None
    if column in {"onground", "alert", "spi"}:
        return text.strip() in {"True", "true", "TRUE", "1"}
    return (
        seconds(text)
        if column.endswith("time_s") or column.startswith("last")
        else number(text, UNITS.get(raw, 1))
    )


def expected(dialect, rows):
    """Return the rows as the specification has them, by Python alone."""
    found = []
    for row in rows:
        values = dict.fromkeys(ARCHIVED.names)
        values |= dict.fromkeys(("onground", "alert", "spi"), False)
        values |= {
            column: value(raw, column, text)
            for (raw, column), text in zip(dialect.items(), row, strict=True)
            if column
        }
        if "lastcontact_s" not in dialect.values():
            values["lastcontact_s"] = values["time_s"]
        found.append(values)
    return found


def text_of(dialect, rows, quoting, line_end="\n"):
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=quoting, lineterminator=line_end)
    writer.writerow(dialect)
    writer.writerows(rows)
    return stream.getvalue().encode()


@pytest.mark.parametrize("dialect", [SI, TRAFFIC], ids=["si", "traffic"])
def test_lines_mean_what_the_specification_says_however_they_are_read(tmp_path, dialect):
    """The kernel reads ordinary lines, bare or quoted; a comma in a value leaves the line to the rules."""

    @settings(deadline=None, max_examples=40)
    @given(rows_of(dialect), st.sampled_from(["\n", "\r\n"]))
    def check(rows, line_end):
        comma = dialect | {"more": None}
        with_comma = [(*row, "a,b") for row in rows]
        for text in (
            text_of(dialect, rows, csv.QUOTE_MINIMAL, line_end),
            text_of(dialect, rows, csv.QUOTE_ALL, line_end),
            text_of(comma, with_comma, csv.QUOTE_MINIMAL, line_end),
        ):
            (tmp_path / "h.csv").write_bytes(text)
            assert read_hour(tmp_path / "h.csv").to_dicts() == expected(dialect, rows)

    check()


def test_ordinary_lines_are_left_to_the_kernel(tmp_path, monkeypatch):
    left = []
    monkeypatch.setattr("tracks.raw.csv_text.gather", lambda text, odd: left.extend(odd) or gather(text, odd))
    rows = [
        text.split(";")
        for text in (
            "1633608000;4b1805;47.4512345678901;-8.5;102.8;90;-5.08;SWR12  ;False;?;True;0;0077;30.8;NaN;1;2",
            "1633608000;a1b2;;;NULL;;nan;        ;;;;;7800;1e3;;;",
        )
    ]
    traffic = ("2021-10-07 12:00:00.5+00:00", "4b1805", "1", "2", "3", "4", "5", "6", "", "True", "12")
    for dialect, lines in ((SI, rows), (TRAFFIC, [traffic])):
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
            (tmp_path / "h.csv").write_bytes(text_of(dialect, lines, quoting, "\r\n"))
            assert read_hour(tmp_path / "h.csv").to_dicts() == expected(dialect, lines)
            assert left == []


@settings(deadline=None, max_examples=40)
@given(rows_of(SI), st.integers(1, 700))
def test_blocks_of_any_size_give_the_same_rows(tmp_path_factory, rows, block_bytes):
    file = tmp_path_factory.mktemp("blocks") / "h.csv.gz"
    file.write_bytes(gzip.compress(b"\xef\xbb\xbf" + text_of(SI, rows, csv.QUOTE_MINIMAL) + b"\r\n\n", 1))
    blocks = list(read_blocks(file, block_bytes))
    rows_read = pl.concat(block.frame() for block in blocks)
    assert_frame_equal(rows_read, read_hour(file))
    assert rows_read.to_dicts() == expected(SI, rows)


GOOD = "1633608000,4b1805,47.45,8.55,304.8,SWR12"


@pytest.mark.parametrize("block_bytes", [1, 64, 1 << 20])
def test_bad_lines_are_named_by_their_number_in_the_file(tmp_path, block_bytes):
    header = "time,icao24,lat,lon,baroaltitude,callsign"
    quoted = GOOD.replace("SWR12", '"A\nB"')
    faults = [
        ("1,2", "2 fields"),
        ("", "1 fields"),
        (GOOD + ",", "7 fields"),
        (GOOD[:-3] + "\xff", "not UTF-8"),
    ]
    for bad, said in faults:
        for after in (f"\n{GOOD}\n", "\n\n"):
            if bad or after.strip():
                text = "\n".join([header, *[GOOD] * 20, quoted, GOOD, bad]) + after
                (tmp_path / "h.csv").write_bytes(text.encode("latin-1"))
                with pytest.raises(InputError, match=said) as caught:
                    list(read_blocks(tmp_path / "h.csv", block_bytes))
                assert caught.value.where.endswith("h.csv, line 25")


def test_open_quote_ends_at_the_longest_line(tmp_path, monkeypatch):
    monkeypatch.setattr("tracks.raw.csv_text.LONGEST_LINE", 1000)
    monkeypatch.setattr("tracks.raw.text_blocks.LONGEST_LINE", 1000)
    header = "time,icao24,lat,lon,baroaltitude,callsign"
    text = "\n".join([header, GOOD, GOOD[:-5] + '"SWR12', *[GOOD] * 1000])
    for name in ("h.csv", "i.csv"):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match="not closed") as caught:
            list(read_blocks(tmp_path / name, 100))
        assert caught.value.where.endswith("line 3")
    (tmp_path / "h.csv").write_text(header + "," + "x" * 5000)
    with pytest.raises(InputError, match="a line of more than"):
        list(read_blocks(tmp_path / "h.csv", 100))
