"""The nearest aerodrome, against brute force (haversine), a KD-tree and pyproj."""

import numpy as np
import pyarrow as pa
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from data_schemas.config.enrich import EnrichSettings
from data_schemas.errors import InputError
from tracks.aerodromes.reading import Aerodromes
from tracks.enrich import Enrichment
from tracks.enrich.near_aerodrome import NearAerodromes, bearing_deg

GEOD = pyproj.Geod(ellps="WGS84")
SPHERE = pyproj.Geod(a=1, b=1)


def aerodromes(lat, lon, elevation=None):
    lat, lon = np.asarray(lat, float), np.asarray(lon, float)
    elevation = np.zeros(lat.size) if elevation is None else np.asarray(elevation, float)
    return Aerodromes(tuple(f"A{n}" for n in range(lat.size)), lat, lon, elevation)


def haversine_nm(lat1, lon1, lat2, lon2):
    lat1, lon1, lat2, lon2 = map(np.radians, (lat1, lon1, lat2, lon2))
    a = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * np.arcsin(np.minimum(np.sqrt(a), 1)) * 10800 / np.pi


def in_space(lat, lon):
    lat, lon = np.radians(lat), np.radians(lon)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(1, 60),
    st.sampled_from(
        [(0, 0, 90, 180), (45, 8, 1, 1), (88, 0, 2, 180), (-17, 179.9, 0.5, 0.5), (40, -75, 0.1, 0.1)]
    ),
)
def test_nearest_is_that_of_brute_force(seed, count, place):
    draw = np.random.default_rng(seed)
    lat0, lon0, high, wide = place

    def scatter(number):
        lat = np.clip(lat0 + draw.uniform(-high, high, number), -90, 90)
        return lat, (lon0 + draw.uniform(-wide, wide, number) + 180) % 360 - 180

    near = aerodromes(*scatter(count))
    lat, lon = scatter(200)
    index, distance_nm = NearAerodromes(near).nearest(lat, lon)
    all_nm = haversine_nm(near.lat_deg, near.lon_deg, lat[:, None], lon[:, None])
    np.testing.assert_allclose(distance_nm, all_nm.min(1), rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(all_nm[np.arange(200), index], all_nm.min(1), rtol=1e-9, atol=1e-6)


def test_many_aerodromes_as_scipy_finds_them():
    draw = np.random.default_rng(4)
    near = aerodromes(np.degrees(np.arcsin(draw.uniform(-1, 1, 3000))), draw.uniform(-180, 180, 3000))
    lat, lon = draw.uniform(30, 40, 5000), draw.uniform(-100, -90, 5000)
    index, distance_nm = NearAerodromes(near).nearest(lat, lon)
    chord, expected = KDTree(in_space(near.lat_deg, near.lon_deg)).query(in_space(lat, lon))
    np.testing.assert_array_equal(index, expected)
    np.testing.assert_allclose(distance_nm, 2 * np.arcsin(chord / 2) * 10800 / np.pi, rtol=1e-9)


def test_of_two_equally_near_the_first_is_taken_and_one_on_the_spot_is_at_0():
    finder = NearAerodromes(aerodromes([1, 1, -1], [5, 5, 5]))
    index, distance_nm = finder.nearest(np.array([1.0, 2.0, 0.0]), np.array([5.0, 5.0, 5.0]))
    assert index.tolist() == [0, 0, 0]
    np.testing.assert_allclose(distance_nm, [0, 60, 60], atol=1e-9)
    assert finder.nearest(np.empty(0), np.empty(0))[0].size == 0


@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(-89, 89), st.floats(-180, 180))
def test_bearing_is_that_of_pyproj_on_the_sphere(lat0, lon0, lat, lon):
    forward, _, distance = SPHERE.inv(lon0, lat0, lon, lat)
    if 1e-6 < distance < np.pi - 1e-6:
        found = bearing_deg(*(np.array([value]) for value in (lat0, lon0, lat, lon)))[0]
        assert 0 <= found < 360
        assert abs((found - forward + 180) % 360 - 180) < 1e-6


def test_near_an_aerodrome_sphere_and_ellipsoid_differ_by_half_a_percent():
    azimuth = np.arange(0, 360, 7.5)
    lat0, lon0 = 42.3643, -71.0052
    lon, lat, _ = GEOD.fwd(
        *(np.full_like(azimuth, v) for v in (lon0, lat0)), azimuth, np.full(48, 8 * 1852.0)
    )
    finder = NearAerodromes(aerodromes([lat0], [lon0], [20]))
    found = finder.columns(lat, lon, np.full(48, 1020.0))
    np.testing.assert_allclose(found["aerodrome_distance_nm"], 8, rtol=0.006)
    off = (found["aerodrome_bearing_deg"] - azimuth + 180) % 360 - 180
    assert np.abs(off).max() < 0.3
    assert found["height_above_aerodrome_ft"].tolist() == [1000] * 48
    assert found["nearest_aerodrome"].to_pylist() == ["A0"] * 48


def test_columns_where_elevation_or_altitude_is_missing():
    finder = NearAerodromes(aerodromes([0, 10], [0, 10], [np.nan, 100]))
    found = finder.columns(np.array([9.0, 1, 9]), np.array([9.0, 1, 9]), np.array([500, 500, np.nan]))
    assert found["nearest_aerodrome"].to_pylist() == ["A1", "A0", "A1"]
    assert isinstance(found["nearest_aerodrome"], pa.DictionaryArray)
    np.testing.assert_array_equal(found["height_above_aerodrome_ft"], [400, np.nan, np.nan])


def test_the_setting_names_a_file_and_a_bad_one_is_told(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("ident,type,latitude_deg,longitude_deg,elevation_ft\nKBOS,large_airport,42.36,-71.0,20\n")
    found = Enrichment.load(EnrichSettings(aerodrome_file=str(file)))
    assert found.aerodromes.nearest(np.array([42.0]), np.array([-71.0]))[0].tolist() == [0]
    assert Enrichment.load(EnrichSettings()).aerodromes is None
    file.write_text("nothing\n1\n")
    with pytest.raises(InputError, match=r"^enrich\.aerodrome_file: .*lacks the columns"):
        Enrichment.load(EnrichSettings(aerodrome_file=str(file)))
