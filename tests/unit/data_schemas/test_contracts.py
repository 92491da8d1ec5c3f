"""Tables, tasks and errors: what they refuse, and how they say it."""

import pickle

import pyarrow as pa
import pytest

from data_schemas.aircraft import seats_bin
from data_schemas.errors import ConfigError, InputError, did_you_mean
from data_schemas.table import Column, Table
from data_schemas.tables.observations import ARCHIVED, ORGANIZED
from data_schemas.tables.queries import QUERIES
from data_schemas.tables.registry import REGISTRY
from data_schemas.tables.tracks import TRACKS
from data_schemas.task import Counts

TABLE = Table("small", "for tests", (Column("a_s", pa.int32(), "s", "a"), Column("b", pa.string(), "1", "b")))


def test_schema_carries_units_and_meaning():
    field = TRACKS.schema().field("dh_baro_ft_s")
    assert field.metadata[b"unit"] == b"ft/s"
    assert b"barometric" in field.metadata[b"description"]
    assert TRACKS.schema().metadata[b"trackmill.sorted_by"] == b"icao24,segment,time_s"


@pytest.mark.parametrize("table", [ORGANIZED, ARCHIVED, QUERIES, REGISTRY, TRACKS])
def test_unit_in_a_name_is_the_declared_unit(table):
    """A column whose name ends in a unit says the same in its metadata."""
    endings = {"_ft_s": "ft/s", "_ft_msl": "ft", "_ft_agl": "ft", "_kt_s": "kt/s", "_kt": "kt", "_ft": "ft"}
    endings |= {"_deg_s": "deg/s", "_deg": "deg", "_s": "s", "_nm": "NM"}
    for column in (*table.columns, *table.optional):
        ending = next((e for e in endings if column.name.endswith(e)), None)
        if ending is not None and column.name != "owner_s":
            assert column.unit == endings[ending], column.name


def test_published_order_of_the_track_columns():
    """pipeline.md, stage 3: output columns, in order."""
    text = """icao24, segment, time_s, lat_deg, lon_deg, local_east_ft, local_north_ft, alt_baro_ft_msl,
    alt_geo_ft_msl, alt_baro_ft_agl, alt_geo_ft_agl, el_ft_msl, dh_baro_ft_s, dh_geo_ft_s, course_deg,
    dpsi_deg_s, speed_estimate_kt, speed_direct_kt, dv_estimate_kt_s, dv_direct_kt_s, onground, squawk, A, G,
    geoname_id"""
    assert [name.strip() for name in text.split(",")] == TRACKS.names


def test_check_tells_every_problem_at_once():
    wrong = pa.schema([pa.field("b", pa.int8()), pa.field("as_s", pa.int32())])
    with pytest.raises(InputError) as caught:
        TABLE.check(wrong, "f.parquet")
    text = str(caught.value)
    assert text.startswith("f.parquet: not a small table")
    for words in ("unexpected column 'as_s' (did you mean 'a_s'?)", "'a_s' is missing", "'b' is int8"):
        assert words in text


def test_dictionary_stands_for_its_values():
    coded = pa.schema(
        [pa.field("a_s", pa.int32()), pa.field("b", pa.dictionary(pa.int8(), pa.large_string()))]
    )
    TABLE.check(coded, "f")


def test_counts_must_balance():
    Counts(5, 3, {"short": 2})
    with pytest.raises(ValueError, match="rows were lost"):
        Counts(5, 3, {"short": 1})


@pytest.mark.parametrize("kind", [InputError, ConfigError])
def test_errors_travel_between_processes(kind):
    error = pickle.loads(pickle.dumps(kind("f.csv, line 3", "5 fields, expected 4", "mend it")))
    assert type(error) is kind
    assert str(error) == "f.csv, line 3: 5 fields, expected 4; mend it"
    assert error.exit_code == 2


def test_hint_names_the_nearest_or_lists_all():
    assert did_you_mean("gap", ["gap_s", "limits"]) == "did you mean 'gap_s'?"
    assert did_you_mean("xyz", ["b", "a"]) == "known names: a, b"


@pytest.mark.parametrize(
    ("seats", "folder"),
    [
        (0, "Seats_0_1"),
        (1, "Seats_1_10"),
        (9, "Seats_1_10"),
        (10, "Seats_10_20"),
        (49, "Seats_40_50"),
        (50, "Seats_50_100"),
        (99, "Seats_50_100"),
        (100, "Seats_100_150"),
        (853, "Seats_850_900"),
        (999, "Seats_950_1000"),
        (None, "Seats_NaN_NaN"),
        (1000, "Seats_NaN_NaN"),
        (60_000, "Seats_NaN_NaN"),
        (-1, "Seats_NaN_NaN"),
    ],
)
def test_seat_bins_of_the_hierarchy(seats, folder):
    assert seats_bin(seats) == folder


def test_a_bad_register_cannot_make_ever_more_seat_bins():
    assert len({seats_bin(seats) for seats in (None, *range(-5, 70_000))}) == 26
