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


def test_faa_airspace_point_by_point(faa):
    """Random points, points within a few feet of outlines, corners themselves, at floors and ceilings."""
    path, features = faa
    outlines = [shapely.make_valid(shapely.geometry.shape(f["geometry"])) for f in features]
    floors, ceilings = np.array(
        [[f["properties"]["floor_ft_msl"], f["properties"]["ceiling_ft_msl"]] for f in features], float
    ).T
    draw = np.random.default_rng(3)
    corners = shapely.get_coordinates(np.array(outlines, object))
    near = corners[draw.integers(0, len(corners), 12000)]
    near[2000:7000] += draw.normal(0, 1e-5, (5000, 2))
    near[7000:] += draw.normal(0, 0.05, (5000, 2))
    anywhere = np.column_stack([draw.uniform(-125, -66, 8000), draw.uniform(24, 50, 8000)])
    lon, lat = np.vstack([near, anywhere]).T
    alt = np.where(
        draw.random(lat.size) < 0.5,
        draw.uniform(-100, 12000, lat.size),
        draw.choice(np.concatenate([floors, ceilings]), lat.size),
    )
    witness = np.full(lat.size, 4)
    points = shapely.points(lon, lat)
    for wanted in "BCD":  # D last, so that it wins
        for outline, floor, ceiling, feature in zip(outlines, floors, ceilings, features, strict=True):
            if feature["properties"]["CLASS"] == wanted:
                height = np.maximum(alt, 0)
                (at,) = np.nonzero((height >= floor) & (height <= ceiling))
                west, south, east, north = outline.bounds
                at = at[(lon[at] >= west) & (lon[at] <= east) & (lat[at] >= south) & (lat[at] <= north)]
                witness[at[shapely.covers(outline, points[at])]] = CODES[wanted]
    assert all((witness == code).sum() > 300 for code in (1, 2, 3, 4))
    enrichment = Enrichment.load(EnrichSettings(airspace_files=(path,)))
    np.testing.assert_array_equal(enrichment.airspace(lat, lon, alt, np.zeros(lat.size)), witness)
