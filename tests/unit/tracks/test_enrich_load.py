"""Loading the outside data: what is absent, what is broken, once a process, and travel between processes."""

import json
import os
import pickle

import numpy as np
import pytest

from data_schemas.config.enrich import EnrichSettings
from data_schemas.errors import InputError
from tracks.enrich import Enrichment

LAT, LON = np.array([40.0, -33.0]), np.array([-100.0, 151.0])


def airspace_file(path, ceiling):
    ring = [[-101, 39], [-99, 39], [-99, 41], [-101, 41], [-101, 39]]
    feature = {
        "type": "Feature",
        "properties": {"CLASS": "B", "floor_ft_msl": 0, "ceiling_ft_msl": ceiling},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return EnrichSettings(airspace_files=(str(path),))


def test_absent_data_have_neutral_answers_and_are_named():
    enrichment = Enrichment.load(EnrichSettings())
    airspace = enrichment.airspace(LAT, LON, np.zeros(2), np.zeros(2))
    domain, geoname_id = enrichment.regions(LAT, LON)
    elevation_ft = enrichment.elevation_ft(LAT, LON)
    assert (airspace.dtype, airspace.tolist()) == (np.int8, [4, 4])
    assert (domain.dtype, domain.tolist()) == (np.int8, [0, 0])
    assert (geoname_id.dtype, geoname_id.tolist()) == (np.int32, [0, 0])
    assert elevation_ft.dtype == np.float64
    assert np.isnan(elevation_ft).all()
    settings = ("airspace_files", "elevation_grids", "region_file")
    assert [name in line for name, line in zip(settings, enrichment.absent(), strict=True)] == [True] * 3


def test_what_is_there_is_not_absent_and_no_points_are_no_answers(tmp_path):
    enrichment = Enrichment.load(airspace_file(tmp_path / "a.geojson", 5000))
    assert len(enrichment.absent()) == 2
    [no_land] = Enrichment.load(
        EnrichSettings(elevation_grids=("package:globe_30arcsec_demo.tif",))
    ).absent()[2:]
    assert "land_file" in no_land
    none = np.empty(0)
    assert enrichment.airspace(none, none, none, none).size == 0
    assert enrichment.elevation_ft(none, none).size == 0
    assert [values.size for values in enrichment.regions(none, none)] == [0, 0]


def test_files_are_read_once_and_again_when_they_change(tmp_path):
    file = tmp_path / "a.geojson"
    settings = airspace_file(file, 5000)
    first = Enrichment.load(settings)
    assert Enrichment.load(EnrichSettings(**settings.model_dump())) is first
    airspace_file(file, 100)
    os.utime(file, ns=(1, 1))
    assert Enrichment.load(settings).airspace(LAT, LON, np.full(2, 3000.0), np.zeros(2)).tolist() == [4, 4]


def test_pickled_it_is_its_settings(tmp_path):
    enrichment = Enrichment.load(airspace_file(tmp_path / "a.geojson", 5000))
    there = pickle.loads(pickle.dumps(enrichment))
    assert there.airspace(LAT, LON, np.full(2, 3000.0), np.zeros(2)).tolist() == [1, 4]
    assert len(pickle.dumps(enrichment)) < 1000


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (EnrichSettings(airspace_files=("no.geojson",)), "enrich.airspace_files: no.geojson"),
        (EnrichSettings(elevation_grids=("no.tif",)), "enrich.elevation_grids: no.tif"),
        (EnrichSettings(region_file="no.geojson"), "enrich.region_file: no.geojson"),
        (EnrichSettings(region_file="package:no.geojson"), "enrich.region_file: package:no.geojson"),
    ],
)
def test_a_missing_file_is_one_line_with_setting_and_file(settings, name):
    with pytest.raises(InputError) as caught:
        Enrichment.load(settings)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)
