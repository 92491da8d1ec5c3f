"""The cell index of polygons, against plain shapely point by point."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tracks.enrich.cells import cell_bounds, cells_of
from tracks.enrich.polygons import PolygonIndex


def plain_first(geometries, lat, lon):
    """Index of the first geometry that covers each point, one shapely call a pair."""
    points = shapely.points(lon, lat)
    covers = np.array([[g.covers(p) for g in geometries] for p in points]).reshape(len(points), -1)
    return np.where(covers.any(1), covers.argmax(1), -1)


def star(draw, lat, lon, radius, corners):
    turn = np.sort(draw.uniform(0, 2 * np.pi, corners))
    out = radius * draw.uniform(0.3, 1, corners)
    return shapely.Polygon(np.column_stack([lon + out * np.cos(turn), lat + out * np.sin(turn)]))


@pytest.mark.parametrize("cell_deg", [1 / 32, 1 / 8, 3.0])
def test_random_overlapping_polygons_and_points_on_corners_and_edges(cell_deg):
    draw = np.random.default_rng(5)
    geometries = [star(draw, *draw.uniform(-3, 3, 2), r, 30) for r in draw.uniform(0.05, 2, 25)]
    geometries.append(shapely.MultiPolygon([shapely.box(-1, -1, 0, 0), shapely.box(1, 1, 2, 2)]))
    geometries.append(geometries[0].buffer(1).difference(geometries[0]))
    geometries = np.array([shapely.make_valid(g) for g in geometries], object)
    corners = shapely.get_coordinates(geometries)
    lon, lat = np.vstack([corners, (corners[1:] + corners[:-1]) / 2, draw.uniform(-4, 4, (800, 2))]).T
    index = PolygonIndex(geometries, cell_deg)
    halves = np.array_split(np.arange(lat.size), 3)
    found = np.concatenate([index.first(lat[part], lon[part]) for part in halves])
    np.testing.assert_array_equal(found, plain_first(geometries, lat, lon))
    np.testing.assert_array_equal(index.first(lat, lon), found)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=8, unique=True),
    st.lists(st.tuples(st.integers(-80, 80), st.integers(-80, 80)), min_size=1, max_size=30),
    st.sampled_from([0.25, 1.0, 2.5]),
)
def test_points_on_cell_edges_and_polygon_corners(corners, points, cell_deg):
    """Integer corners and eighths of a degree: points lie exactly on boundaries and cell edges."""
    hull = shapely.MultiPoint(corners).convex_hull
    if hull.geom_type != "Polygon":
        return
    lon, lat = np.array(points).T / 8
    geometries = np.array([hull], object)
    np.testing.assert_array_equal(
        PolygonIndex(geometries, cell_deg).first(lat, lon), plain_first(geometries, lat, lon)
    )


def test_a_polygon_beyond_the_antimeridian_counts_on_both_sides():
    geometries = np.array([shapely.box(178, 50, 183, 55), shapely.box(-183, -5, -179, 0)], object)
    lat = np.array([52.0, 52, 52, 52, -1, -1, -1])
    lon = np.array([179.0, -178, -176.9, 177.9, 178, -179.5, 176.9])
    found = PolygonIndex(geometries, 0.5).first(lat, lon)
    np.testing.assert_array_equal(found, [0, 0, -1, -1, 1, 1, -1])


def test_no_points_and_no_polygons():
    none = np.empty(0)
    assert PolygonIndex(np.array([shapely.box(0, 0, 1, 1)], object), 1.0).first(none, none).size == 0
    assert PolygonIndex(np.empty(0, object), 1.0).first(np.zeros(2), np.zeros(2)).tolist() == [-1, -1]


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1), st.floats(0.01, 5))
def test_a_point_lies_in_its_cell(points, cell_deg):
    lat, lon = np.array(points).T
    cells, which = cells_of(lat, lon, cell_deg)
    west, south, east, north = (edge[which] for edge in cell_bounds(cells, cell_deg))
    assert ((west < lon) & (lon < east) & (south < lat) & (lat < north)).all()
