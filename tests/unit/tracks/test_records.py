"""Records against the rows they are made of, and their digest against Python's own integers."""

import hashlib
import math
import struct

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data_schemas.tables.observations import ARCHIVED
from tracks.organize.digests import LeafTally
from tracks.records import NUMBERS, Records

NUMBER = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
NAME = st.one_of(st.none(), st.sampled_from(["SWR12", "A", "12345678", "123456789", "Ä1", "A\nB", "a\0"]))
ROW = st.fixed_dictionaries(
    dict.fromkeys(NUMBERS, NUMBER)
    | {"icao24": st.one_of(st.none(), st.integers(0, (1 << 24) - 1)), "callsign": NAME}
    | {"squawk": st.one_of(st.none(), st.integers(0, 7777))}
    | dict.fromkeys(("onground", "alert", "spi"), st.booleans())
)
KINDS = {"icao24": pl.UInt32, "callsign": pl.String, "squawk": pl.Int16}
KINDS |= dict.fromkeys(("onground", "alert", "spi"), pl.Boolean)


def frame_of(rows):
    return pl.DataFrame(rows, {name: KINDS.get(name, pl.Float64) for name in ARCHIVED.names})


@settings(deadline=None)
@given(st.lists(ROW, max_size=8))
def test_rows_come_back_and_equal_words_are_equal_rows(rows):
    records = Records.of(frame_of(rows))
    assert_frame_equal(records.frame(), frame_of(rows))
    for i, row in enumerate(rows):
        for k, other in enumerate(rows):
            same = all(repr(row[name]) == repr(other[name]) for name in row)  # zeros have signs
            assert same == bool((records.words[i] == records.words[k]).all())


@settings(deadline=None)
@given(st.lists(ROW, min_size=1, max_size=6), st.integers(0, 6))
def test_digest_is_what_it_says_however_rows_are_cut(rows, cut):
    records = Records.of(frame_of(rows))
    tally = LeafTally()
    for part in (records.words[:cut], records.words[cut:]):
        tally.add(part, np.zeros(len(part), np.int32))
    assert tally.rows == {0: len(rows)}
    halves = [0x243F6A8885A308D3, 0x13198A2E03707344]
    for row in rows:
        words = []
        for name in NUMBERS:
            value = math.nan if row[name] is None else row[name]
            words += struct.unpack("<Q", struct.pack("<d", value))
        name = (row["callsign"] or "").encode()
        words.append(int.from_bytes(name.ljust(8, b"\0"), "big"))
        if len(name) > 8 or not name.isascii() or b"\0" in name:
            words[-1] = int.from_bytes(hashlib.sha256(name).digest()[:8], "big") | 1 << 63
        bits = 1 << 24 if row["icao24"] is None else row["icao24"]
        bits = bits << 14 | (0 if row["squawk"] is None else row["squawk"] + 1)
        words.append(bits << 3 | row["onground"] << 2 | row["alert"] << 1 | row["spi"])
        for first, second in zip(words[::2], words[1::2], strict=True):
            for i, key in enumerate((0xA4093822299F31D1, 0x082EFA98EC4E6C89)):
                product = (first ^ key) * (second ^ halves[i])
                halves[i] = product >> 64 ^ product & (1 << 64) - 1
    assert tally.digests() == {0: "".join(f"{half:016x}" for half in halves)}
