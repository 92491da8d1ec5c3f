"""Interpolation between the cells of one grid and of several, against SciPy and worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.tracks.grids.rasters import interpolate, shared_file, values_at, write
from tracks.enrich.grids import Grids


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("tiled", [False, True])
def test_as_scipy_over_many_tiles(tmp_path, dtype, tiled):
    draw = np.random.default_rng(2)
    values = draw.uniform(1, 250 if dtype == "uint8" else 8000, (700, 900)).astype(dtype)
    path = write(tmp_path / "grid.tif", values, -100.0, 45.0, 0.01, tiled=tiled, compress="deflate")
    lat, lon = draw.uniform(38.006, 44.994, 5000), draw.uniform(-99.994, -91.006, 5000)
    witness = interpolate(values, -100.0, 45.0, 0.01, lat, lon)
    np.testing.assert_allclose(values_at(lat, lon, path), witness, atol=1e-3)


def test_edges_hold_within_the_outer_half_cell_and_beyond_there_is_nothing(tmp_path):
    values = np.array([[100, 200], [300, 400]], "int16")
    path = write(tmp_path / "grid.tif", values, 10.0, 50.0, 1.0)
    lat = [50.0, 48.0, 49.0, 49.5, 50.01, 49.0, 49.0, 47.99, 49.0]
    lon = [10.0, 12.0, 11.0, 11.0, 11.00, 9.99, 12.01, 11.0, 371.0]
    expected = [100, 400, 250, 150, np.nan, np.nan, np.nan, np.nan, 250]
    np.testing.assert_allclose(values_at(lat, lon, path), expected)
    assert values_at([], [], path).size == 0


def test_a_void_neighbour_sends_the_point_to_the_next_grid(tmp_path):
    fine = np.full((4, 4), 1000, "int16")
    fine[1, 1] = -32768
    first = write(tmp_path / "fine.tif", fine, 0.0, 4.0, 1.0, nodata=-32768)
    second = write(tmp_path / "coarse.tif", np.full((4, 4), 77, "int16"), 0.0, 8.0, 2.0)
    # The void cell's centre is (2.5, 1.5). On the row of centres 1.5 the void has no weight.
    lat, lon = [2.0, 2.5, 1.5, 0.5, 6.0, 20.0], [2.0, 2.0, 1.5, 0.5, 2.0, 2.0]
    np.testing.assert_allclose(values_at(lat, lon, first, second), [77, 77, 1000, 1000, 77, np.nan])
    np.testing.assert_allclose(values_at(lat, lon, second, first)[:4], 77)


@pytest.mark.parametrize(
    ("dtype", "void", "nodata"),
    [
        ("int16", -32768, None),  # beyond any height, whether marked or not
        ("int16", -32767, -32767),
        ("int16", -9999, None),
        ("int16", 32767, None),
        ("int16", 0, 0),
        ("float32", np.nan, None),
        ("float32", -9999.0, None),
        ("float32", 3.4028235e38, None),
        ("float64", -np.inf, None),
        ("float64", 1e300, None),
    ],
)
def test_what_counts_as_no_value(tmp_path, dtype, void, nodata):
    values = np.full((3, 3), 250, dtype)
    values[0, 0] = void
    path = write(tmp_path / "grid.tif", values, 0.0, 3.0, 1.0, nodata=nodata)
    np.testing.assert_allclose(values_at([2.4, 1.5, 0.5], [0.6, 1.5, 2.5], path), [np.nan, 250, 250])


@pytest.mark.parametrize(("west", "columns"), [(-180.0, 36), (-185.0, 37), (0.0, 36), (-190.0, 38)])
def test_a_global_grid_wraps_pixel_and_grid_registered_padded_or_from_zero(tmp_path, west, columns):
    step = 10.0
    lon = west + (np.arange(columns) + 0.5) * step
    row = 1000 + 500 * np.cos(np.radians(lon - 20)) + 100 * np.sin(np.radians(3 * lon))
    path = write(tmp_path / "globe.tif", np.tile(row, (18, 1)), west, 90.0, step)
    where = np.array([-180.0, 179.999, -179.9, 180.0, 175.0, -175.0, 0.0, 12.5, -176.0, -4.9, 355, -0.001])
    witness = np.interp(where, lon, row, period=360)
    np.testing.assert_allclose(values_at(np.full(where.size, 3.0), where, path), witness, atol=1e-3)


def test_a_global_grid_of_many_tiles_wraps(tmp_path):
    step = 0.25
    lon = -180 + (np.arange(1440) + 0.5) * step
    row = 1000 + 500 * np.cos(np.radians(lon - 20)).astype("float32")
    path = write(tmp_path / "globe.tif", np.tile(row, (720, 1)), -180.0, 90.0, step)
    where = np.random.default_rng(1).uniform(-180, 180, 3000)
    where[:40] = np.linspace(179.8, 180.2, 40)
    witness = np.interp(where, lon, row, period=360)
    np.testing.assert_allclose(values_at(np.linspace(-90, 90, 3000), where, path), witness, atol=1e-3)


def test_a_global_grid_holds_to_the_poles(tmp_path):
    values = np.tile(np.arange(18, dtype="int16")[:, None] + 1, (1, 36))
    path = write(tmp_path / "globe.tif", values, -180.0, 90.0, 10.0)
    np.testing.assert_allclose(values_at([90, 88, -90], [0, 170, -180], path), [1, 1, 18])
    assert np.isnan(values_at([90.001, np.nan, 0, 0], [0, 0, np.nan, np.inf], path)).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_small_grid_as_scipy(tmp_path_factory, data):
    rows, columns = data.draw(st.integers(2, 5)), data.draw(st.integers(2, 5))
    west, north = data.draw(st.floats(-180, 170)), data.draw(st.floats(-80, 90))
    step = data.draw(st.floats(0.01, 2))
    seed = data.draw(st.integers(0, 1000))
    draw = np.random.default_rng(seed)
    values = draw.uniform(-400, 8000, (rows, columns)).astype("float32")
    path = write(tmp_path_factory.mktemp("any") / "grid.tif", values, west, north, step)
    lat = north - step * draw.uniform(0.501, rows - 0.501, 20)
    lon = west + step * draw.uniform(0.501, columns - 0.501, 20)
    witness = interpolate(values, west, north, step, lat, lon)
    turned = np.where(lon >= 180, lon - 360, lon)
    np.testing.assert_allclose(values_at(lat, turned, path), witness, atol=0.02)


def test_real_globe_over_the_alps(tmp_path):
    """NOAA GLOBE, 30 arc-seconds."""
    with np.load(shared_file("globe_g10g_42-50N_0-20E_30arcsec.npz")) as data:
        values = data["elevation"]
    path = write(tmp_path / "globe.tif", values, 0.0, 50.0, 1 / 120)
    draw = np.random.default_rng(8)
    lat, lon = draw.uniform(45, 48, 5000), draw.uniform(5, 16, 5000)
    found = values_at(lat, lon, path)
    np.testing.assert_allclose(found, interpolate(values, 0.0, 50.0, 1 / 120, lat, lon), atol=1e-3)
    # Zermatt and Geneva's lake shore.
    assert 1500 < values_at(46.0207, 7.7491, path)[0] < 2600
    assert 370 < values_at(46.21, 6.16, path)[0] < 480


def test_more_tiles_than_a_process_keeps_change_no_value(tmp_path):
    values = np.random.default_rng(4).integers(1, 4000, (2560, 2560)).astype("int16")
    path = write(tmp_path / "grid.tif", values, 0.0, 25.6, 0.01, compress="deflate")
    draw = np.random.default_rng(5)
    lat, lon = draw.uniform(0.006, 25.594, 20_000), draw.uniform(0.006, 25.594, 20_000)
    witness = interpolate(values, 0.0, 25.6, 0.01, lat, lon)
    grids = Grids.open("enrich.elevation_grids", [path])
    np.testing.assert_allclose(grids.values(lat, lon), witness, atol=1e-3)
    assert grids.cache.tiles_read == 100
    found = np.concatenate([grids.values(lat[part], lon[part]) for part in np.array_split(range(20_000), 7)])
    np.testing.assert_allclose(found, witness, atol=1e-3)
    slots = grids.cache.slots
    assert len(slots.own) == 64 == np.count_nonzero(slots.slot_of >= 0)
    assert slots.own.nbytes < 8.1 * 2**20


def test_the_tile_looked_at_longest_ago_leaves(tmp_path):
    path = write(tmp_path / "grid.tif", np.ones((256, 256 * 70), "int16"), 0.0, 10.0, 0.01)
    grids = Grids.open("enrich.elevation_grids", [path])

    def look(*tiles):
        before = grids.cache.tiles_read
        grids.values(np.full(len(tiles), 9.0), np.array([2.56 * (tile + 0.5) for tile in tiles]))
        return grids.cache.tiles_read - before

    assert look(*range(64)) == 64
    assert look(0) == 0
    assert look(64) == 1  # in place of 1
    assert look(0, 64) == 0
    assert look(1) == 1  # in place of 2
    assert look(3, 63, 0) == 0
