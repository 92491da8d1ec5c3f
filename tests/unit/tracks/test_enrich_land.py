"""Land polygons, read from vector files and asked about points, against plain shapely."""

from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely

from data_schemas.errors import InputError
from tracks.enrich.land import Land

NATURAL_EARTH = Path(__file__).parents[3].parent / "shared" / "data" / "natural-earth"


def write(path, geometries, kind="Polygon", crs="EPSG:4326"):
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array(geometries, object)),
        field_data=[],
        fields=[],
        geometry_type=kind,
        crs=crs,
    )
    return str(path)


@pytest.mark.parametrize("name", ["land.shp", "land.gpkg", "land.geojson"])
def test_land_of_any_vector_file_holds_its_shore_and_not_its_hole(tmp_path, name):
    ring = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
    land = Land.read(write(tmp_path / name, [ring, shapely.box(20, 0, 21, 1)]))
    lat, lon = np.array([[1, 1], [5, 5], [10, 10], [5, 6], [0.5, 20.5], [0, 15]], float).T
    assert land.holds(lat, lon).tolist() == [True, False, True, True, True, False]


def test_what_is_no_land_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"enrich\.land_file: .*absent\.shp: cannot be read"):
        Land.read(str(tmp_path / "absent.shp"))
    points = write(tmp_path / "points.gpkg", [shapely.Point(1, 1)], "Point")
    with pytest.raises(InputError, match=r"enrich\.land_file: .*points\.gpkg: has no polygon \(Point\)"):
        Land.read(points)
    metres = write(tmp_path / "metres.gpkg", [shapely.box(0, 0, 9e5, 9e5)], crs="EPSG:32633")
    with pytest.raises(
        InputError, match=r"is in a projection \(EPSG:32633\), expected longitude and latitude"
    ):
        Land.read(metres)


def test_natural_earth_point_by_point(at_edges):
    """A point at each of 440,000 edges and 10^5 anywhere; the shore at 180 degrees is on both sides."""
    file = NATURAL_EARTH / "ne_10m_land.zip"
    if not file.is_file():
        pytest.skip("the shared land polygons are not here")
    land = Land.read(str(file))
    outlines = shapely.get_parts(shapely.from_wkb(pyogrio.raw.read(file)[2]))
    draw = np.random.default_rng(1)
    anywhere = draw.uniform((-180, -90), (180, 90), (100_000, 2))
    lon, lat = np.clip(np.vstack([at_edges(draw, outlines), anywhere]), (-180, -90), (180, 90)).T
    shapely.prepare(outlines)
    tree, witness = shapely.STRtree(outlines), np.zeros(lat.size, bool)
    seam = np.flatnonzero(np.abs(lon) == 180)
    for at, east in ((np.arange(lon.size), lon), (seam, -lon[seam])):
        point, outline = tree.query(shapely.points(east, lat[at]))
        holds = shapely.intersects_xy(outlines[outline], east[point], lat[at[point]])
        witness[at[point[holds]]] = True
    np.testing.assert_array_equal(land.holds(lat, lon), witness)
    # Lake Michigan, the Dead Sea and Antarctica's ice are land; the Caspian and San Francisco Bay are sea.
    places = np.array([[43.5, -87], [31.5, 35.5], [-80, 0], [42, 51], [37.75, -122.35]]).T
    assert land.holds(*places).tolist() == [True, True, True, False, False]
