"""Terrain, against SciPy's RegularGridInterpolator on random and real grids."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from scipy.interpolate import RegularGridInterpolator

from data_schemas.config.enrich import EnrichSettings
from data_schemas.errors import InputError
from tracks.enrich import Enrichment
from tracks.enrich.terrain import Grid, Terrain, TileCache

ELEVATION = Path(__file__).parents[3].parent / "shared" / "data" / "elevation"
FT = 0.3048


def write(path, values, west, north, step, crs="EPSG:4326", **options):
    """Write a north-up grid whose north-west pixel *corner* is (west, north)."""
    rows, columns = values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=rows,
        width=columns,
        count=1,
        dtype=values.dtype,
        crs=crs,
        transform=rasterio.Affine(step, 0, west, 0, -step, north),
        **options,
    ) as grid:
        grid.write(values, 1)
    return str(path)


def centres(values, west, north, step):
    rows, columns = values.shape
    return north - (np.arange(rows) + 0.5) * step, west + (np.arange(columns) + 0.5) * step


def interpolate(values, west, north, step, lat, lon):
    rows, columns = centres(values, west, north, step)
    found = RegularGridInterpolator((rows[::-1], columns), values[::-1].astype(float), bounds_error=False)
    return found(np.column_stack([lat, lon])) / FT


def elevation_ft(lat, lon, *paths, **settings):
    found = Enrichment.load(EnrichSettings(elevation_grids=paths, **settings))
    return found.elevation_ft(np.atleast_1d(np.asarray(lat, float)), np.atleast_1d(np.asarray(lon, float)))


@pytest.mark.parametrize("dtype", ["int16", "float32", "float64"])
def test_bilinear_as_scipy_over_many_tiles(tmp_path, dtype):
    draw = np.random.default_rng(2)
    values = draw.uniform(1, 4000, (700, 900)).astype(dtype)
    path = write(tmp_path / "grid.tif", values, -100.0, 45.0, 0.01, tiled=True, compress="deflate")
    lat, lon = draw.uniform(38.006, 44.994, 5000), draw.uniform(-99.994, -91.006, 5000)
    np.testing.assert_allclose(
        elevation_ft(lat, lon, path), interpolate(values, -100.0, 45.0, 0.01, lat, lon), atol=1e-4
    )


def test_the_cache_is_bounded_and_changes_no_value(tmp_path):
    draw = np.random.default_rng(4)
    values = draw.uniform(1, 4000, (600, 600)).astype("float32")
    path = write(tmp_path / "grid.tif", values, 0.0, 6.0, 0.01)
    lat, lon = draw.uniform(0.01, 5.99, 3000), draw.uniform(0.01, 5.99, 3000)
    small = Terrain([Grid(path)], cache_bytes=300_000)
    for part in np.array_split(np.arange(3000), 7):
        found = small.elevation_ft(lat[part], lon[part])
        np.testing.assert_array_equal(found, Terrain.open([path]).elevation_ft(lat[part], lon[part]))
    cache = TileCache(300_000)
    for number in (0, 1, 0, 4):
        cache.get(Grid(path), number)
    assert cache._bytes == sum(tile.nbytes for tile in cache._tiles.values()) <= 300_000


def test_edges_hold_within_the_outer_half_cell_and_beyond_there_is_nothing(tmp_path):
    values = np.array([[100, 200], [300, 400]], "int16")
    path = write(tmp_path / "grid.tif", values, 10.0, 50.0, 1.0)
    lat = [50.0, 48.0, 49.0, 49.5, 50.01, 49.0, 49.0]
    lon = [10.0, 12.0, 11.0, 11.0, 11.00, 9.99, 12.01]
    expected = np.array([100, 400, 250, 150, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(elevation_ft(lat, lon, path) * FT, expected)


def test_a_void_neighbour_sends_the_point_to_the_next_grid(tmp_path):
    fine = np.full((4, 4), 1000, "int16")
    fine[1, 1] = -32768
    first = write(tmp_path / "fine.tif", fine, 0.0, 4.0, 1.0, nodata=-32768)
    second = write(tmp_path / "coarse.tif", np.full((4, 4), 77, "int16"), 0.0, 8.0, 2.0)
    # The void cell's centre is (2.5, 1.5). On the row of centres 1.5 the void has no weight.
    lat, lon = [2.0, 2.5, 1.5, 0.5, 6.0, 20.0], [2.0, 2.0, 1.5, 0.5, 2.0, 2.0]
    expected = np.array([77, 77, 1000, 1000, 77, np.nan])
    np.testing.assert_allclose(elevation_ft(lat, lon, first, second) * FT, expected)
    np.testing.assert_allclose(elevation_ft(lat, lon, second, first)[:4] * FT, 77)


@pytest.mark.parametrize(("west", "columns"), [(-180.0, 36), (-185.0, 37), (0.0, 36), (-190.0, 38)])
def test_a_global_grid_wraps_pixel_and_grid_registered_padded_or_from_zero(tmp_path, west, columns):
    step = 10.0
    lon = west + (np.arange(columns) + 0.5) * step
    row = 1000 + 500 * np.cos(np.radians(lon - 20)) + 100 * np.sin(np.radians(3 * lon))
    path = write(tmp_path / "globe.tif", np.tile(row, (18, 1)), west, 90.0, step)
    where = np.array([-180.0, 179.999, -179.9, 180.0, 175.0, -175.0, 0.0, 12.5, -176.0, -4.9, 355, -0.001])
    witness = np.interp(where, lon, row, period=360)
    np.testing.assert_allclose(elevation_ft(np.full(where.size, 3.0), where, path) * FT, witness, atol=1e-3)


def test_a_global_grid_holds_to_the_poles(tmp_path):
    values = np.tile(np.arange(18, dtype="int16")[:, None] + 1, (1, 36))
    path = write(tmp_path / "globe.tif", values, -180.0, 90.0, 10.0)
    np.testing.assert_allclose(elevation_ft([90, 88, -90], [0, 170, -180], path) * FT, [1, 1, 18])


def test_the_sea_is_zero_and_land_below_it_stays_where_regions_say_it_is_land(tmp_path):
    values = np.full((4, 8), -50, "int16")
    values[:, 4:] = 20
    path = write(tmp_path / "grid.tif", values, 0.0, 4.0, 1.0)
    ring = [[0, 0], [2, 0], [2, 4], [0, 4], [0, 0]]
    feature = {
        "type": "Feature",
        "properties": {"iso_a2": "US", "iso_3166_2": "US-CA", "gn_id": 5332921},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    region = tmp_path / "admin.geojson"
    region.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    lat, lon = np.full(3, 2.0), [1.0, 3.0, 6.0]
    np.testing.assert_allclose(elevation_ft(lat, lon, path) * FT, [0, 0, 20])
    found = elevation_ft(lat, lon, path, region_file=str(region))
    np.testing.assert_allclose(found * FT, [-50, 0, 20])


def test_scale_and_offset_of_a_band_are_applied(tmp_path):
    path = write(tmp_path / "grid.tif", np.full((3, 3), 100, "int16"), 0.0, 3.0, 1.0)
    with rasterio.open(path, "r+") as grid:
        grid.scales, grid.offsets = (0.5,), (10.0,)
    np.testing.assert_allclose(elevation_ft(1.5, 1.5, path) * FT, 60)


@pytest.mark.parametrize("crs", ["EPSG:32633"])
def test_a_grid_in_metres_is_refused(tmp_path, crs):
    path = write(tmp_path / "utm.tif", np.ones((3, 3), "int16"), 500000.0, 5000000.0, 30.0, crs=crs)
    with pytest.raises(InputError, match=r"enrich\.elevation_grids: .*utm\.tif: is in EPSG:32633"):
        Terrain.open([path])


def test_what_is_no_raster_is_refused(tmp_path):
    path = tmp_path / "text.tif"
    path.write_text("not a raster")
    for name in (str(path), str(tmp_path / "absent.tif")):
        with pytest.raises(InputError, match=r"enrich\.elevation_grids: .* cannot be read as a raster"):
            Terrain.open([name])


def test_real_grid_as_scipy(tmp_path):
    """NOAA GLOBE, 30 arc-seconds, over the Alps."""
    file = ELEVATION / "globe_g10g_42-50N_0-20E_30arcsec.npz"
    if not file.is_file():
        pytest.skip("the shared elevation grids are not here")
    with np.load(file) as data:
        values = data["elevation"]
    path = write(tmp_path / "globe.tif", values, 0.0, 50.0, 1 / 120)
    draw = np.random.default_rng(8)
    lat, lon = draw.uniform(45, 48, 5000), draw.uniform(5, 16, 5000)
    witness = interpolate(values, 0.0, 50.0, 1 / 120, lat, lon)
    np.testing.assert_allclose(elevation_ft(lat, lon, path), witness, atol=1e-4)
    # Cells around Zermatt (45.976 N, 7.658 E) and Geneva's lake shore.
    assert 1500 < elevation_ft(46.0207, 7.7491, path)[0] * FT < 2600
    assert 370 < elevation_ft(46.21, 6.16, path)[0] * FT < 480


def test_real_dted_cell_at_its_posts(tmp_path):
    """Posts decoded by hand: 1201 profiles from west to east, big-endian sign and magnitude, void -32767."""
    file = ELEVATION / "n00_e006_3arc_v2.dt1.gz"
    if not file.is_file():
        pytest.skip("the shared elevation grids are not here")
    raw = gzip.decompress(file.read_bytes())
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
    found = elevation_ft(row / 1200, 6 + column / 1200, str(path)) * FT
    post = posts[column, row]
    void = post == -32767
    assert np.isnan(found[void]).all()
    # A post beside a void may be missing too, where rounding gives the void a weight of 1e-13.
    known = ~void & ~np.isnan(found)
    assert known.sum() > 0.9 * (~void).sum()
    np.testing.assert_allclose(found[known], np.maximum(post[known], 0), atol=1e-3)
