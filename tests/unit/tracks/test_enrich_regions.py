"""Regions and the sea off them, against plain shapely and pyproj's azimuthal distances."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pyogrio.raw
import pyproj
import pytest
import shapely

from data_schemas.config.enrich import EnrichSettings
from data_schemas.errors import InputError
from tracks.enrich import Enrichment
from tracks.enrich.nearest import NearestOutline
from tracks.enrich.regions import Regions

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "natural-earth"
STATES = SHARED / "ne_50m_admin_1_states_provinces.geojson.gz"
RADIUS_NM = 10800 / math.pi


def division(country, code, gn_id, west, south, east, north):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"iso_a2": country, "iso_3166_2": code, "gn_id": gn_id},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


DIVISIONS = [
    division("US", "US-TX", 4736286, -100, 0, -99, 10),
    division("US", "US-HI", 5855797, -97, 0, -96, 10),
    division("CA", "CA-BC", 5909050, -100, 10, -99, 12),
    division("MX", "MX-SON", None, -101, 0, -100, 10),
    division("PR", "PR-X01~", -99, -90, 0, -89, 1),
    division("VI", "VI-X02~", 7267902, -89, 0, -88, 1),
    division("US", "US-GU", 4043988, 144, 13, 145, 14),
]


def write(path, features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


def regions(path, points, **settings):
    lat, lon = np.array(points, float).T
    found = Enrichment.load(EnrichSettings(region_file=path, **settings)).regions(lat, lon)
    return [values.tolist() for values in found]


def test_domain_and_id_of_land(tmp_path):
    points = [(5, -99.5), (5, -96.5), (11, -99.5), (5, -100.5), (0.5, -89.5), (0.5, -88.5), (13.5, 144.5)]
    domain, geoname_id = regions(write(tmp_path / "admin.geojson", DIVISIONS), points)
    assert domain == [1, 2, 5, 0, 2, 2, 0]
    assert geoname_id == [4736286, 5855797, 5909050, 0, 0, 7267902, 4043988]


def test_a_border_belongs_to_the_division_listed_first(tmp_path):
    points = [(10, -99.5), (5, -100), (0, -89)]
    assert regions(write(tmp_path / "admin.geojson", DIVISIONS), points)[0] == [1, 1, 2]
    backwards = write(tmp_path / "backwards.geojson", DIVISIONS[::-1])
    assert regions(backwards, points)[1] == [5909050, 0, 7267902]


def test_the_nearer_land_wins_at_sea(tmp_path):
    """Texas ends at 99 W and Hawaii begins at 97 W: 2 degrees of sea, 60 NM a degree on the equator."""
    path = write(tmp_path / "admin.geojson", DIVISIONS)
    points = [(0.0, lon) for lon in (-98.9, -98.002, -98.000001, -97.999999, -97.1)]
    assert regions(path, points)[0] == [3, 3, 3, 4, 4]
    assert regions(path, points, offshore_nm=59.9)[0] == [3, 3, 0, 0, 4]
    assert regions(path, points, offshore_nm=5)[0] == [0] * 5
    assert regions(path, points, offshore_nm=0)[0] == [0] * 5
    assert regions(path, points)[1] == [0] * 5


def test_the_reach_ends_where_it_says(tmp_path):
    path = write(tmp_path / "admin.geojson", DIVISIONS)
    south = [(-1 + 1e-6, -99.5), (-1 - 1e-6, -99.5), (-0.5, -96.5), (40, 30)]
    assert regions(path, south)[0] == [3, 0, 4, 0]


def test_no_land_of_either_kind(tmp_path):
    path = write(tmp_path / "admin.geojson", DIVISIONS[2:4])
    assert regions(path, [(11, -99.5), (12.1, -99.5)])[0] == [5, 0]


def test_a_missing_property_and_a_missing_file_are_named(tmp_path):
    features = json.loads(json.dumps(DIVISIONS))
    for feature in features:
        del feature["properties"]["gn_id"]
    path = write(tmp_path / "admin.geojson", features)
    with pytest.raises(InputError, match=r"enrich\.region_file: .*: has no property 'gn_id'"):
        Regions.read(path, 60)
    with pytest.raises(InputError, match=r"enrich\.region_file: .*absent\.geojson: cannot be read"):
        Regions.read(str(tmp_path / "absent.geojson"), 60)


def distance_nm(polygons, lat, lon):
    """In the azimuthal equidistant projection of the sphere about a point, distances from it are true."""
    fine = shapely.segmentize(shapely.boundary(shapely.union_all(polygons)), 0.01)
    to_plane = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=aeqd +R={RADIUS_NM!r} +lat_0={float(lat)!r} +lon_0={float(lon)!r}"
    )
    flat = shapely.transform(fine, lambda c: np.column_stack(to_plane.transform(c[:, 0], c[:, 1])))
    return shapely.distance(flat, shapely.Point(0, 0))


@pytest.mark.parametrize(
    "points",
    [
        [(30.0, -179.0), (30.0, 178.5), (31.5, -177.0), (28.7, 179.99)],
        [(88.0, 0.0), (89.9, 170.0), (84.5, 40.0), (86.0, -90.0)],
    ],
)
def test_distances_across_the_antimeridian_and_near_the_pole(points):
    lands = [
        np.array([shapely.box(179.5, 29, 180, 31), shapely.box(-180, 29, -179.8, 31)], object),
        np.array([shapely.box(20, 80, 60, 84)], object),
    ]
    lat, lon = np.array(points).T
    for row, (at_lat, at_lon) in enumerate(points):
        distances = [distance_nm(polygons, at_lat, at_lon) for polygons in lands]
        nearest, other = sorted(distances)
        label = int(np.argmin(distances))
        assert other - nearest > 0.01
        for within_nm, expected in ((nearest + 0.002, label), (nearest - 0.002, -1), (other * 1.5, label)):
            outlines = NearestOutline(np.concatenate(lands), np.repeat([0, 1], [2, 1]), within_nm)
            assert outlines.label(lat[row : row + 1], lon[row : row + 1]).tolist() == [expected]


def test_consecutive_points_have_the_labels_of_single_ones():
    """Shortcuts along a track: slow walks about three islands, near each other, the reach and the seam."""
    draw = np.random.default_rng(4)
    islands = np.array(
        [shapely.box(179, 0, 180, 1), shapely.box(-179.6, 0, -179, 1), shapely.box(179, 2, 180, 3)]
    )
    outlines = NearestOutline(islands, np.array([2, 0, 1]), 45.0)
    lat, lon = 1 + np.cumsum(draw.normal(0, 0.03, (2, 20000)), axis=1)
    lat, lon = 3 * np.sin(lat), (179.8 + 3 * np.sin(lon) + 180) % 360 - 180
    mixed = draw.permutation(lat.size)
    found = outlines.label(lat, lon)
    np.testing.assert_array_equal(outlines.label(lat[mixed], lon[mixed]), found[mixed])
    assert np.unique(found, return_counts=True)[1].min() > 1000
    for point in draw.integers(0, lat.size, 60):
        distances = [distance_nm([islands[at]], lat[point], lon[point]) for at in (1, 2, 0)]
        if shapely.intersects_xy(islands, lon[point], lat[point]).any() or abs(min(distances) - 45) < 0.01:
            continue
        assert found[point] == (int(np.argmin(distances)) if min(distances) < 45 else -1)


def test_no_outline_is_near_nothing():
    outlines = NearestOutline(np.empty(0, object), np.empty(0, np.int64), 60.0)
    assert outlines.label(np.zeros(2), np.zeros(2)).tolist() == [-1, -1]


def land_file(path, *boxes):
    shapes = [shapely.box(*box) for box in boxes]
    features = [{"type": "Feature", "properties": {}, "geometry": s.__geo_interface__} for s in shapes]
    return write(path, features)


def test_land_in_no_division_belongs_to_the_nearest_within_the_gap(tmp_path):
    """Texas and Sonora end at 10 N and 0 N. A degree of latitude is 60 NM."""
    land = land_file(tmp_path / "land.geojson", (-101, -0.5, -99, 9.9), (-98.9, 0, -98.8, 10))
    path = write(tmp_path / "admin.geojson", [DIVISIONS[0], DIVISIONS[3]])
    points = [(-0.08, -99.5), (-0.09, -99.5), (-0.08, -100.5), (9.95, -99.5), (-0.6, -99.5), (0.1, -98.85)]
    points += [(-0.02, -100.0001), (-0.02, -99.9999)]
    domain, geoname_id = regions(path, points, land_file=land)
    assert domain == [1, 0, 0, 1, 3, 0, 0, 1]
    assert geoname_id == [4736286, 0, 0, 4736286, 0, 0, 0, 4736286]
    assert regions(path, points, land_file=land, land_gap_nm=0)[0] == [0, 0, 0, 1, 3, 0, 0, 0]
    assert regions(path, points, land_file=land, land_gap_nm=10)[0] == [1, 1, 0, 1, 3, 1, 0, 1]
    assert regions(path, points)[0] == [3, 3, 3, 1, 3, 3, 3, 3]


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    if not STATES.is_file():
        pytest.skip("the shared states and provinces are not here")
    text = gzip.decompress(STATES.read_bytes()).decode()
    file = tmp_path_factory.mktemp("states") / "admin.geojson"
    file.write_text(text)
    features = json.loads(text)["features"]
    shapes = [shapely.make_valid(shapely.geometry.shape(f["geometry"])) for f in features]
    return str(file), [f["properties"] for f in features], np.array(shapes, object)


def facts(properties):
    """G and id of each division, and of none."""
    of_country = {"CA": 5, "US": 1}
    domains = [2 if p["iso_3166_2"] == "US-HI" else of_country.get(p["iso_a2"], 0) for p in properties]
    return np.array([*domains, 0]), np.array([*(max(p["gn_id"], 0) for p in properties), 0])


def first_division(shapes, lat, lon):
    """Index of the first division that holds each point, -1 where none does."""
    shapely.prepare(shapes)
    found, tree = np.full(lat.size, len(shapes)), shapely.STRtree(shapes)
    seam = np.flatnonzero(np.abs(lon) == 180)
    for at, east in ((np.arange(lon.size), lon), (seam, -lon[seam])):
        point, shape = tree.query(shapely.points(east, lat[at]))
        holds = shapely.intersects_xy(shapes[shape], east[point], lat[at[point]])
        np.minimum.at(found, at[point[holds]], shape[holds])
    return np.where(found < len(shapes), found, -1)


def test_states_and_provinces_point_by_point(states, at_edges):
    """A point at each of 33,000 edges and 10^5 anywhere."""
    path, properties, shapes = states
    draw = np.random.default_rng(6)
    anywhere = draw.uniform((-180, 15), (-50, 75), (100_000, 2))
    lon, lat = np.clip(np.vstack([at_edges(draw, shapes), anywhere]), (-180, -90), (180, 90)).T
    domain, geoname_id = regions(path, np.column_stack([lat, lon]), offshore_nm=0)
    domains, ids = facts(properties)
    witness = first_division(shapes, lat, lon)
    np.testing.assert_array_equal(geoname_id, ids[witness])
    np.testing.assert_array_equal(domain, domains[witness])


def test_sea_and_land_off_the_states_point_by_point(states):
    """Both coasts, Hawaii, the end of the Aleutians: true distances decide what is in no division."""
    land_zip = SHARED / "ne_10m_land.zip"
    if not land_zip.is_file():
        pytest.skip("the shared land polygons are not here")
    path, properties, shapes = states
    domains, ids = facts(properties)
    draw = np.random.default_rng(7)
    boxes = [(-82, 24, -64, 47), (-162, 17, -153, 24), (170, 50, 190, 55), (-125, 31, -114, 40)]
    at = np.vstack([draw.uniform((w, s), (e, n), (30, 2)) for w, s, e, n in boxes])
    # Many of the points around the ends of land in no division, which are few.
    corners = shapely.get_coordinates(shapes[domains[:-1] == 1])
    near = corners[draw.integers(0, len(corners), 20_000)] + draw.normal(0, 0.05, (20_000, 2))
    land = shapely.get_parts(shapely.from_wkb(pyogrio.raw.read(land_zip)[2]))
    ashore = first_division(land, near[:, 1], near[:, 0]) >= 0
    at = np.vstack([at, near[ashore & (first_division(shapes, near[:, 1], near[:, 0]) < 0)][:40]])
    lon, lat = (at[:, 0] + 180) % 360 - 180, at[:, 1]
    domain, geoname_id = regions(path, np.column_stack([lat, lon]), land_file=str(land_zip), land_gap_nm=3)
    ashore, divided = first_division(land, lat, lon) >= 0, first_division(shapes, lat, lon) >= 0
    kinds = set()
    for point in np.flatnonzero(~divided):
        # Only what is within 8 degrees, for speed; all of it where 180 degrees is near.
        here = shapely.Point(lon[point], lat[point])
        (close,) = np.nonzero(shapely.dwithin(shapes, here, 8 if abs(lon[point]) < 165 else 400))
        if ashore[point]:
            close = close[shapely.dwithin(shapes[close], here, 0.5)]  # 9 NM at 73 degrees north
            near = {at: distance_nm([shapes[at]], lat[point], lon[point]) for at in close} or {-1: np.inf}
            nearest = min(near, key=near.get)
            if abs(near[nearest] - 3) > 0.01:
                nearest = nearest if near[nearest] < 3 else -1
                assert (domain[point], geoname_id[point]) == (domains[nearest], ids[nearest])
                kinds.add(("land", nearest >= 0))
            continue
        near = [distance_nm(shapes[close[domains[close] == g]], lat[point], lon[point]) for g in (1, 2)]
        near = [d if np.isfinite(d) else np.inf for d in near]
        if abs(min(near) - 60) > 0.01:
            expected = 0 if min(near) > 60 else 3 + int(np.argmin(near))
            assert domain[point] == expected, (lat[point], lon[point], near)
            kinds.add(("sea", expected))
    assert kinds == {("land", True), ("land", False), ("sea", 0), ("sea", 3), ("sea", 4)}
