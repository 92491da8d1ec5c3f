"""Boxes about aerodromes, against pyproj's geodesics and areas and shapely's geometry."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tracks.aerodromes.boxes import aerodrome_boxes, aerodromes_within, split, united
from tracks.aerodromes.circles import box_areas_nm2, circle_boxes
from tracks.aerodromes.reading import Aerodromes
from tracks.enrich.volumes import CODES, Volumes

GEOD = pyproj.Geod(ellps="WGS84")
EQUAL_AREA = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:6933", always_xy=True)
LATITUDES = st.floats(-89.99, 89.99)
LONGITUDES = st.floats(-180, 180)


def aerodromes(lat, lon):
    lat, lon = np.asarray(lat, float), np.asarray(lon, float)
    return Aerodromes(tuple(f"A{n}" for n in range(lat.size)), lat, lon, np.zeros(lat.size))


def rim(lat, lon, radius_nm, points=180):
    """Points of a geodesic circle, by pyproj."""
    azimuth = np.linspace(0, 360, points, endpoint=False)
    far = np.full_like(azimuth, radius_nm * 1852)
    lon, lat, _ = GEOD.fwd(np.full_like(azimuth, lon), np.full_like(azimuth, lat), azimuth, far)
    return lon, lat


def held(boxes, lon, lat):
    """Whether each point is in some box, edges included."""
    lon, lat = np.asarray(lon)[:, None], np.asarray(lat)[:, None]
    inside = (boxes[:, 0] <= lon) & (lon <= boxes[:, 2]) & (boxes[:, 1] <= lat) & (lat <= boxes[:, 3])
    return inside.any(1)


def areas_by_proj(boxes):
    x, y = EQUAL_AREA.transform(boxes[:, [0, 2]], boxes[:, [1, 3]])
    return np.diff(x)[:, 0] * np.diff(y)[:, 0] / 1852**2


@settings(max_examples=150, deadline=None)
@given(LATITUDES, LONGITUDES, st.floats(0.1, 60))
def test_box_holds_the_circle_and_little_more(lat, lon, radius_nm):
    boxes, centre = circle_boxes(np.array([lat]), np.array([lon]), radius_nm)
    east, north = rim(lat, lon, radius_nm)
    assert held(boxes, east, north).all()
    assert set(centre) == {0}
    if abs(lat) < 85 and abs(lon) < 160:
        slack_nm = 1e-5 * radius_nm**2 + 3e-4  # half a metre at 8 NM, and the rounding
        assert boxes[0, 3] - north.max() < slack_nm / 60
        assert north.min() - boxes[0, 1] < slack_nm / 60
        assert (boxes[0, 2] - east.max()) * np.cos(np.radians(lat)) < slack_nm / 60


def test_box_at_the_antimeridian_and_at_a_pole():
    boxes, centre = circle_boxes(np.array([0.0, 89.95, -60.0]), np.array([179.95, 10.0, -180.0]), 8)
    assert boxes[:3, 0].tolist() == [pytest.approx(179.816, abs=1e-3), -180, -180]
    assert boxes[1].tolist() == [-180, pytest.approx(89.8167, abs=1e-3), 180, 90]
    assert centre.tolist() == [0, 1, 2, 0, 2]
    assert (boxes[3, 0], boxes[3, 2]) == (-180, pytest.approx(-179.916, abs=1e-3))
    east, _ = rim(-60.0, -180.0, 8)
    assert (boxes[4, 0], boxes[4, 2]) == (pytest.approx(east[east > 0].min(), abs=2e-5), 180)


@given(st.floats(-180, 179), st.floats(-90, 89), st.floats(0.01, 1), st.floats(0.01, 1))
def test_area_is_that_of_an_equal_area_map(west, south, width, height):
    boxes = np.array([[west, south, west + width, south + height]])
    np.testing.assert_allclose(box_areas_nm2(boxes), areas_by_proj(boxes), rtol=1e-6)


def random_boxes(draw_from, count):
    middle = draw_from.uniform(0, 4, (count, 2)).round(6)
    size = draw_from.uniform(0.01, 0.6, (count, 2)).round(6)
    return np.hstack([middle, middle + size])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_united_boxes_are_disjoint_and_the_smallest_that_hold_all(seed, count):
    before = random_boxes(np.random.default_rng(seed), count)
    after = united(before)
    shapes = shapely.box(*after.T)
    one, other = shapely.STRtree(shapes).query(shapes)
    assert (shapely.area(shapely.intersection(shapes[one], shapes[other]))[one != other] == 0).all()
    assert shapely.covers(shapely.union_all(shapes), shapely.box(*before.T)).all()
    # The same by hand: unite any two with common area, until there are none.
    boxes = [tuple(box) for box in before]
    found = True
    while found:
        found = False
        for i, a in enumerate(boxes):
            for j in range(i):
                b = boxes[j]
                if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                    whole = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
                    boxes = [c for k, c in enumerate(boxes) if k not in {i, j}] + [whole]
                    found = True
                    break
            if found:
                break
    assert sorted(map(tuple, after.tolist())) == sorted(boxes)


@settings(max_examples=100, deadline=None)
@given(LONGITUDES, st.floats(-88, 80), st.floats(0.05, 12), st.floats(0.05, 8), st.floats(50, 5000))
def test_split_covers_exactly_and_no_part_is_too_large(west, south, width, height, most):
    box = np.array([[west, south, west + width, south + height]]).round(6)
    parts = split(box, most)
    assert (areas_by_proj(parts) <= most * (1 + 1e-6)).all()
    assert areas_by_proj(parts).sum() == pytest.approx(areas_by_proj(box)[0], rel=1e-9)
    shapes = shapely.box(*parts.T)
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapes).sum(), rel=1e-9)
    np.testing.assert_array_equal(shapely.total_bounds(shapes), box[0])
    # Of equal width and height, but for the rounding of edges to 1e-6 degrees.
    assert np.ptp(parts[:, 2] - parts[:, 0]) < 3e-6
    assert np.ptp(parts[:, 3] - parts[:, 1]) < 3e-6


def test_split_of_a_box_by_hand():
    # 1 degree by 1 degree at the equator, just under 60 NM by 60 NM: three rows of 20 NM, of two parts each.
    parts = split(np.array([[10.0, -0.5, 11.0, 0.5]]), 600)
    assert sorted({*parts[:, 0].tolist()}) == [10, 10.5]
    assert sorted({*parts[:, 1].tolist()}) == [-0.5, -0.166667, 0.166667]
    assert len(parts) == 6


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.floats(-70, 70), st.sampled_from([0.0, 100.0, 179.8]))
def test_boxes_about_aerodromes_cover_every_circle(seed, count, lat, lon):
    draw = np.random.default_rng(seed)
    lons = (lon + draw.uniform(0, 3, count) + 180) % 360 - 180
    near = aerodromes(lat + draw.uniform(0, 3, count), lons)
    boxes = aerodrome_boxes(near, 8, 600)
    shapes = shapely.box(*boxes.edges_deg.T)
    one, other = shapely.STRtree(shapes).query(shapes)
    assert (shapely.area(shapely.intersection(shapes[one], shapes[other]))[one != other] == 0).all()
    assert (areas_by_proj(boxes.edges_deg) <= 600.001).all()
    for name, at_lat, at_lon in zip(near.ident, near.lat_deg, near.lon_deg, strict=True):
        own = np.array([name in names for names in boxes.aerodromes])
        assert held(boxes.edges_deg[own], *rim(at_lat, at_lon, 8)).all()
    assert all(boxes.aerodromes)
    assert sorted(map(tuple, boxes.edges_deg.tolist())) == list(map(tuple, boxes.edges_deg.tolist()))


def volumes(outlines, classes):
    count = len(outlines)
    limits = np.zeros(count)
    no = np.zeros(count, bool)
    codes = np.array([CODES[name] for name in classes], np.int8)
    return Volumes(np.array(outlines, object), codes, limits, limits + 1e4, no, no, ("",) * count)


def test_aerodromes_within_or_under_airspace_of_a_class():
    # A horseshoe open to the north: its mouth is in its convex hull and so counts, as published.
    horseshoe = shapely.Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    field = shapely.box(10, 10, 11, 11)
    near = aerodromes([0.5, 2, 10.5, 20], [0.5, 1.5, 11, 20])
    both = volumes([horseshoe, field], "BD")
    assert aerodromes_within(near, both, ("B", "C", "D")).ident == ("A0", "A1", "A2")
    assert aerodromes_within(near, both, ("D",)).ident == ("A2",)
    assert aerodromes_within(near, both, ("C",)).ident == ()


def test_volume_cut_at_the_antimeridian_does_not_reach_around_the_world():
    cut = shapely.MultiPolygon([shapely.box(179, 50, 180, 51), shapely.box(-180, 50, -179, 51)])
    near = aerodromes([50.5, 50.5, 50.5], [179.5, -179.5, 0])
    assert aerodromes_within(near, volumes([cut], "D"), ("D",)).ident == ("A0", "A1")
