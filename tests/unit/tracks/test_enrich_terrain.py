"""Terrain in feet, and the sea: at 0, whatever a grid says there; land below it keeps its elevation."""

import json

import numpy as np
import pytest

from data_schemas.config.enrich import EnrichSettings
from tests.unit.tracks.grids.rasters import write
from tracks.enrich import Enrichment

FT = 0.3048


def elevation_m(lat, lon, *paths, **settings):
    found = Enrichment.load(EnrichSettings(elevation_grids=paths, **settings))
    lat, lon = (np.atleast_1d(np.asarray(x, float)) for x in (lat, lon))
    return found.elevation_ft(lat, lon) * FT


def polygon_file(path, west, east, **properties):
    ring = [[west, 0], [east, 0], [east, 4], [west, 4], [west, 0]]
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return str(path)


@pytest.fixture
def coast(tmp_path):
    """Columns of cells 1 degree wide: -50 m, -50, void, void, 20, 20 (metres), from 0 to 6 E."""
    row = np.array([-50, -50, -32768, -32768, 20, 20], "int16")
    return write(tmp_path / "coast.tif", np.tile(row, (4, 1)), 0.0, 4.0, 1.0, nodata=-32768)


LON = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
LAT = [2.0] * 6


def test_feet(tmp_path):
    path = write(tmp_path / "grid.tif", np.full((2, 2), 100, "int16"), 0.0, 2.0, 1.0)
    enrichment = Enrichment.load(EnrichSettings(elevation_grids=(path,)))
    np.testing.assert_allclose(enrichment.elevation_ft(np.ones(1), np.ones(1)), 328.083989501, rtol=1e-9)


def test_without_any_mask_all_below_0_is_sea(coast):
    np.testing.assert_allclose(elevation_m(LAT, LON, coast), [0, 0, np.nan, np.nan, 20, 20])


def test_without_a_land_file_land_is_what_lies_in_a_division(coast, tmp_path):
    properties = {"iso_a2": "US", "iso_3166_2": "US-CA", "gn_id": 5332921}
    region = polygon_file(tmp_path / "admin.geojson", 0, 1, **properties)
    found = elevation_m(LAT, LON, coast, region_file=region)
    np.testing.assert_allclose(found, [-50, 0, np.nan, np.nan, 20, 20])


def test_with_a_land_file_the_sea_is_0_also_where_no_grid_has_a_value(coast, tmp_path):
    land = polygon_file(tmp_path / "land.geojson", 1, 3)
    found = elevation_m(LAT, LON, coast, land_file=land)
    np.testing.assert_allclose(found, [0, -50, np.nan, 0, 20, 20])


def test_a_land_file_is_preferred_to_divisions(coast, tmp_path):
    properties = {"iso_a2": "US", "iso_3166_2": "US-CA", "gn_id": 5332921}
    region = polygon_file(tmp_path / "admin.geojson", 0, 1, **properties)
    land = polygon_file(tmp_path / "land.geojson", 1, 3)
    found = elevation_m(LAT, LON, coast, region_file=region, land_file=land)
    np.testing.assert_allclose(found, [0, -50, np.nan, 0, 20, 20])


def test_the_next_grid_serves_before_the_sea_does(coast, tmp_path):
    deep = write(tmp_path / "deep.tif", np.full((4, 6), -3000, "int16"), 0.0, 4.0, 1.0)
    land = polygon_file(tmp_path / "land.geojson", 1, 3)
    found = elevation_m(LAT, LON, coast, deep, land_file=land)
    np.testing.assert_allclose(found, [0, -50, -3000, 0, 20, 20])


def test_how_much_memory_tiles_may_take_is_no_reason_to_run_again():
    settings = EnrichSettings(elevation_grids=("package:globe_30arcsec_demo.tif",))
    more = settings.model_copy(update={"terrain_memory_mb": 4096.0})
    assert more.digest() == settings.digest()
    assert settings.model_copy(update={"offshore_nm": 12.0}).digest() != settings.digest()
