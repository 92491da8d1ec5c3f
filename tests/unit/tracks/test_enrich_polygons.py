"""The cell index of polygons, against plain shapely point by point."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tracks.enrich.polygons import Limits, PolygonIndex


def plain_first(geometries, lat, lon):
    """Index of the first geometry that covers each point, one shapely call a pair."""
    points = shapely.points(lon, lat)
    covers = np.array([shapely.covers(g, points) for g in geometries]).reshape(-1, lat.size)
    return np.where(covers.any(0), covers.argmax(0), -1) if len(geometries) else np.full(lat.size, -1)


def index_of(geometries, cell_deg, *limits):
    """An index that answers with the geometries' numbers, -1 for none."""
    return PolygonIndex(geometries, cell_deg, np.append(np.arange(len(geometries)), -1), *limits)


def star(draw, lat, lon, radius, corners):
    turn = np.sort(draw.uniform(0, 2 * np.pi, corners))
    out = radius * draw.uniform(0.3, 1, corners)
    return shapely.Polygon(np.column_stack([lon + out * np.cos(turn), lat + out * np.sin(turn)]))


@pytest.mark.parametrize("cell_deg", [1 / 32, 1 / 8, 0.3, 3.0])
def test_random_overlapping_polygons_and_points_on_corners_and_edges(cell_deg, at_edges):
    draw = np.random.default_rng(5)
    geometries = [star(draw, *draw.uniform(-3, 3, 2), r, 30) for r in draw.uniform(0.05, 2, 25)]
    geometries.append(shapely.MultiPolygon([shapely.box(-1, -1, 0, 0), shapely.box(1, 1, 2, 2)]))
    geometries.append(geometries[0].buffer(1).difference(geometries[0]))
    geometries = np.array([shapely.make_valid(g) for g in geometries], object)
    near = np.vstack([at_edges(draw, geometries) for _ in range(8)])
    lon, lat = np.vstack([near, np.round(near / cell_deg) * cell_deg, draw.uniform(-4, 4, (3000, 2))]).T
    index = index_of(geometries, cell_deg)
    found = index.first(lat, lon)
    np.testing.assert_array_equal(found, plain_first(geometries, lat, lon))
    order = draw.permutation(lat.size)
    np.testing.assert_array_equal(index.first(lat[order], lon[order]), found[order])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=8, unique=True),
    st.lists(st.tuples(st.integers(-80, 80), st.integers(-80, 80)), min_size=1, max_size=30),
    st.sampled_from([0.25, 1.0, 2.5]),
)
def test_points_on_cell_edges_and_polygon_corners(corners, points, cell_deg):
    """Integer corners and eighths of a degree: points lie exactly on boundaries and cell edges."""
    ring = shapely.make_valid(shapely.Polygon(corners))
    lon, lat = np.array(points).T / 8
    geometries = np.array([ring, shapely.MultiPoint(corners).convex_hull], object)
    geometries = geometries[shapely.area(geometries) > 0]
    polygonal = shapely.buffer(geometries, 0)  # make_valid leaves lines beside polygons, which hold nothing
    np.testing.assert_array_equal(
        index_of(geometries, cell_deg).first(lat, lon), plain_first(polygonal, lat, lon)
    )


STEPS = st.sampled_from([0.0, 1e-12, 1e-9, 1e-6, 1e-3, 1 / 32, 0.1, 0.25, 1.0, 3.0]).flatmap(
    lambda step: st.sampled_from([-step, step])
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=3, max_size=6, unique=True),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.tuples(STEPS, STEPS, st.sampled_from([-500.0, 0, 0, 1, 500])), min_size=1, max_size=40),
    st.sampled_from([1 / 32, 0.3, 1.0]),
    st.booleans(),
)
def test_a_walk_finds_what_its_points_find_alone_and_shapely_finds(rings, steps, cell_deg, ceiling_agl):
    """Steps from nothing to several cells, from corners along and across edges and limits."""
    geometries = shapely.MultiPoint(rings[0]).convex_hull.buffer(0), *map(shapely.Polygon, rings[1:])
    geometries = np.array([shapely.buffer(shapely.make_valid(g), 0) for g in geometries], object)
    x, y, up = np.array(steps).T
    lon, lat, alt = rings[0][0][0] + np.cumsum(x), rings[0][0][1] + np.cumsum(y), 500 + np.cumsum(up)
    lat = np.clip(lat, -80, 80)
    elevation = np.full(lat.size, 100.0)
    number = np.arange(len(geometries))
    floor, ceiling = 500.0 * number, 500.0 * number + 500
    agl = np.full(number.size, ceiling_agl)
    index = index_of(geometries, cell_deg, Limits(floor, ceiling, np.zeros(number.size, bool), agl))
    found = index.first(lat, lon, alt, elevation)
    columns = zip(*(np.split(column, lat.size) for column in (lat, lon, alt, elevation)), strict=True)
    assert found.tolist() == [int(index.first(*one)[0]) for one in columns]
    above = np.maximum(alt, 0)
    within = (above >= floor[:, None]) & (above - 100 * ceiling_agl <= ceiling[:, None])
    holds = within & [shapely.intersects_xy(geometry, lon, lat) for geometry in geometries]
    assert found.tolist() == np.where(holds.any(0), holds.argmax(0), -1).tolist()


def test_nearly_flat_and_far_apart_corners():
    """Edges that cross hundreds of cells within a hair of a row's side."""
    draw = np.random.default_rng(8)
    heights = 10 + 10.0 ** draw.uniform(-15, -3, 40) * draw.choice((-1, 1), 40)
    flat = shapely.Polygon([*zip(np.linspace(-60, 60, 40), heights, strict=True), (0, -30)])
    geometries = np.array([shapely.make_valid(flat), shapely.box(-50, 10, 50, 12)], object)
    lon, lat = draw.uniform(-61, 61, 20000), 10 + 10.0 ** draw.uniform(-16, -1, 20000)
    lat[::2] = 20 - lat[::2]
    for cell_deg in (1 / 32, 0.1):
        np.testing.assert_array_equal(
            index_of(geometries, cell_deg).first(lat, lon), plain_first(geometries, lat, lon)
        )


def test_a_polygon_beyond_the_antimeridian_counts_on_both_sides():
    geometries = np.array([shapely.box(178, 50, 183, 55), shapely.box(-183, -5, -179, 0)], object)
    lat = np.array([52.0, 52, 52, 52, -1, -1, -1])
    lon = np.array([179.0, -178, -176.9, 177.9, 178, -179.5, 176.9])
    found = index_of(geometries, 0.5).first(lat, lon)
    np.testing.assert_array_equal(found, [0, 0, -1, -1, 1, 1, -1])


def test_the_antimeridian_itself_is_on_both_sides():
    """Polygons that end at 180 on one side, as volumes and lands that were cut there do."""
    geometries = np.array([shapely.box(-180, 0, -179, 1), shapely.box(179, 0, 180, 2)], object)
    lat = np.array([0.5, 0.5, 1.5, 1.5, 3, 0.5, 0.5])
    lon = np.array([180.0, -180, 180, -180, 180, 179.5, -179.5])
    assert index_of(geometries, 0.5).first(lat, lon).tolist() == [0, 0, 1, 1, -1, 1, 0]


def test_limits_choose_among_polygons():
    """The limits of the first polygon are above ground, and no altitude is within no limit."""
    box = shapely.box(0, 0, 1, 1)
    above_ground = np.array([True, False])
    limits = Limits(np.array([10.0, -np.inf]), np.array([20.0, 5.0]), above_ground, above_ground)
    index = index_of(np.array([box, box], object), 1 / 4, limits)
    alt, height = np.array([3.0, 3, 5, 6, 3, np.nan]), np.array([10.0, 20.5, 9.5, 9.5, np.nan, 15])
    for lat in (0.5, 1.0):  # well inside, and on the boundary, where shapely decides
        assert index.first(np.full(6, lat), np.full(6, 0.4), alt, alt - height).tolist() == [
            0,
            1,
            1,
            -1,
            1,
            -1,
        ]


def test_polygons_within_collections_count_and_lines_do_not():
    several = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
    mixed = shapely.GeometryCollection([several, shapely.LineString([(5, 0), (6, 0)])])
    index = index_of(np.array([mixed], object), 0.5)
    assert index.first(np.array([0.5, 0.5, 0.0]), np.array([0.5, 2.5, 5.5])).tolist() == [0, 0, -1]


def test_no_points_and_no_polygons():
    none = np.empty(0)
    assert index_of(np.array([shapely.box(0, 0, 1, 1)], object), 1.0).first(none, none).size == 0
    assert index_of(np.empty(0, object), 1.0).first(np.zeros(2), np.zeros(2)).tolist() == [-1, -1]
    empty = np.array([shapely.Polygon(), shapely.box(0, 0, 1, 1)], object)
    assert index_of(empty, 1.0).first(np.zeros(1), np.zeros(1)).tolist() == [1]
