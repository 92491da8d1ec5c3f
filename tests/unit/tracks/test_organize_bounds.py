import json
import os

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.config import OrganizeSettings
from data_schemas.errors import InputError
from tracks.organize.bounds import within_area, within_bounds, within_box

LONGITUDES = st.floats(-180, 180) | st.sampled_from([-180.0, -10.0, 0.0, 20.0, 170.0, 180.0])
LATITUDES = st.floats(-90, 90) | st.sampled_from([-90.0, 10.0, 50.0, 90.0])


def box(lat, lon, west, south, east, north):
    return within_box(np.array([lat]), np.array([lon]), (west, south, east, north))[0]


@pytest.mark.parametrize(
    ("lat", "lon", "inside"),
    [
        (10, -10, True),
        (50, 20, True),
        (30, 5, True),
        (9.999, 0, False),
        (50.001, 0, False),
        (30, 20.001, False),
    ],
)
def test_edges_of_a_box_are_in_it(lat, lon, inside):
    assert box(lat, lon, -10, 10, 20, 50) == inside


@pytest.mark.parametrize(
    ("lon", "inside"),
    [
        (170, True),
        (179, True),
        (180, True),
        (-180, True),
        (-170, True),
        (-169.9, False),
        (0, False),
        (169.9, False),
    ],
)
def test_box_whose_west_exceeds_its_east_spans_the_antimeridian(lon, inside):
    assert box(0, lon, 170, -10, -170, 10) == inside


def test_both_names_of_the_antimeridian_are_one():
    assert box(0, 180, -180, -10, -170, 10)
    assert box(0, -180, 170, -10, 180, 10)
    assert not box(0, 180, -170, -10, 170, 10)


@settings(deadline=None)
@given(
    LATITUDES,
    LONGITUDES,
    st.lists(LONGITUDES, min_size=2, max_size=2),
    st.lists(LATITUDES, min_size=2, max_size=2),
)
def test_box_agrees_with_shapely(lat, lon, edges, heights):
    (west, east), (south, north) = edges, sorted(heights)
    parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    inside = any(
        shapely.box(a, south, b, north).intersects(shapely.Point(x, lat))
        if a < b and south < north
        else a <= x <= b and south <= lat <= north
        for a, b in parts
        for x in ({lon, -lon} if abs(lon) == 180 else {lon})
    )
    assert box(lat, lon, west, south, east, north) == inside


@settings(deadline=None)
@given(st.lists(st.tuples(LATITUDES, LONGITUDES), max_size=20))
def test_area_agrees_with_shapely_point_by_point(points):
    area = shapely.Polygon(
        [(-10, 10), (20, 0), (20, 50), (0, 30), (-10, 50)], [[(5, 12), (15, 12), (15, 20)]]
    )
    lat, lon = (np.array([p[i] for p in points], float) for i in (0, 1))
    expected = [area.intersects(shapely.Point(x, y)) for y, x in points]
    assert within_area(lat, lon, area).tolist() == expected


def test_area_past_the_antimeridian():
    lon = np.array([170.0, 175, 180, -180, -175, -170, -169.9, 169.9, 0])
    for area in (shapely.box(170, -10, 190, 10), shapely.box(-190, -10, -170, 10)):
        assert within_area(np.zeros(9), lon, area).tolist() == [True] * 6 + [False] * 3


def geojson(path, geometry):
    path.write_text(json.dumps(geometry))
    return OrganizeSettings(bounds_polygon=str(path))


SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}
FAR = {"type": "MultiPolygon", "coordinates": [[[[9, 9], [10, 9], [10, 10], [9, 9]]]]}
POINTS = np.array([1.0, 2.0, 9.1, 5.0]), np.array([1.0, 2.0, 9.5, 5.0])


@pytest.mark.parametrize(
    ("tree", "inside"),
    [
        (SQUARE, [True, True, False, False]),
        ({"type": "Feature", "geometry": FAR, "properties": {}}, [False, False, True, False]),
        (
            {
                "type": "FeatureCollection",
                "features": [
                    {"type": "Feature", "geometry": {"type": "GeometryCollection", "geometries": [SQUARE]}},
                    {"type": "Feature", "geometry": FAR},
                    {"type": "Feature", "geometry": None},
                ],
            },
            [True, True, True, False],
        ),
    ],
)
def test_polygons_of_a_file_count_together(tmp_path, tree, inside):
    assert within_bounds(*POINTS, geojson(tmp_path / "b.geojson", tree)).tolist() == inside


def test_changed_file_is_read_again(tmp_path):
    file = tmp_path / "b.geojson"
    assert within_bounds(*POINTS, geojson(file, SQUARE)).sum() == 2
    other = geojson(file, FAR)
    os.utime(file, ns=(1, 1))
    assert within_bounds(*POINTS, other).sum() == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a GeoJSON file"),
        ("[]", "found list"),
        ('{"type": "FeatureCollection", "features": []}', "holds no polygon"),
        ('{"type": "Point", "coordinates": [0, 0]}', "found Point"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}', "without proper coordinates"),
        ('{"type": "Polygon"}', "without proper coordinates"),
        (
            '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}',
            "Self-intersection",
        ),
        ('{"type": "Polygon", "coordinates": []}', "it is empty"),
    ],
)
def test_files_without_proper_polygons_are_refused(tmp_path, text, said):
    file = tmp_path / "b.geojson"
    file.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        within_bounds(*POINTS, OrganizeSettings(bounds_polygon=str(file)))
    assert caught.value.where == str(file)


def test_missing_file_is_refused_and_no_bounds_are_no_mask(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        within_bounds(*POINTS, OrganizeSettings(bounds_polygon=str(tmp_path / "none.geojson")))
    assert within_bounds(*POINTS, OrganizeSettings()) is None
