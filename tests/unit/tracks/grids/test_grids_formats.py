"""Files as they are published: where their values lie, in which unit, and what a damaged one says."""

import gzip
from pathlib import Path

import numpy as np
import pyproj
import pytest
import rasterio

from data_schemas.errors import InputError
from tests.unit.tracks.grids.rasters import at_centres, interpolate, shared_file, values_at, write, write_srtm


@pytest.mark.parametrize("posts", [1201, 3601])
def test_srtm_has_posts_on_the_edges(tmp_path, posts):
    draw = np.random.default_rng(3)
    values = draw.integers(1, 4000, (posts, posts)).astype("int16")
    path = write_srtm(tmp_path, "N36W085", values)
    lat, lon = draw.uniform(36, 37, 3000), draw.uniform(-85, -84, 3000)
    lat[:4], lon[:4] = [36, 37, 36, 37], [-85, -85, -84, -84]
    axis = np.linspace(0, 1, posts)
    witness = at_centres(values, 37 - axis, -85 + axis, lat, lon)
    np.testing.assert_allclose(values_at(lat, lon, path), witness, atol=1e-3)
    assert values_at(37, -85, path) == values[0, 0]


def test_real_srtm_written_as_hgt(tmp_path):
    """Jacksboro, Tennessee; the array's first row is the northern one, its ends are posts."""
    with np.load(shared_file("srtm_3arcsec_jacksboro_tn.npz")) as data:
        values = data["elevation"]
    rows, columns = values.shape
    posts = np.full((1201, 1201), -32768, "int16")
    posts[200 : 200 + rows, 500 : 500 + columns] = values
    path = write_srtm(tmp_path, "N36W085", posts)
    lat_of_rows, lon_of_columns = (
        37 - np.arange(200, 200 + rows) / 1200,
        -85 + np.arange(500, 500 + columns) / 1200,
    )
    draw = np.random.default_rng(4)
    lat = draw.uniform(lat_of_rows[-1], lat_of_rows[0], 4000)
    lon = draw.uniform(lon_of_columns[0], lon_of_columns[-1], 4000)
    witness = at_centres(values, lat_of_rows, lon_of_columns, lat, lon)
    np.testing.assert_allclose(values_at(lat, lon, path), witness, atol=1e-3)
    assert np.isnan(values_at(36.99, -84.9, path)).all()


def test_real_dted_cell_at_its_posts(tmp_path):
    """Posts decoded by hand: 1201 profiles from west to east, big-endian sign and magnitude, void -32767."""
    raw = gzip.decompress(shared_file("n00_e006_3arc_v2.dt1.gz").read_bytes())
    path = tmp_path / "n00_e006.dt1"
    path.write_bytes(raw)
    records = np.frombuffer(raw, np.uint8, offset=3428).reshape(1201, 8 + 2 * 1201 + 4)
    words = records[:, 8:-4].copy().view(">u2").astype(int)
    posts = np.where(words & 0x8000, -(words & 0x7FFF), words)  # [west to east, south to north]
    assert (posts.max(), (posts == -32767).any()) == (1979, True)
    draw = np.random.default_rng(9)
    column, row = np.vstack(
        [np.argwhere(posts == -32767)[:200], np.argwhere(posts > 0)[::97], draw.integers(0, 1201, (500, 2))]
    ).T
    found = values_at(row / 1200, 6 + column / 1200, path)
    expected = np.where(posts == -32767, np.nan, posts)[column, row]
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_globe_as_published(tmp_path):
    """A raw file without an ending beside an ESRI header; the sea is -500, which is no value."""
    with np.load(shared_file("globe_g10g_42-50N_0-20E_30arcsec.npz")) as data:
        values = data["elevation"].astype("<i2")
    rows, columns = values.shape
    values[:100, :100] = -500
    (tmp_path / "g10g").write_bytes(values.tobytes())
    shape = f"NROWS {rows}\nNCOLS {columns}\nNBANDS 1\nNBITS 16\nBYTEORDER I\nLAYOUT BIL\nNODATA -500\n"
    place = f"ULXMAP {0.5 / 120}\nULYMAP {50 - 0.5 / 120}\nXDIM {1 / 120}\nYDIM {1 / 120}\n"
    (tmp_path / "g10g.hdr").write_text(shape + place)
    draw = np.random.default_rng(6)
    lat, lon = draw.uniform(45, 48, 2000), draw.uniform(5, 16, 2000)
    found = values_at(lat, lon, tmp_path / "g10g")
    np.testing.assert_allclose(found, interpolate(values, 0.0, 50.0, 1 / 120, lat, lon), atol=1e-3)
    assert np.isnan(values_at(49.8, 0.2, tmp_path / "g10g")).all()


@pytest.mark.parametrize("convention", ["Area", "Point"])
def test_area_or_point_says_what_the_position_in_the_file_is_of_and_gdal_knows(tmp_path, convention):
    """Written by hand into the GeoTIFF's tie point: the first cell's corner, or its centre."""
    values = np.arange(12, dtype="int16").reshape(3, 4) * 10 + 100
    path = write(tmp_path / "grid.tif", values, 10.0, 50.0, 1.0, tags={"AREA_OR_POINT": convention})
    raw = Path(path).read_bytes()
    first_cell_lon, first_cell_lat = (10.0, 50.0) if convention == "Area" else (10.5, 49.5)
    assert np.array([first_cell_lon, first_cell_lat, 0.0]).tobytes() in raw
    lat, lon = [49.5, 48.5, 47.5, 49.0], [10.5, 11.5, 13.5, 11.0]
    np.testing.assert_allclose(values_at(lat, lon, path), [100, 150, 210, 125])


def test_as_gdal_samples_it(tmp_path):
    """GDAL's own bilinear resampling, onto pixels around the points."""
    draw = np.random.default_rng(12)
    values = draw.uniform(0, 3000, (60, 60)).astype("float32")
    path = write(tmp_path / "grid.tif", values, 10.0, 50.0, 0.1)
    to = rasterio.Affine(0.07, 0, 11.033, 0, -0.07, 49.021)
    options = {"crs": "EPSG:4326", "transform": to, "width": 40, "height": 40}
    with (
        rasterio.open(path) as grid,
        rasterio.vrt.WarpedVRT(grid, resampling=rasterio.enums.Resampling.bilinear, **options) as warped,
    ):
        witness = warped.read(1)
    lat, lon = np.meshgrid(49.021 - 0.07 * (np.arange(40) + 0.5), 11.033 + 0.07 * (np.arange(40) + 0.5))
    found = values_at(lat.T.ravel(), lon.T.ravel(), path)
    # GDAL's kernel has weights of limited precision.
    np.testing.assert_allclose(found, witness.ravel(), atol=0.5)


@pytest.mark.parametrize(
    ("unit", "metres"),
    [("m", 1), ("metre", 1), ("ft", 0.3048), ("US survey foot", 1200 / 3937)],
)
def test_scale_offset_and_unit_of_a_band_are_applied(tmp_path, unit, metres):
    path = write(tmp_path / "grid.tif", np.full((3, 3), 100, "int16"), 0.0, 3.0, 1.0, unit=unit)
    np.testing.assert_allclose(values_at(1.5, 1.5, path), 100 * metres, rtol=1e-6)
    with rasterio.open(path, "r+") as grid:
        grid.scales, grid.offsets = (0.5,), (10.0,)
    np.testing.assert_allclose(values_at(1.5, 1.5, path), 60 * metres, rtol=1e-6)


@pytest.mark.parametrize("nodata", [None, -32768])
def test_a_grid_in_metres_is_warped_and_has_no_value_beyond_itself(tmp_path, nodata):
    """UTM zone 33, 100 m: the witness interpolates in the projection."""
    row, column = np.mgrid[0:300, 0:400]
    values = (500 + 2 * row + 3 * column + 50 * np.sin(row / 30)).astype("int16")
    west, north, step = 400_000.0, 5_300_000.0, 100.0
    path = write(tmp_path / "utm.tif", values, west, north, step, crs="EPSG:32633", nodata=nodata)
    to_utm = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32633", always_xy=True)
    draw = np.random.default_rng(7)
    lat, lon = draw.uniform(47.60, 47.83, 2000), draw.uniform(13.70, 14.15, 2000)
    x, y = to_utm.transform(lon, lat)
    found = values_at(lat, lon, path)
    np.testing.assert_allclose(found, interpolate(values, west, north, step, y, x), atol=2.5)
    assert np.isnan(values_at([48.5, 47.5, 47.84], [13.9, 13.0, 13.6], path)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.unlink(), r"cannot be read as a raster"),
        (lambda path: path.write_text("not a raster"), r"cannot be read as a raster"),
        (lambda path: path.write_bytes(b""), r"cannot be read as a raster"),
        (
            lambda path: path.write_bytes(path.read_bytes()[:30_000]),
            r"cannot be read at rows 0 to 199 .*cut short",
        ),
    ],
)
def test_what_cannot_be_read_is_one_line_with_setting_and_file(tmp_path, change, message):
    path = tmp_path / "grid.tif"
    write(path, np.random.default_rng(1).integers(0, 999, (200, 200)).astype("int16"), 0.0, 2.0, 0.01)
    change(path)
    with pytest.raises(InputError, match=message) as caught:
        values_at(0.5, 0.5, path)
    assert str(caught.value).startswith(f"enrich.elevation_grids: {path}: ")
    assert "\n" not in str(caught.value)


def test_a_cut_srtm_tile_and_globe_tile_are_refused(tmp_path):
    path = tmp_path / "N36W085.hgt"
    path.write_bytes(b"\0" * 2_000_000)
    with pytest.raises(InputError, match=r"N36W085\.hgt: cannot be read as a raster"):
        values_at(36.5, -84.5, path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "degC"}, r"is in 'degC', expected metres or feet"),
        ({"crs": None, "transform": rasterio.Affine(0.1, 0.1, 0, 0.1, -0.1, 3)}, r"rotated and has no coord"),
    ],
)
def test_what_is_no_grid_of_heights_is_refused(tmp_path, options, message):
    path = write(tmp_path / "grid.tif", np.ones((3, 3), "int16"), 0.0, 3.0, 1.0, **options)
    with pytest.raises(InputError, match=message):
        values_at(1.5, 1.5, path)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_picture_has_no_position(tmp_path):
    with rasterio.open(
        tmp_path / "picture.png", "w", driver="PNG", height=3, width=3, count=1, dtype="uint8"
    ) as picture:
        picture.write(np.ones((3, 3), "uint8"), 1)
    with pytest.raises(InputError, match="has no position"):
        values_at(1.5, 1.5, tmp_path / "picture.png")
