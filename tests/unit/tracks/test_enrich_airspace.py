"""Airspace class, against plain shapely volume by volume, on cases by hand and on the FAA's airspace."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from data_schemas.config.enrich import EnrichSettings
from data_schemas.errors import InputError
from tracks.enrich import Enrichment
from tracks.enrich.airspace import Airspace
from tracks.enrich.volumes import Volumes

FAA = Path(__file__).parents[3].parent / "shared" / "data" / "faa-class-bcd-airspace"
CODES = {"B": 1, "C": 2, "D": 3}


def volume(name, floor, ceiling, *loops):
    return {
        "type": "Feature",
        "properties": {"CLASS": name, "floor_ft_msl": floor, "ceiling_ft_msl": ceiling},
        "geometry": {"type": "Polygon", "coordinates": [list(map(list, loop)) for loop in loops]},
    }


def square(west, south, east, north):
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def write(path, features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


@pytest.fixture
def three(tmp_path):
    """B over C over D, all around (0.5, 0.5), with a class E field beside; a hole in B."""
    hole = square(1.4, 1.4, 1.6, 1.6)
    return write(
        tmp_path / "airspace.geojson",
        [
            volume("B", 0, 10000, square(-2, -2, 3, 3), hole),
            volume("C", 1200, 4000, square(0, 0, 1, 1)),
            volume("D", 0, 2500, square(0.5, 0, 1, 1)),
            volume("E", None, "FL180", square(8, 8, 9, 9)),
        ],
    )


def classes(path, points, precedence=("D", "C", "B")):
    lat, lon, alt = np.array(points, float).T
    settings = EnrichSettings(airspace_files=(path,), airspace_precedence=precedence)
    return Enrichment.load(settings).airspace(lat, lon, alt, np.zeros(lat.size)).tolist()


def test_floors_ceilings_and_outlines_belong_to_the_volume(three):
    points = [
        (0.25, 0.25, 1199.999),
        (0.25, 0.25, 1200),
        (0.25, 0.25, 4000),
        (0.25, 0.25, 4000.001),
        (0.75, 0.75, 2500),
        (0.75, 0.75, 2500.001),
        (1, 1, 2500),
        (0, 0.2, 3000),
        (3, 3, 10000),
        (3.0000001, 3, 10000),
        (0, 0, 10000.001),
    ]
    assert classes(three, points) == [1, 2, 2, 1, 3, 2, 3, 2, 1, 4, 4]


def test_altitudes_below_zero_count_as_zero_and_missing_ones_are_other(three):
    assert classes(three, [(0.75, 0.75, -115), (-1, -1, -0.5), (0.75, 0.75, np.nan)]) == [3, 1, 4]


def test_a_hole_is_outside_and_its_edge_inside(three):
    assert classes(three, [(1.5, 1.5, 5000), (1.4, 1.5, 5000), (8.5, 8.5, 5000)]) == [4, 1, 4]


def test_precedence_decides_where_volumes_overlap(three):
    point = [(0.75, 0.75, 2000)]
    assert [classes(three, point, tuple(order)) for order in ("DCB", "CDB", "BCD")] == [[3], [2], [1]]


def test_an_incomplete_precedence_is_refused(three):
    with pytest.raises(InputError, match=r"enrich\.airspace_precedence: must name B, C and D once each"):
        classes(three, [(0, 0, 0)], ("D", "D", "B"))


@pytest.fixture(scope="module")
def faa(tmp_path_factory):
    if not FAA.is_dir():
        pytest.skip("the shared FAA airspace is not here")
    features = []
    for name, letter in (("bravo", "B"), ("charlie", "C"), ("delta", "D")):
        areas = json.loads(gzip.decompress((FAA / f"{name}-airspace.json.gz").read_bytes()))
        for volumes in areas.values():
            features += [volume(letter, v["Bottom"], v["Top"], *v["Loops"]) for v in volumes]
    return write(tmp_path_factory.mktemp("faa") / "faa.geojson", features), features


def test_faa_airspace_point_by_point(faa, at_edges):
    """A point at each of 317,000 edges, at or next to a floor or ceiling; corners of cells; 10^5 anywhere."""
    path, features = faa
    outlines = np.array([shapely.make_valid(shapely.geometry.shape(f["geometry"])) for f in features], object)
    limits = np.array([[f["properties"][k] for k in ("floor_ft_msl", "ceiling_ft_msl")] for f in features])
    draw = np.random.default_rng(3)
    near = at_edges(draw, outlines)
    volume_of = np.repeat(np.arange(len(outlines)), shapely.get_num_coordinates(outlines))
    limit = limits[volume_of, draw.integers(0, 2, len(near))].astype(float)
    limit = np.choose(
        draw.integers(0, 3, len(near)), (np.nextafter(limit, -1e9), limit, np.nextafter(limit, 1e9))
    )
    alt = np.where(draw.random(len(near)) < 0.5, limit, draw.uniform(-100, 8000, len(near)))
    anywhere = np.column_stack([draw.uniform(-125, -66, 100_000), draw.uniform(24, 50, 100_000)])
    lon, lat = np.vstack([near, np.round(near[::10] * 32) / 32, anywhere]).T
    alt = np.concatenate([alt, alt[::10], draw.uniform(-100, 8000, 100_000)])
    south_first = np.argsort(lat)
    lat, lon, alt = lat[south_first], lon[south_first], alt[south_first]

    witness = np.full(lat.size, 4)
    shapely.prepare(outlines)
    for letter in "BCD":  # D last, so that it wins
        for outline, (floor, ceiling), feature in zip(outlines, limits, features, strict=True):
            if feature["properties"]["CLASS"] == letter:
                west, south, east, north = outline.bounds
                at = np.arange(np.searchsorted(lat, south), np.searchsorted(lat, north, "right"))
                height = np.maximum(alt[at], 0)
                at = at[(lon[at] >= west) & (lon[at] <= east) & (height >= floor) & (height <= ceiling)]
                witness[at[shapely.intersects_xy(outline, lon[at], lat[at])]] = CODES[letter]
    assert all((witness == code).sum() > 5000 for code in (1, 2, 3, 4))
    enrichment = Enrichment.load(EnrichSettings(airspace_files=(path,)))
    np.testing.assert_array_equal(enrichment.airspace(lat, lon, alt, np.zeros(lat.size)), witness)


def above_ground(**changes):
    """Class D over all ground to 2500 ft above it, and class C from 700 ft above ground to 4000 ft MSL."""
    boxes = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 2, 2)], object)
    columns = {
        "outlines": boxes,
        "codes": np.array([3, 2], np.int8),
        "floor_ft": np.array([-np.inf, 700]),
        "ceiling_ft": np.array([2500.0, 4000]),
        "floor_agl": np.array([False, True]),
        "ceiling_agl": np.array([True, False]),
        "names": ("DELTA", "CHARLIE"),
    }
    return Volumes(**columns | changes)


def test_limits_above_ground_count_from_the_elevation_of_the_point():
    airspace = Airspace(above_ground(), ("C", "B", "D"))
    cases = [  # longitude, altitude, elevation, A
        (0.5, 2500, 0, 3),
        (0.5, 2500.01, 0, 4),
        (0.5, 2500.01, 0.01, 3),
        (0.5, 7499, 5000, 3),
        (0.5, 7501, 5000, 4),
        (0.5, 4000, 5000, 3),  # below ground by the altimeter: the floor is the surface
        (1.5, 3699, 3000, 3),
        (1.5, 3700, 3000, 2),
        (1.5, 4000, 3300, 2),
        (1.5, 4000.01, 3300, 3),
        (1.5, -50, -282, 3),  # altitudes below 0 count as 0
        (1.5, -50, -800, 2),
        (1.5, 3000, np.nan, 4),
        (1.5, np.nan, 0, 4),
        (1.0, 3700, 3000, 2),
    ]
    lon, alt, elevation, expected = np.array(cases, float).T
    assert airspace.classify(np.ones(lon.size), lon, alt, elevation).tolist() == expected.tolist()


def test_a_volume_without_limits_above_ground_needs_no_elevation():
    none = np.zeros(2, bool)
    airspace = Airspace(above_ground(floor_agl=none, ceiling_agl=none), ("D", "C", "B"))
    found = airspace.classify(np.ones(3), np.full(3, 1.5), np.array([600.0, 2600, 5000]), np.full(3, np.nan))
    assert found.tolist() == [3, 2, 4]


def test_limits_above_ground_without_terrain_are_refused(tmp_path):
    feature = volume("D", 0, 2500, square(0, 0, 1, 1))
    feature["properties"] = {
        "NAME": "SOMEWHERE",
        "CLASS": "D",
        "LOWER_VAL": 700,
        "LOWER_UOM": "FT",
        "LOWER_CODE": "SFC",
        "UPPER_VAL": 2500,
        "UPPER_UOM": "FT",
        "UPPER_CODE": "MSL",
        "UPPER_DESC": "TI",
    }
    path = write(tmp_path / "agl.geojson", [feature])
    with pytest.raises(
        InputError, match=r"enrich\.airspace_files: 1 volumes? .*above ground.*SOMEWHERE"
    ) as told:
        Enrichment.load(EnrichSettings(airspace_files=(path,)))
    assert "enrich.elevation_grids" in str(told.value)
    terrain = EnrichSettings(airspace_files=(path,), elevation_grids=("package:topo_5arcmin_demo_usa.tif",))
    assert not any("airspace" in line for line in Enrichment.load(terrain).absent())
