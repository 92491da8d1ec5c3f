"""The local frame, against pyproj's topocentric conversion and hand-computed degrees of arc."""

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracks.process.local_frame import local_east_north_ft

LAT = st.floats(-90, 90)
LON = st.floats(-180, 180)


def local_ft(lat, lon, lat0, lon0):
    """East and north of one origin."""
    offsets = np.array([0, len(lat)])
    return local_east_north_ft(np.asarray(lat), np.asarray(lon), np.array([[lat0], [lon0]]), offsets)


def topocentric_ft(lat, lon, lat0, lon0):
    pipeline = (
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84 "
        f"+step +proj=topocentric +ellps=WGS84 +lat_0={lat0!r} +lon_0={lon0!r} +h_0=0"
    )
    east_m, north_m, _ = pyproj.Transformer.from_pipeline(pipeline).transform(lon, lat, np.zeros_like(lat))
    return east_m / 0.3048, north_m / 0.3048


@pytest.mark.parametrize(
    ("lat0", "lon0"), [(42.36, -71.06), (-33.9, 151.2), (0.0, 0.0), (51.9, 179.9), (89.5, 10.0), (-90.0, 0.0)]
)
def test_equals_pyproj_topocentric_within_a_thousandth_of_a_foot(lat0, lon0):
    draw = np.random.default_rng(1)
    lat = np.clip(lat0 + draw.uniform(-3, 3, 500), -90, 90)
    lon = (lon0 + draw.uniform(-5, 5, 500) + 180) % 360 - 180
    east, north = local_ft(lat, lon, lat0, lon0)
    witness_east, witness_north = topocentric_ft(lat, lon, lat0, lon0)
    np.testing.assert_allclose(east, witness_east, rtol=0, atol=1e-3)
    np.testing.assert_allclose(north, witness_north, rtol=0, atol=1e-3)


@given(LAT, LON, LAT, LON)
def test_any_two_points_of_the_globe_agree_with_pyproj(lat, lon, lat0, lon0):
    witness = topocentric_ft(np.array([lat]), np.array([lon]), lat0, lon0)
    np.testing.assert_allclose(local_ft([lat], [lon], lat0, lon0), witness, rtol=0, atol=1e-2)


def test_short_steps_are_degrees_of_arc_on_the_ellipsoid():
    # One thousandth of a degree at the equator: a pi / 180000 east, a (1 - e^2) pi / 180000 north, metres.
    (east,), _ = local_ft([0.0], [0.001], 0.0, 0.0)
    _, (north,) = local_ft([0.001], [0.0], 0.0, 0.0)
    assert east * 0.3048 == pytest.approx(111.3194908, abs=1e-6)
    assert north * 0.3048 == pytest.approx(110.5742758, abs=1e-6)


def test_each_segment_has_its_origin_and_the_origin_itself_is_zero():
    lat = np.array([10.0, 10.01, 50.0])
    lon = np.array([179.999, -179.999, 7.0])
    origins, offsets = np.array([lat[[0, 2]], lon[[0, 2]]]), np.array([0, 2, 3])
    east, north = local_east_north_ft(lat, lon, origins, offsets)
    assert (east[0], north[0], east[2], north[2]) == (0, 0, 0, 0)
    assert 0 < east[1] < 1000


def test_empty_arrays_and_missing_values():
    none = np.empty(0)
    assert local_east_north_ft(none, none, np.empty((2, 0)), np.array([0])).shape == (2, 0)
    assert np.isnan(local_ft([np.nan], [1.0], 2.0, 3.0)).all()
