import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from tracks.process.dynamics import COLUMNS, SOURCE, derive_course_and_speed, value_at
from tracks.process.rhumb import RADIUS_NM, rhumb_line, rhumb_lines

SPHERE_NM = Geod(a=RADIUS_NM, b=RADIUS_NM)


def of_rows(lat0, lon0, lat1, lon1):
    course, distance = np.empty(1), np.empty(1)
    rhumb_lines(np.array([lat0, lat1]), np.array([lon0, lon1]), course, distance)
    return course[0], distance[0]


either = pytest.mark.parametrize("line", [rhumb_line, of_rows])


@either
def test_one_minute_of_latitude_is_one_mile_due_north(line):
    course, distance = line(40.0, -100.0, 40 + 1 / 60, -100.0)
    assert (course, distance) == (0.0, pytest.approx(1.0, rel=1e-12))
    course, distance = line(40.0, -100.0, 39.0, -100.0)
    assert (course, distance) == (180.0, pytest.approx(60.0, rel=1e-12))


@either
@pytest.mark.parametrize(("lat", "miles"), [(0.0, 60.0), (60.0, 30.0), (-60.0, 30.0)])
def test_due_east_along_a_parallel(line, lat, miles):
    assert line(lat, 10.0, lat, 11.0) == (90.0, pytest.approx(miles, rel=1e-12))
    assert line(lat, 11.0, lat, 10.0) == (270.0, pytest.approx(miles, rel=1e-12))


@either
def test_across_the_antimeridian_the_short_way(line):
    assert line(60.0, 179.5, 60.0, -179.5) == (90.0, pytest.approx(30.0, rel=1e-12))
    assert line(60.0, 180.5, 60.0, 179.5) == (270.0, pytest.approx(30.0, rel=1e-12))


@either
def test_equal_positions_have_course_0_and_no_distance(line):
    assert line(47.0, 8.0, 47.0, 8.0) == (0.0, 0.0)
    assert line(47.0, 180.0, 47.0, -180.0) == (0.0, 0.0)


@either
def test_to_and_from_a_pole(line):
    assert line(89.0, 30.0, 90.0, 30.0) == (0.0, pytest.approx(60.0))
    course, distance = line(90.0, 0.0, 89.0, 77.0)
    # The pole is infinitely far on the map; to 64 bits it is about 18 radians away.
    assert (course, distance) == (pytest.approx(180.0, abs=5), pytest.approx(60.0, rel=0.005))
    assert line(-90.0, 0.0, -90.0, 90.0)[1] == pytest.approx(0, abs=1e-12)


@either
@given(st.floats(-85, 85), st.floats(-180, 180), st.floats(0, 360), st.floats(1e-5, 0.3))
def test_short_ones_are_great_circles(line, lat, lon, azimuth, miles):
    lon1, lat1, _ = SPHERE_NM.fwd(lon, lat, azimuth, miles)
    course, distance = line(lat, lon, lat1, lon1)
    noise = 1e-13 * 60 / miles  # of the coordinates' last digits
    assert distance == pytest.approx(miles, rel=1e-6 + noise)
    off = abs(course - azimuth) % 360
    assert min(off, 360 - off) <= 0.05 + math.degrees(noise) / math.cos(math.radians(lat))


def assert_as_in_extended_precision(line, lat0, lon0, lat1, lon1):
    phi0, phi1, dlam = (np.deg2rad(np.longdouble(x)) for x in (lat0, lat1, lon1 - lon0))
    dpsi = np.arcsinh(np.tan(phi1)) - np.arcsinh(np.tan(phi0))
    bearing = np.arctan2(dlam, dpsi)
    course, distance = line(lat0, lon0, lat1, lon1)
    assert distance == pytest.approx(float(abs((phi1 - phi0) / np.cos(bearing))) * RADIUS_NM, rel=1e-11)
    off = abs(course - float(np.rad2deg(bearing))) % 360
    assert min(off, 360 - off) < 1e-9


@either
@given(st.floats(-80, 80), st.floats(-170, 170), st.floats(-80, 80), st.floats(-9, 9))
def test_long_ones_by_isometric_latitude(line, lat0, lon0, lat1, dlon):
    assume(abs(lat1 - lat0) >= 0.01)
    assert_as_in_extended_precision(line, lat0, lon0, lat1, lon0 + dlon)


@either
@given(st.floats(-80, 80), st.floats(-170, 170), st.floats(1e-4, 0.05), st.floats(-0.5, 0.5), st.booleans())
def test_those_between_rows_by_isometric_latitude(line, lat, lon, dlat, dlon, south):
    assert_as_in_extended_precision(line, lat, lon, lat - dlat if south else lat + dlat, lon + dlon)


def derive(lat, lon, time, baro=None, geo=None, speed=None, level=1.0, offsets=None):
    """Every column of a track at the rows themselves, by name."""
    n = len(time)
    state = np.array([lat, lon, *(x or [0.0] * n for x in (baro, geo, speed, None, None))], float)
    time, offsets = np.array(time, float), np.array(offsets or [0, n])
    derive_course_and_speed(state, time, offsets)
    return {
        name: np.array(
            [
                value_at(how, state[row], time, i, begin, end - 1, level)
                for begin, end in itertools.pairwise(offsets)
                for i in range(begin, end)
            ]
        )
        for name, (row, how) in zip(COLUMNS, SOURCE, strict=True)
    }


def east(n):
    return [0.0] * n, [k / 60 for k in range(n)]


def test_speed_and_course_repeat_in_the_last_row_and_its_turn_is_0():
    values = derive([0, 0, 1 / 60], [0, 1 / 60, 1 / 60], [0, 10, 30])
    assert values["speed_estimate_kt"] == pytest.approx([360, 180, 180])
    assert values["course_deg"] == pytest.approx([90, 0, 0])
    assert values["dpsi_deg_s"] == pytest.approx([-9, 0, 0])
    assert values["dv_estimate_kt_s"] == pytest.approx([-18, -6, 0])


def test_exact_reversal_turns_right():
    values = derive(*[[0, 0, 0, 0], [0, 0.1, 0, 0.1]], [0, 1, 3, 4])
    assert values["course_deg"].tolist() == [90, 270, 90, 90]
    assert values["dpsi_deg_s"].tolist() == [180, 90, 0, 0]


def test_turn_through_north_is_the_short_one():
    a, b = math.radians(359), math.radians(1)
    lat = [0, math.cos(a) * 0.01, math.cos(a) * 0.01 + math.cos(b) * 0.01]
    lon = [0, math.sin(a) * 0.01, math.sin(a) * 0.01 + math.sin(b) * 0.01]
    values = derive(lat, lon, [0, 1, 2])
    assert values["course_deg"][:2] == pytest.approx([359, 1], abs=1e-5)
    assert values["dpsi_deg_s"][0] == pytest.approx(2, abs=1e-5)


def test_rates_at_uneven_times():
    baro = [0, 10, 40, 40, 100]
    speed = [100, 101, 103, 103, 100]
    values = derive(*east(5), [0, 2, 3, 7, 10], baro=baro, geo=baro, speed=speed)
    assert values["dh_baro_ft_s"] == pytest.approx([5, 40 / 3, 6, 60 / 7, 20])
    assert values["dv_direct_kt_s"] == pytest.approx([0.5, 1, 0.4, -3 / 7, -1])


def test_level_flight_below_the_threshold_only():
    values = derive(*east(4), [0, 1, 2, 3], baro=[0, 0.999, 1.999, 3.0], geo=[0, -1, -2, -3])
    assert values["dh_baro_ft_s"].tolist() == [0, 0, pytest.approx(1.0005), pytest.approx(1.001)]
    assert values["dh_geo_ft_s"].tolist() == [-1, -1, -1, -1]


def test_missing_altitude_makes_the_rates_that_need_it_missing():
    nan = math.nan
    values = derive(*east(5), [0, 1, 2, 3, 4], geo=[0, 5, nan, 15, 20], speed=[nan] * 5)
    assert values["dh_geo_ft_s"] == pytest.approx([5, nan, 5, nan, 5], nan_ok=True)
    assert np.isnan(values["dv_direct_kt_s"]).all()
    assert values["dh_baro_ft_s"].tolist() == [0] * 5


def test_a_segment_does_not_see_the_next():
    lat, lon = east(6)
    values = derive(lat, lon, range(6), baro=[0.0] * 3 + [900] * 3, offsets=[0, 3, 6])
    assert (values["dh_baro_ft_s"] == 0).all()
