"""Vector files as layers: what is read of them, and what cannot be, in one line each."""

import json
import zipfile

import numpy as np
import pyogrio.raw
import pytest
import shapely

from data_schemas.errors import InputError
from tracks.enrich.layers import read_layer, read_polygons


def geojson(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return str(path)


def feature(coordinates, kind="Polygon", **properties):
    geometry = coordinates and {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def ring(east):
    return [[0, 0, 9], [east, 0, 9], [east, 1, 9], [0, 1, 9], [0, 0, 9]]


def layer_of(path, name, append):
    outline = np.array([shapely.to_wkb(shapely.box(0, 0, 1, 1))], object)
    about = {"layer": name, "append": append, "geometry_type": "Polygon", "crs": "EPSG:4326"}
    pyogrio.raw.write(path, outline, field_data=[np.array([1])], fields=["n"], **about)


def test_polygons_come_in_order_without_heights_and_with_the_fields_asked_for(tmp_path):
    path = geojson(
        tmp_path / "mixed.geojson",
        feature([ring(1)], name="a", n=1, more=[1]),
        feature([3, 4], "Point", name="b", n=2),
        feature(None, name="c", n=3),
        feature([[ring(2)]], "MultiPolygon", name=None, n=None),
        feature([ring(3)[:-1]], name="not closed", n=2**40),
    )
    rows, geometries = read_polygons("setting", path, ("name", "n"))
    assert rows == [{"name": "a", "n": 1}, {"name": None, "n": None}, {"name": "not closed", "n": 2**40}]
    assert not shapely.has_z(geometries).any()
    assert shapely.area(geometries).tolist() == [1, 2, 3]


def test_a_layer_of_a_zip_is_found_in_any_folder(tmp_path):
    layer_of(tmp_path / "a.gpkg", "a", append=False)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.gpkg", "some/where/a.gpkg")
        archive.writestr("README.txt", "not a layer")
    assert read_layer("setting", str(tmp_path / "a.zip")).fields.to_pylist() == [{"n": 1}]


def two_layers(folder):
    layer_of(folder / "two.gpkg", "a", append=False)
    layer_of(folder / "two.gpkg", "b", append=True)
    return folder / "two.gpkg"


def zipped(folder, *members):
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        for member in members:
            archive.writestr(member, "{}")
    return folder / "x.zip"


def text(folder, name, content):
    (folder / name).write_text(content)
    return folder / name


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda at: at / "absent.geojson", r"cannot be read \(no such file\)"),
        (two_layers, "has several layers"),
        (lambda at: zipped(at, "a.shp", "b/b.shp"), r"holds 2 layers, expected one \(a.shp, b/b.shp\)"),
        (lambda at: zipped(at, "README"), r"holds 0 layers, expected one \(none\)"),
        (lambda at: zipped(at, "a.geojson"), "is not a vector file that can be read"),
        (lambda at: text(at, "x.zip", "no archive"), "is not a zip archive"),
        (
            lambda at: text(at, "x.geojson", '{"type": "FeatureCollection", "features": ['),
            "is not a vector file",
        ),
        (lambda at: text(at, "x.shp", ""), "is not a vector file"),
        (lambda at: text(at, "x.csv", "a,b\n1,2\n"), "has no geometry"),
        (lambda at: geojson(at / "x.geojson"), "has no (feature|geometry)"),
        (lambda at: geojson(at / "x.geojson", feature([1, 2], "Point", n=1)), r"has no polygon \(Point\)"),
        (lambda at: geojson(at / "x.geojson", feature(None, n=1)), "has no (polygon|geometry)"),
        (lambda at: geojson(at / "x.geojson", feature([ring(1)], m=1)), "has no property 'n'"),
        (lambda at: geojson(at / "x.geojson", feature([ring(500)], n=1)), "coordinates beyond degrees"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, make, message):
    path = make(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        read_polygons("enrich.some_file", str(path), ("n",))
    assert str(caught.value).startswith(f"enrich.some_file: {path}")
    assert "\n" not in str(caught.value)
