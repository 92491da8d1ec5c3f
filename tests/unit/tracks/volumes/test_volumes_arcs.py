"""Arcs and circles, against geodesics of the ellipsoid by PROJ."""

import math

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracks.enrich.volumes.arcs import CHORD_TOLERANCE_M, arc, arc_between, circle

GEOD = pyproj.Geod(ellps="WGS84")


def polar(centre, points):
    """Bearings (deg) and distances (m) of points of (longitude, latitude) from a centre of (lat, lon)."""
    away = np.full(len(points), centre[1]), np.full(len(points), centre[0])
    bearing, _, distance = GEOD.inv(*away, points[:, 0], points[:, 1])
    return np.asarray(bearing) % 360, np.asarray(distance)


@pytest.mark.parametrize("lat", [0.0, 38.0, -51.5, 70.0])
@pytest.mark.parametrize("radius_nm", [0.1, 4.4, 30.0, 60.0])
def test_circles_are_round_on_the_ellipsoid(lat, radius_nm):
    ring = circle((lat, -120.0), radius_nm)
    bearing, distance = polar((lat, -120.0), ring)
    np.testing.assert_allclose(distance, radius_nm * 1852, atol=10 * (radius_nm / 60) ** 2 + 0.1)
    assert (np.diff(bearing[:-1]) > 0).all()
    np.testing.assert_allclose(ring[0], ring[-1], atol=1e-12)


@pytest.mark.parametrize("radius_nm", [0.01, 0.5, 5.0, 60.0])
def test_no_chord_strays_farther_than_it_may(radius_nm):
    ring = circle((45.0, 10.0), radius_nm)
    _, corners = polar((45.0, 10.0), ring)
    _, middles = polar((45.0, 10.0), (ring[1:] + ring[:-1]) / 2)
    # A straight line in longitude and latitude strays from the geodesic by up to 0.2 m over 3.4 km.
    assert (corners[:-1] - middles).max() < CHORD_TOLERANCE_M + 0.3
    assert len(ring) >= 13


@pytest.mark.parametrize(
    ("start", "end", "clockwise", "inside", "outside"),
    [
        (90, 180, True, 135, 315),
        (90, 180, False, 315, 135),
        (350, 10, True, 0, 180),
        (350, 10, False, 180, 0),
        (10, 350, False, 0, 180),
    ],
)
def test_arcs_go_the_way_they_are_told(start, end, clockwise, inside, outside):
    points = arc((50.0, 8.0), 10.0, start, end, clockwise=clockwise)
    bearing, _ = polar((50.0, 8.0), points)

    def apart(from_deg):
        return np.abs((bearing - from_deg + 180) % 360 - 180)

    assert apart(inside).min() < 3
    assert apart(outside).min() > 9
    assert apart(start)[0] < 0.01
    assert apart(end)[-1] < 0.01


def test_equal_bearings_and_equal_ends_are_a_full_circle():
    for points in (arc((50.0, 8.0), 10.0, 30, 30), arc_between((50.0, 8.0), (50.1, 8.0), (50.1, 8.0))):
        bearing, _ = polar((50.0, 8.0), points)
        around = np.sort(bearing)
        assert np.diff(around, append=around[0] + 360).max() < 5


@given(
    st.floats(-75, 75),
    st.floats(-180, 180),
    st.floats(0, 360),
    st.floats(0, 360),
    st.floats(0.5, 50),
    st.floats(0.97, 1.03),
    st.booleans(),
)
def test_an_arc_between_points_begins_and_ends_there_and_keeps_its_distance(
    lat, lon, start_deg, end_deg, radius_nm, ratio, clockwise
):
    ends = []
    for bearing, radius in ((start_deg, radius_nm), (end_deg, radius_nm * ratio)):
        to_lon, to_lat, _ = GEOD.fwd(lon, lat, bearing, radius * 1852)
        ends.append((to_lat, to_lon))
    points = arc_between((lat, lon), *ends, clockwise=clockwise)
    assert points[0].tolist() == [ends[0][1], ends[0][0]]
    assert points[-1].tolist() == [ends[1][1], ends[1][0]]
    _, distance = polar((lat, lon), points)
    low, high = sorted([radius_nm, radius_nm * ratio])
    assert distance.min() > low * 1852 - 40
    assert distance.max() < high * 1852 + 40
    assert math.isfinite(points.sum())
