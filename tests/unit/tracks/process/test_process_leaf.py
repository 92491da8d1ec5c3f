import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.config import ProcessSettings
from data_schemas.errors import InputError
from tests.unit.tracks.process.leaves import clean_whole, leaf, random_aircraft, row, straight
from tracks.process.limits import first_exceeded, mark_impossible_dynamics
from tracks.process.observations import COLUMNS, LeafObservations
from tracks.process.reasons import REASONS

PUBLISHED = ProcessSettings()
OUT = ("second_s", "values", "onground", "squawk", "reason", "offsets", "aircraft", "number")


def clean(*aircraft, aircraft_type="FixedWingMultiEngine", **changes):
    return clean_whole(leaf(aircraft), ProcessSettings(**changes), aircraft_type)


def why(found):
    return [REASONS[code] for code in found.reason]


def test_a_leaf_without_rows_gives_no_seconds():
    found = clean()
    assert (found.second_s.size, found.counts().rows_in, found.made["segments"]) == (0, 0, 0)
    assert found.values.shape == (12, 0)


def test_a_single_row_leaves():
    assert why(clean(straight(1))) == ["short_segment"]


def test_ten_rows_make_a_track_and_nine_none():
    assert clean(straight(10)).second_s.tolist() == list(range(1_600_000_000, 1_600_000_010))
    assert why(clean(straight(9))) == ["short_segment"] * 9


def test_straight_level_flight_comes_out_as_it_went_in():
    found = clean(straight(200))
    middle = slice(30, 170)  # the ends are drawn inwards, since their windows are lopsided
    second = np.arange(200)[middle]
    weight = np.exp(-(np.arange(-15, 15) ** 2) / 72)  # a row 15 s ago counts, one in 15 s does not
    lag_s = (weight * np.arange(-15, 15)).sum() / weight.sum()
    assert lag_s == pytest.approx(-0.0445, abs=1e-3)
    assert found.column("lat_deg")[middle] == pytest.approx(40 + 5e-5 * (second + lag_s), abs=1e-12)
    assert np.ptp(found.column("course_deg")[middle]) < 0.1
    assert found.column("alt_geo_ft_msl") == pytest.approx(1100)
    assert (found.column("dh_baro_ft_s") == 0).all()
    assert found.column("speed_direct_kt") == pytest.approx(100)
    assert found.made == {"segments": 1, "seconds": 200, "outliers_published": 0, "outliers_hampel": 0}


def test_antimeridian_is_crossed_without_a_jump():
    here, there = clean(straight(60, lon=10.0)), clean(straight(60, lon=179.998))
    for name in ("course_deg", "speed_estimate_kt", "dpsi_deg_s"):
        assert there.column(name) == pytest.approx(here.column(name), abs=1e-6)
    turned = (there.column("lon_deg") - here.column("lon_deg")) % 360
    assert turned == pytest.approx(169.998, abs=1e-9)
    lon = there.column("lon_deg")
    assert lon.max() > 179.99
    assert lon.min() < -179.99
    assert ((lon >= -180) & (lon < 180)).all()


def turning_through_north(step):
    course = np.radians(340 + 40 * np.arange(40) / 39)
    lat, lon = np.cumsum(np.cos(course)) * step / 1200, np.cumsum(np.sin(course)) * step / 1200
    return [row(1.6e9 + step * k, lat[k], lon[k], lastcontact=float(k)) for k in range(40)]


def test_course_is_interpolated_the_short_way_through_north_unless_as_published():
    rows = turning_through_north(10)
    assert ((clean(rows).column("course_deg") + 90) % 360 > 60).all()
    through_180 = clean(rows, course_interpolation="published").column("course_deg")
    assert ((through_180 > 100) & (through_180 < 300)).any()


def test_a_row_of_another_altitude_mode_may_lack_the_other_altitude():
    rows = straight(60)
    for k in (*range(25), 40):
        rows[k]["geo"] = None
    found = clean(rows, altitude_mode="baro")
    assert found.counts().rows_out == 60
    geo = found.column("alt_geo_ft_msl")
    assert np.isnan(geo).tolist() == [True] * 11 + [False] * 49  # 10 s is more than 15 s before 25 s
    assert clean(rows, altitude_mode="geo").counts().left["missing_altitude_of_mode"] == 26


def test_no_geometric_altitude_at_all():
    found = clean([dict(r, geo=None, speed=None) for r in straight(30)], altitude_mode="baro")
    for name in ("alt_geo_ft_msl", "dh_geo_ft_s", "speed_direct_kt", "dv_direct_kt_s"):
        assert np.isnan(found.column(name)).all()
    assert found.second_s.size == 30


def test_fractional_times_lose_the_ragged_ends():
    found = clean(straight(12, start=1_600_000_000.25))
    assert found.second_s.tolist() == list(range(1_600_000_001, 1_600_000_012))


def test_ten_rows_within_a_second_remain_and_make_no_second():
    found = clean(straight(10, start=1_600_000_000.05, step=0.05), aircraft_type="Rotorcraft")
    assert found.counts().rows_out == 10
    assert found.made["segments"] == 1
    assert found.second_s.size == 0


def test_squawk_and_ground_are_those_of_the_last_row_at_or_before():
    rows = straight(20, step=2.0)
    for k, r in enumerate(rows):
        r.update(squawk=k, onground=k % 2 == 1)
    found = clean(rows)
    assert found.squawk.tolist() == [k // 2 for k in range(39)]
    assert found.onground.tolist() == [k // 2 % 2 == 1 for k in range(39)]


def test_a_limit_takes_rows_out_without_a_new_segment():
    rows = straight(80)
    rows[40].update(lat=rows[40]["lat"] + 0.02)
    found = clean(rows)
    gone = [k for k, reason in enumerate(why(found)) if reason]
    assert gone
    assert {why(found)[k] for k in gone} <= {"limit_acceleration", "limit_turn_rate", "limit_speed"}
    assert found.made["segments"] == 1
    assert found.second_s.size == 80


def test_first_limit_exceeded_in_the_order_of_the_page():
    limits = (6.0, 10.0, 600.0, 100.0)
    for expected, *values, steep in (
        ("limit_acceleration", 6.1, 99, 999, True),
        ("limit_turn_rate", 6.0, -10.1, 999, True),
        ("limit_acceleration", -6.1, 0, 999, False),
        ("limit_speed", 0, 0, 600.1, True),
        ("limit_vertical_rate", 0, 10.0, 600, True),
        ("", 6.0, -10.0, 600, False),
        ("", np.nan, np.nan, np.nan, False),
    ):
        assert REASONS[first_exceeded(limits, *map(float, values), steep)] == expected


@pytest.mark.parametrize(("altitudes", "expected"), [((2,), ""), ((2, 3), "limit_vertical_rate")])
def test_vertical_rates_of_the_mode_alone_are_limited(altitudes, expected):
    state = np.zeros((7, 6))
    state[2], state[3] = np.nan, 101 * np.arange(6)
    reason = np.zeros(6, np.int8)
    whole = np.array([0, 6])
    mark_impossible_dynamics(
        state, np.arange(6.0), whole, np.arange(6), altitudes, 1.0, (6.0, 10.0, 600.0, 100.0), reason
    )
    assert [REASONS[code] for code in reason] == [expected] * 6


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["both", "baro", "geo"]), st.booleans())
def test_every_row_remains_or_has_a_reason_and_runs_are_alike(seed, mode, hampel):
    r = np.random.default_rng(seed)
    rows = leaf([random_aircraft(r, int(r.integers(1, 200)), seed % 2 == 1) for _ in range(5)])
    chosen = ProcessSettings(altitude_mode=mode, outlier_test="hampel" if hampel else "published")
    found, again = (clean_whole(rows, chosen, "FixedWingSingleEngine") for _ in range(2))
    counts = found.counts()
    assert counts.rows_in == counts.rows_out + sum(counts.left.values()) == rows.time_s.size
    for name in OUT:
        assert np.array_equal(getattr(found, name), getattr(again, name), equal_nan=name == "values")
    assert found.offsets[-1] == found.second_s.size == counts.made["seconds"]
    for name in ("lat_deg", "lon_deg", "course_deg", "dpsi_deg_s", "speed_estimate_kt"):
        assert np.isfinite(found.column(name)).all()


def test_an_aircraft_comes_out_the_same_alone_and_in_company():
    r = np.random.default_rng(5)
    aircraft = [random_aircraft(r, 150, k % 2 == 1) for k in range(6)]
    together = clean(*aircraft)
    apart = [clean(one) for one in aircraft]
    assert np.array_equal(together.values, np.hstack([one.values for one in apart]), equal_nan=True)
    assert np.array_equal(together.reason, np.concatenate([one.reason for one in apart]))
    assert np.array_equal(together.number, np.concatenate([one.number for one in apart]))


@pytest.mark.parametrize("fractional", [False, True])
def test_the_same_seconds_however_many_at_once(fractional, monkeypatch):
    r = np.random.default_rng(8)
    rows = leaf([random_aircraft(r, 200, fractional) for _ in range(4)] + [straight(700, lon=179.99)])
    chosen = ProcessSettings(altitude_mode="baro", minimum_rows=3)
    whole = clean_whole(rows, chosen, "Rotorcraft")
    monkeypatch.setattr("tracks.process.leaf._SMOOTHED_AT_ONCE", 37)
    for at_once in (1, 13, 256):
        found = clean_whole(rows, chosen, "Rotorcraft", at_once)
        assert found.pieces == -(-whole.second_s.size // at_once)
        for name in OUT:
            assert np.array_equal(getattr(found, name), getattr(whole, name), equal_nan=name == "values")


def table(**changes):
    columns = {
        "icao24": ["A00001", "A00001", "A00002"],
        "time_s": [1.0, 1.0, 0.0],
        "lat_deg": [1.0, 2, 3],
        "lon_deg": [1.0, 2, 3],
        "alt_baro_ft_msl": [1.0, None, 3],
        "alt_geo_ft_msl": [None, None, 3.0],
        "speed_kt": [1.0, 2, 3],
        "onground": [True, False, True],
        "squawk": pa.array([7700, None, 0], pa.int16()),
        "lastcontact_s": [None, 1.0, 1.0],
    }
    return pa.table(columns | changes)


def test_arrow_columns_become_arrays():
    for rows in (
        table(),
        pa.concat_tables([table().slice(0, 2), table().slice(2)]),
        table(icao24=pa.array(table()["icao24"].to_pylist()).dictionary_encode()),
    ):
        found = LeafObservations.of(rows)
        assert found.icao24.to_pylist() == ["A00001", "A00002"]
        assert found.offsets.tolist() == [0, 2, 3]
        assert found.squawk.tolist() == [7700, -1, 0]
        assert found.squawk.dtype == np.int16
        assert np.isnan(found.alt_geo_ft).tolist() == [True, True, False]
        assert found.onground.tolist() == [True, False, True]


def test_no_rows_are_no_aircraft():
    for rows in (table().slice(0, 0), table().schema.empty_table()):
        found = LeafObservations.of(rows)
        assert (len(found.icao24), found.offsets.tolist()) == (0, [0])
    assert set(COLUMNS) == set(table().column_names)


@pytest.mark.parametrize(
    "changes", [{"time_s": [1.0, 0, 0]}, {"icao24": ["A2", "A2", "A1"]}, {"icao24": list("aba")}]
)
def test_rows_in_another_order_are_refused(changes):
    with pytest.raises(InputError, match="file: rows are not sorted by icao24 and time_s"):
        LeafObservations.of(table(**changes), "file")
