"""What `trackmill registry lookup` says, validity by year at its edges, and the blocks of addresses."""

import datetime as dt
import itertools

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_schemas.config import RegistrySettings
from data_schemas.errors import InputError
from data_schemas.packaged import resolve
from tracks.leaves import LeafIndex
from tracks.registry import build_registry, lookup
from tracks.registry.blocks import block_of
from tracks.registry.conflicts import conflicts

OWN = "icao24,aircraft_type,seats,valid_from,valid_to,source\n"


@pytest.fixture
def build(tmp_path):
    """Build a registry of CSV texts in order of precedence; return its path and settings."""

    def _build(*texts):
        sources = []
        for number, text in enumerate(texts):
            (tmp_path / f"{number}.csv").write_text(OWN + text)
            sources.append({"format": "generic", "path": str(tmp_path / f"{number}.csv")})
        settings = RegistrySettings.model_validate({"sources": sources})
        build_registry(settings, tmp_path / "r.parquet")
        return tmp_path / "r.parquet", settings

    return _build


def test_an_address_that_two_sources_know(build):
    registry, settings = build(
        "a4bcc3,Balloon,3,2010-05-01,2014-05-01,CAA\na4bcc3,Glider,2,2016-01-01,,CAA\n",
        "a4bcc3,FixedWingMultiEngine,2,,,OPENSKY\n",
    )
    assert lookup(registry, " A4bcC3", settings, [2016, 2012]).splitlines() == [
        "A4BCC3: block A00000-AFFFFF, United States",
        "known from 3 rows, in order of precedence (source listed first, then the latest start):",
        "  1. CAA: Glider, model not stated, 2 seats, valid 2016-01-01 to never ending",
        "  2. CAA: Balloon, model not stated, 3 seats, valid 2010-05-01 to 2014-05-01",
        "  3. OPENSKY: FixedWingMultiEngine, model not stated, 2 seats, valid always",
        "wins:",
        "  until 2009: 3. OPENSKY, FixedWingMultiEngine/Seats_1_10 (the only valid row)",
        "  2010 to 2014: 2. CAA, Balloon/Seats_1_10 (listed before OPENSKY)",
        "  in 2015: 3. OPENSKY, FixedWingMultiEngine/Seats_1_10 (the only valid row)",
        "  from 2016: 1. CAA, Glider/Seats_1_10 (listed before OPENSKY)",
        "the sources disagree:",
        "  aircraft_type: CAA says Balloon, OPENSKY FixedWingMultiEngine (2010 to 2014)",
        "  seats: CAA says 3, OPENSKY 2 (2010 to 2014)",
        "  aircraft_type: CAA says Glider, OPENSKY FixedWingMultiEngine (from 2016)",
        "leaf: 2016/Glider/Seats_1_10/000000_FFFFFF",
        "leaf: 2012/Balloon/Seats_1_10/000000_FFFFFF",
    ]


def test_rows_of_one_source(build):
    registry, settings = build(
        "abcdef,Glider,,2010-05-01,2012-05-01,CAA\nabcdef,Balloon,,2012-04-01,2012-12-01,CAA\n"
        "abcdef,Rotorcraft,,2012-04-01,2012-11-01,CAA\n"
    )
    assert lookup(registry, "abcdef", settings).splitlines()[5:] == [
        "wins:",
        "  until 2009: none is valid; type Unknown",
        "  2010 to 2011: 3. CAA, Glider/Seats_NaN_NaN (the only valid row)",
        "  in 2012: 1. CAA, Balloon/Seats_NaN_NaN (first in its file)",
        "  from 2013: none is valid; type Unknown",
    ]


def test_an_unknown_address(build):
    registry, settings = build("a4bcc3,Glider,,,,CAA\n")
    assert lookup(registry, "ffffff", settings, [2020]).splitlines() == [
        "FFFFFF: in no block of addresses known here",
        "in no register: type Unknown in every year, in a leaf of Unknown/Seats_NaN_NaN",
        "leaf: 2020/Unknown/Seats_NaN_NaN/FC0000_FFFFFF",  # the last of 64 equal ranges
    ]


@pytest.mark.parametrize("address", ["12345", "1234567", "GGGGGG", "", "0x1234"])
def test_what_is_no_address(build, address):
    registry, settings = build("")
    with pytest.raises(InputError, match="not an ICAO 24-bit address"):
        lookup(registry, address, settings)


def test_what_is_no_year_or_registry(build, tmp_path):
    registry, settings = build("")
    with pytest.raises(InputError, match="not a year from 1900 to 2099"):
        lookup(registry, "abcdef", settings, [20])
    with pytest.raises(InputError, match="no such registry; make it with: trackmill registry build"):
        lookup(tmp_path / "nothing.parquet", "abcdef", settings)


@pytest.mark.parametrize(
    ("since", "until", "years"),
    [
        ("2020-01-01", "", [2020, 2021, 2022]),  # certified on the first day
        ("2020-12-31", "", [2020, 2021, 2022]),  # by the year's end: its last day
        ("2021-01-01", "", [2021, 2022]),
        ("", "2020-12-31", [2019, 2020]),
        ("", "2021-01-01", [2019, 2020, 2021]),  # not expired before the year's start: its first day
        ("", "2020-01-01", [2019, 2020]),
        ("", "2019-12-31", [2019]),
        ("2020-06-01", "2020-06-30", [2020]),
        ("2020-06-01", "2020-05-01", [2020]),  # an end before the start: both conditions hold in that year
        ("2021-06-01", "2020-05-01", []),
        ("", "", [2019, 2020, 2021, 2022]),
    ],
)
def test_validity_at_its_edges(build, since, until, years):
    registry, settings = build(f"abcdef,Glider,,{since},{until},CAA\n")
    index = LeafIndex.load(registry, settings)
    assert [year for year in range(2019, 2023) if index.aircraft(year).height] == years


ROW = st.tuples(
    st.integers(0, 2),
    st.sampled_from(["Glider", "Balloon", "Unknown"]),
    st.none() | st.integers(0, 2),
    st.none() | st.integers(2000, 2004),
    st.none() | st.integers(2000, 2004),
)


@given(st.lists(ROW, max_size=6))
def test_conflicts_year_by_year(rows):
    """Witness: every pair of rows, every year, by the definition."""
    frame = pl.DataFrame(
        {
            "icao24": ["ABCDEF"] * len(rows),
            "rank": [row[0] for row in rows],
            "source": [f"S{row[0]}" for row in rows],
            "aircraft_type": [row[1] for row in rows],
            "seats": [row[2] for row in rows],
            "valid_from": [row[3] and dt.date(row[3], 12, 31) for row in rows],
            "valid_to": [row[4] and dt.date(row[4], 1, 1) for row in rows],
        },
        schema_overrides={"rank": pl.Int32, "seats": pl.Int32, "valid_from": pl.Date, "valid_to": pl.Date}
        | {"icao24": pl.String, "source": pl.String, "aircraft_type": pl.String},
    )
    expected = set()
    for one, other in itertools.product(rows, rows):
        for year in range(1999, 2006):
            valid = all((r[3] or 0) <= year <= (r[4] or 9999) for r in (one, other))
            if one[0] < other[0] and valid:
                if one[1] != other[1] and "Unknown" not in (one[1], other[1]):
                    expected.add((f"S{one[0]}", f"S{other[0]}", "aircraft_type", one[1], other[1], year))
                if one[2] != other[2] and None not in (one[2], other[2]):
                    expected.add((f"S{one[0]}", f"S{other[0]}", "seats", str(one[2]), str(other[2]), year))
    found = set()
    for row in conflicts(frame).to_dicts():
        keys = ("kept_source", "other_source", "field", "kept", "other")
        years = range(max(row["first_year"] or 0, 1999), min(row["last_year"] or 9999, 2005) + 1)
        found |= {(*(row[key] for key in keys), year) for year in years}
    assert found == expected


def test_blocks_of_addresses():
    """Every block is a prefix of bits, as the standard allots them, and no two overlap."""
    blocks = pl.read_csv(resolve("package:icao_blocks.csv"), infer_schema=False)
    edges = [(int(a, 16), int(b, 16)) for a, b in blocks.select("first", "last").iter_rows()]
    for first, last in edges:
        size = last - first + 1
        assert size in {1 << n for n in (10, 12, 15, 18, 20)}
        assert first % size == 0
    assert all(last < after for (_, last), (after, _) in itertools.pairwise(sorted(edges)))
    for address, state in (
        ("4B43AC", "4B0000-4B7FFF, Switzerland"),  # REGA
        ("3C6444", "3C0000-3FFFFF, Germany"),
        ("4CA23B", "4CA000-4CAFFF, Ireland"),
        ("4863DF", "480000-487FFF, Netherlands"),
        ("C00003", "C00000-C3FFFF, Canada"),
        ("AC6CD2", "A00000-AFFFFF, United States"),
        ("BFFFFF", None),
    ):
        assert block_of(address) == state
