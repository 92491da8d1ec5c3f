"""Tables of airspace volumes in the FAA's, openAIP's and the plain layout, against the numbers written."""

import gzip
import json
import math
import zipfile
from pathlib import Path

import numpy as np
import pyogrio.raw
import pyproj
import pytest
import rasterio
import shapely

from data_schemas.errors import InputError
from data_schemas.packaged import resolve
from tracks.enrich.volumes import read_volumes

SHARED = Path(__file__).parents[4].parent / "shared" / "data" / "faa-class-bcd-airspace"
GEOD = pyproj.Geod(ellps="WGS84")
SQUARE = shapely.box(-120, 35, -119, 36)


def features(path, rows, outlines=None):
    outlines = outlines or [SQUARE] * len(rows)
    made = [
        {"type": "Feature", "properties": row, "geometry": outline and shapely.geometry.mapping(outline)}
        for row, outline in zip(rows, outlines, strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": made}))
    return str(path)


def faa(letter="B", **changed):
    row = {
        "NAME": "HERE",
        "CLASS": letter,
        "LOCAL_TYPE": f"CLASS_{letter}",
        "LOWER_VAL": 1200,
        "LOWER_UOM": "FT",
    }
    row |= {
        "LOWER_CODE": "MSL",
        "UPPER_DESC": "TI",
        "UPPER_VAL": 4000,
        "UPPER_UOM": "FT",
        "UPPER_CODE": "MSL",
    }
    return row | changed


@pytest.mark.parametrize(
    ("changed", "floor", "ceiling"),
    [
        ({}, (1200, False), (4000, False)),
        ({"LOWER_VAL": 0, "LOWER_CODE": "SFC"}, (-math.inf, False), (4000, False)),
        ({"LOWER_VAL": 0, "LOWER_CODE": None}, (-math.inf, False), (4000, False)),
        ({"LOWER_VAL": 0}, (0, False), (4000, False)),
        ({"LOWER_VAL": "700", "LOWER_CODE": "SFC"}, (700, True), (4000, False)),
        ({"LOWER_CODE": "AGL", "UPPER_CODE": "AGL"}, (1200, True), (4000, True)),
        ({"LOWER_CODE": " ", "UPPER_CODE": ""}, (1200, False), (4000, False)),
        ({"UPPER_VAL": 180, "UPPER_UOM": "FL", "UPPER_CODE": "STD"}, (1200, False), (18000, False)),
        ({"UPPER_DESC": "TNI"}, (1200, False), (np.nextafter(4000, 0), False)),
        ({"UPPER_VAL": -9998, "UPPER_DESC": "AA"}, (1200, False), (np.nextafter(18000, 0), False)),
        ({"UPPER_VAL": None, "UPPER_CODE": "UNLTD"}, (1200, False), (math.inf, False)),
        ({"LOWER_UOM": None, "UPPER_UOM": "M", "UPPER_VAL": 609.6}, (1200, False), (2000.0, False)),
    ],
)
def test_limits_as_the_faa_gives_them(tmp_path, changed, floor, ceiling):
    volumes = read_volumes([features(tmp_path / "faa.geojson", [faa(**changed)])])
    assert (volumes.floor_ft[0], volumes.floor_agl[0]) == floor
    assert (volumes.ceiling_ft[0], volumes.ceiling_agl[0]) == ceiling
    assert (volumes.codes.tolist(), volumes.names) == ([1], ("HERE",))


def test_what_is_not_class_b_c_or_d_is_counted_and_its_limits_are_not_looked_at(tmp_path):
    rows = [
        faa("B"),
        faa("E", UPPER_VAL=-9998, LOCAL_TYPE="CLASS_E5"),
        faa("E", LOCAL_TYPE="CLASS_E2"),
        faa("B", LOCAL_TYPE="MODE C"),
        faa(None, LOCAL_TYPE="CLASS_D"),
        faa(None, LOCAL_TYPE=None),
        faa("C"),
    ]
    path = features(tmp_path / "faa.geojson", rows, [SQUARE] * 6 + [None])
    volumes = read_volumes([path])
    assert volumes.codes.tolist() == [1, 3]
    left = "2 E, 1 MODE C, 1 without class, 1 without polygon"
    assert volumes.notes == (f"airspace, {path}: volumes of class B, C and D: 2; not kept: {left}",)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"LOWER_VAL": None}, "feature 2 (HERE), LOWER_VAL: is None, expected a number"),
        ({"UPPER_VAL": "high"}, "feature 2 (HERE), UPPER_VAL: is 'high', expected a number"),
        ({"UPPER_VAL": -9998}, "feature 2 (HERE), UPPER_VAL: is -9998 (no value)"),
        ({"LOWER_VAL": -9998, "UPPER_DESC": "AA"}, "feature 2 (HERE), LOWER_VAL: is -9998"),
        ({"UPPER_CODE": "BYNOTAM"}, "feature 2 (HERE), UPPER_CODE: is 'BYNOTAM', expected MSL, SFC, AGL"),
        ({"LOWER_UOM": "SM"}, "feature 2 (HERE), LOWER_UOM: is 'SM', expected FT, FL or M"),
        ({"LOWER_VAL": 5000}, "feature 2 (HERE): has its ceiling (4000 ft) below its floor (5000 ft)"),
    ],
)
def test_limits_that_cannot_be_read_are_named(tmp_path, changed, message):
    path = features(tmp_path / "faa.geojson", [faa(), faa(**changed)])
    with pytest.raises(InputError) as caught:
        read_volumes([path])
    assert str(caught.value).startswith(f"enrich.airspace_files: {path}, {message}")
    assert "\n" not in str(caught.value)


def test_the_plain_layout(tmp_path):
    rows = [
        {"CLASS": "B", "floor_ft_msl": 0, "ceiling_ft_msl": 10000},
        {"CLASS": "d", "floor_ft_agl": 0, "ceiling_ft_agl": 2500, "name": "Low"},
        {"CLASS": "C", "floor_ft_agl": 1000, "ceiling_ft_msl": 9500.5},
        {"CLASS": "E", "floor_ft_msl": "SFC"},
    ]
    volumes = read_volumes([features(tmp_path / "plain.geojson", rows)])
    assert volumes.codes.tolist() == [1, 3, 2]
    assert volumes.floor_ft.tolist() == [0, -math.inf, 1000]
    assert volumes.floor_agl.tolist() == [False, False, True]
    assert volumes.ceiling_ft.tolist() == [10000, 2500, 9500.5]
    assert volumes.ceiling_agl.tolist() == [False, True, False]
    assert volumes.names == ("", "Low", "")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"CLASS": "B", "floor_ft_msl": "SFC", "ceiling_ft_msl": 1},
            "floor_ft_msl: is 'SFC', expected a number",
        ),
        (
            {"CLASS": "B", "floor_ft_msl": 0, "ceiling_ft_msl": None},
            "ceiling_ft_msl: is None, expected a number",
        ),
        (
            {"CLASS": "B", "floor_ft_msl": 0, "ceiling_ft_msl": True},
            "ceiling_ft_msl: is True, expected a number",
        ),
        (
            {"CLASS": "B", "floor_ft_msl": 0, "floor_ft_agl": 0, "ceiling_ft_msl": 1},
            "floor_ft_agl: is given as well as floor_ft_msl",
        ),
    ],
)
def test_plain_limits_that_cannot_be_read_are_named(tmp_path, row, message):
    path = features(tmp_path / "plain.geojson", [row])
    with pytest.raises(InputError) as caught:
        read_volumes([path])
    assert str(caught.value).startswith(f"enrich.airspace_files: {path}, feature 1, {message}")


def test_fields_of_no_known_layout_are_named(tmp_path):
    path = features(tmp_path / "other.geojson", [{"KIND": "B", "floor_ft_msl": 0}])
    with pytest.raises(InputError, match="has the fields KIND, floor_ft_msl, expected those of the FAA's"):
        read_volumes([path])
    path = features(tmp_path / "none.geojson", [{}])
    with pytest.raises(InputError, match="has the fields none, expected"):
        read_volumes([path])


def test_the_layout_of_openaip(tmp_path):
    def limit(value, unit, datum):
        return {"value": value, "unit": unit, "referenceDatum": datum}

    rows = [
        {"name": "CTR", "icaoClass": 3, "lowerLimit": limit(0, 1, 0), "upperLimit": limit(2500, 1, 1)},
        {"name": "TMA", "icaoClass": 2, "lowerLimit": limit(1000, 1, 0), "upperLimit": limit(95, 6, 2)},
        {"name": "TMA", "icaoClass": 1, "lowerLimit": limit(300, 0, 1), "upperLimit": limit(60, 6, 2)},
        {"name": "R", "icaoClass": 8, "lowerLimit": limit(0, 1, 0), "upperLimit": limit(9, 9, 9)},
        {"name": "A", "icaoClass": 0, "lowerLimit": limit(0, 1, 0), "upperLimit": limit(9, 9, 9)},
    ]
    path = features(tmp_path / "openaip.geojson", rows)
    volumes = read_volumes([path])
    assert volumes.codes.tolist() == [3, 2, 1]
    assert volumes.floor_ft.tolist() == [-math.inf, 1000, 300 / 0.3048]
    assert volumes.floor_agl.tolist() == [False, True, False]
    assert volumes.ceiling_ft.tolist() == [2500, 9500, 6000]
    assert volumes.notes[0].endswith("class B, C and D: 3; not kept: 1 A, 1 unclassified")
    rows[0]["upperLimit"] = limit(2500, 2, 1)
    with pytest.raises(InputError, match=r"feature 1 \(CTR\), upperLimit: is .*expected value, unit"):
        read_volumes([features(tmp_path / "openaip.geojson", rows)])


def test_files_one_after_the_other_and_both_gdals_in_one_process(tmp_path):
    """Polygons are read with pyogrio's GDAL and elevations with rasterio's."""
    first = features(tmp_path / "one.geojson", [faa("B"), faa("C")])
    second = features(tmp_path / "two.geojson", [faa("D")])
    with rasterio.open(resolve("package:topo_5arcmin_demo_usa.tif")) as grid:
        before = grid.read(1)
        assert read_volumes([first, second]).codes.tolist() == [1, 2, 3]
        np.testing.assert_array_equal(grid.read(1), before)
        assert grid.crs.is_geographic


def test_an_outline_that_crosses_itself_is_mended_and_told(tmp_path):
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    path = features(tmp_path / "bow.geojson", [faa("B")], [bow])
    volumes = read_volumes([path])
    assert volumes.outlines[0].area == pytest.approx(2)
    assert volumes.notes == (f"airspace, {path}: volumes of class B, C and D: 1; outlines mended: 1",)


def test_the_shipped_volumes_of_california():
    volumes = read_volumes(["package:class_bcd_california.geojson"])
    assert np.bincount(volumes.codes).tolist() == [0, 79, 39, 75]
    assert shapely.is_valid(volumes.outlines).all()
    assert shapely.intersects(volumes.outlines, shapely.box(-125, 32, -114, 42.5)).all()
    # San Francisco's runways lie in class B from the surface to 10,000 ft.
    (over,) = np.nonzero(shapely.intersects(volumes.outlines, shapely.Point(-122.375, 37.619)))
    lowest = min(over, key=lambda place: volumes.floor_ft[place])
    assert volumes.names[lowest] == "SAN FRANCISCO CLASS B"
    assert (volumes.floor_ft[lowest], volumes.ceiling_ft[lowest]) == (-math.inf, 10000)


@pytest.fixture(scope="module")
def shared():
    """The FAA's volumes as rows in the FAA's fields and as outlines."""
    if not SHARED.is_dir():
        pytest.skip("the shared FAA airspace is not here")
    rows, outlines = [], []
    for name, letter in (("bravo", "B"), ("charlie", "C"), ("delta", "D")):
        areas = json.loads(gzip.decompress((SHARED / f"{name}-airspace.json.gz").read_bytes()))
        for area, volumes in areas.items():
            for volume in volumes:
                code = "SFC" if volume["Bottom"] == 0 else "MSL"
                limits = {"LOWER_VAL": volume["Bottom"], "LOWER_CODE": code, "UPPER_VAL": volume["Top"]}
                rows.append(faa(letter, NAME=area, **limits))
                outlines.append(shapely.Polygon(volume["Loops"][0], volume["Loops"][1:]))
    return rows, np.array(outlines, object)


@pytest.mark.parametrize("kind", ["geojson", "shp", "zip", "gpkg"])
def test_the_faas_volumes_come_back_from_every_format(shared, tmp_path, kind):
    rows, outlines = shared
    path = tmp_path / ("Class_Airspace.shp" if kind == "zip" else f"Class_Airspace.{kind}")
    as_text = kind in {"shp", "zip"}  # numbers are text in the FAA's dBase files
    pyogrio.raw.write(
        path,
        shapely.to_wkb(shapely.force_3d(outlines)),
        field_data=[
            np.array(
                [row[name] if not as_text else str(row[name]) for row in rows], object if as_text else None
            )
            for name in rows[0]
        ],
        fields=list(rows[0]),
        geometry_type="Polygon Z",
        crs="EPSG:4269",
    )
    if kind == "zip":
        with zipfile.ZipFile(tmp_path / "Class_Airspace.zip", "w") as archive:
            for part in tmp_path.glob("Class_Airspace.[!z]*"):
                archive.write(part, f"Additional_Data/Shape_Files/{part.name}")
        path = tmp_path / "Class_Airspace.zip"
    volumes = read_volumes([str(path)])
    assert len(volumes.names) == 1285
    assert volumes.names == tuple(row["NAME"] for row in rows)
    assert volumes.codes.tolist() == ["BCD".index(row["CLASS"]) + 1 for row in rows]
    floors = [row["LOWER_VAL"] if row["LOWER_CODE"] == "MSL" else -math.inf for row in rows]
    assert volumes.floor_ft.tolist() == floors
    assert volumes.ceiling_ft.tolist() == [row["UPPER_VAL"] for row in rows]
    assert not volumes.floor_agl.any()
    assert shapely.is_valid(volumes.outlines).all()
    # GeoJSON is written with 7 decimals; the witness mends with shapely's other method.
    witness = shapely.area(shapely.make_valid(outlines))
    np.testing.assert_allclose(shapely.area(volumes.outlines), witness, rtol=2e-5)
    holes = shapely.get_num_interior_rings(shapely.get_geometry(volumes.outlines, 0))
    assert (holes == shapely.get_num_interior_rings(outlines)).all()
    assert holes.sum() == 2


def test_the_faas_class_b_areas_by_geodesics(shared, tmp_path):
    """Every tenth volume of class B keeps its square metres on the ellipsoid."""
    rows, outlines = shared
    rows, outlines = rows[:300:10], outlines[:300:10]
    volumes = read_volumes([features(tmp_path / "b.geojson", rows, list(outlines))])
    for found, written in zip(volumes.outlines, outlines, strict=True):
        area, expected = (
            abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0]) for shape in (found, written)
        )
        assert area == pytest.approx(expected, rel=1e-6)
