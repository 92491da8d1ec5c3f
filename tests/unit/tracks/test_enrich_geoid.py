"""The geoid: the published values of EGM96, PROJ's own interpolation, and what becomes of altitudes."""

import numpy as np
import pyproj
import pytest

from data_schemas.config.enrich import EnrichSettings
from data_schemas.errors import InputError
from data_schemas.packaged import proj_folders, resolve
from tests.unit.tracks.grids.rasters import write
from tracks.enrich import Enrichment
from tracks.enrich.geoid import Geoid

EGM96 = "package:egm96_15min.tif"
FT = 0.3048

# The NGA's readme of EGM96, as its program INTPT interpolates the 15' grid: latitude, longitude, height, m.
PUBLISHED = [
    (38.6281550, 269.7791550, -31.628),
    (-14.6212170, 305.0211140, -2.969),
    (46.8743190, 102.4487290, -43.575),
    (-23.6174460, 133.8747120, 15.871),
    (38.6254730, 359.9995000, 50.066),
    (-0.4667440, 0.0023000, 17.329),
]


def anywhere(count=5000):
    draw = np.random.default_rng(3)
    lat, lon = draw.uniform(-90, 90, count), draw.uniform(-180, 180, count)
    lat[:4], lon[:4] = [90, -90, 0, 0], [0, 0, -180, 179.999]
    return lat, lon


def undulation_m(lat, lon, *names):
    return Geoid.open(names).undulation_ft(np.asarray(lat, float), np.asarray(lon, float)) * FT


def test_as_the_nga_publishes():
    """The NGA interpolates with splines."""
    lat, lon, published = np.array(PUBLISHED).T
    np.testing.assert_allclose(undulation_m(lat, lon, EGM96), published, atol=0.06)


def test_packaged_as_proj_interpolates_it():
    """PROJ's vgridshift, which adds the geoid to a height of 0, on the same file."""
    lat, lon = anywhere()
    pipeline = f"+proj=vgridshift +grids={resolve(EGM96)} +multiplier=1"
    to = pyproj.Transformer.from_pipeline(pipeline)
    *_, witness = to.transform(lon, lat, np.zeros(lat.size))
    np.testing.assert_allclose(undulation_m(lat, lon, EGM96), witness, atol=1e-4)


def test_packaged_is_proj_own_grid_to_half_a_centimetre():
    if not any((folder / "egm96_15.gtx").is_file() for folder in proj_folders()):
        pytest.skip("PROJ's grid egm96_15.gtx (Debian: proj-data) is not here")
    lat, lon = anywhere()
    proj = undulation_m(lat, lon, "proj:egm96_15.gtx")
    np.testing.assert_allclose(undulation_m(lat, lon, EGM96), proj, atol=0.0051)


def test_a_grid_of_proj_is_found_where_proj_looks(tmp_path, monkeypatch):
    write(tmp_path / "local.tif", np.full((3, 3), 12.5, "float32"), 0.0, 3.0, 1.0)
    monkeypatch.setenv("PROJ_USER_WRITABLE_DIRECTORY", str(tmp_path))
    assert undulation_m([1.5], [1.5], "proj:local.tif") == pytest.approx(12.5)
    with pytest.raises(
        InputError, match=r"enrich\.geoid_grids: proj:no\.tif: is in no folder of PROJ's grids"
    ):
        Enrichment.load(EnrichSettings(geoid_grids=("proj:no.tif",)))


def test_altitudes_become_heights_above_the_sea_and_without_a_geoid_stay():
    lat, lon = np.array([38.628155, 38.628155, 0.0]), np.array([-90.220845] * 2 + [0.0])
    alt_ft = np.array([1000.0, np.nan, 0.0])
    off, on = (Enrichment.load(EnrichSettings(geoid_grids=grids)) for grids in ((), (EGM96,)))
    np.testing.assert_array_equal(off.above_sea_ft(lat, lon, alt_ft), alt_ft)
    found = on.above_sea_ft(lat, lon, alt_ft)
    # 1000 ft above the ellipsoid, where the sea would be 31.63 m below it.
    assert found[0] == pytest.approx(1000 + 31.628 / FT, abs=0.1)
    assert np.isnan(found[1])
    assert found[2] == 0  # no altitude


def test_where_no_geoid_grid_has_a_value_the_height_is_missing_unless_another_serves(tmp_path):
    path = write(tmp_path / "local.tif", np.full((3, 3), 10.0, "float32"), 0.0, 3.0, 1.0)
    lat, lon = np.array([1.5, 38.628155]), np.array([1.5, -90.220845])
    np.testing.assert_allclose(undulation_m(lat, lon, path), [10, np.nan])
    np.testing.assert_allclose(undulation_m(lat, lon, path, EGM96), [10, -31.628], atol=0.03)
    enrichment = Enrichment.load(EnrichSettings(geoid_grids=(path,)))
    found = enrichment.above_sea_ft(lat, lon, np.array([100.0, 100.0]))
    np.testing.assert_allclose(found, [100 - 10 / FT, np.nan])
