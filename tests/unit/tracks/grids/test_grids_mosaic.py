"""Folders, patterns and VRTs of tiles: one surface, without a seam."""

import numpy as np
import pytest
import rasterio

from data_schemas.errors import InputError
from tests.unit.tracks.grids.rasters import at_centres, values_at, write, write_srtm

POSTS = 1201


@pytest.fixture(scope="module")
def tiles(tmp_path_factory):
    """Four SRTM tiles around 37 N 84 W, cut out of one random surface, whose edges they share."""
    folder = tmp_path_factory.mktemp("srtm")
    surface = np.random.default_rng(3).integers(1, 4000, (2 * POSTS - 1, 2 * POSTS - 1)).astype("int16")
    cut = {"N37W085": (0, 0), "N37W084": (0, 1), "N36W085": (1, 0), "N36W084": (1, 1)}
    for name, (down, right) in cut.items():
        top, left = down * (POSTS - 1), right * (POSTS - 1)
        write_srtm(folder, name, surface[top : top + POSTS, left : left + POSTS])
    return folder, surface


def anywhere(count=4000):
    """Points over the four tiles, a third of them within a cell of the seams."""
    draw = np.random.default_rng(5)
    lat, lon = draw.uniform(36, 38, count), draw.uniform(-85, -83, count)
    third = count // 3
    lat[:third] = 37 + draw.uniform(-1, 1, third) / 1200
    lon[third // 2 : third] = -84 + draw.uniform(-1, 1, third - third // 2) / 1200
    return lat, lon


def witness(surface, lat, lon):
    axis = np.linspace(0, 2, 2 * POSTS - 1)
    return at_centres(surface, 38 - axis, -85 + axis, lat, lon)


@pytest.mark.parametrize("pattern", ["", "*.hgt", "**/*.hgt"])
def test_a_folder_or_pattern_of_tiles_is_one_surface(tiles, pattern):
    folder, surface = tiles
    (folder / "readme.txt").write_text("not a raster")
    lat, lon = anywhere()
    found = values_at(lat, lon, folder / pattern)
    np.testing.assert_allclose(found, witness(surface, lat, lon), atol=1e-3)


def test_a_vrt_of_tiles(tiles):
    """Written by hand, with paths relative to it and an overlap of the shared posts."""
    folder, surface = tiles
    places = {"N37W085": (0, 0), "N37W084": (1200, 0), "N36W085": (0, 1200), "N36W084": (1200, 1200)}
    sources = "".join(
        f'<SimpleSource><SourceFilename relativeToVRT="1">{name}.hgt</SourceFilename>'
        f'<SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="1201" ySize="1201"/>'
        f'<DstRect xOff="{x}" yOff="{y}" xSize="1201" ySize="1201"/></SimpleSource>'
        for name, (x, y) in places.items()
    )
    step, half = 1 / 1200, 0.5 / 1200
    (folder / "all.vrt").write_text(
        f'<VRTDataset rasterXSize="2401" rasterYSize="2401"><SRS>EPSG:4326</SRS>'
        f"<GeoTransform>{-85 - half!r}, {step!r}, 0, {38 + half!r}, 0, {-step!r}</GeoTransform>"
        f'<VRTRasterBand dataType="Int16" band="1"><NoDataValue>-32768</NoDataValue>{sources}'
        "</VRTRasterBand></VRTDataset>"
    )
    lat, lon = anywhere()
    found = values_at(lat, lon, folder / "all.vrt")
    np.testing.assert_allclose(found, witness(surface, lat, lon), atol=1e-3)


def test_where_tiles_are_missing_or_void_the_next_grid_serves(tmp_path):
    posts = np.full((POSTS, POSTS), 500, "int16")
    posts[:, -1] = -32768  # the shared posts, which the neighbour has
    posts[600, 600] = -32768
    write_srtm(tmp_path / "srtm", "N36W085", posts)
    write_srtm(tmp_path / "srtm", "N36W084", np.full((POSTS, POSTS), 500, "int16"))
    coarse = write(tmp_path / "coarse.tif", np.full((10, 10), 77, "int16"), -90.0, 40.0, 1.0)
    lat, lon = [36.5, 36.5, 36.5, 37.5], [-84.5, -84.0, -84.0004, -84.5]
    found = values_at(lat, lon, tmp_path / "srtm", coarse)
    np.testing.assert_allclose(found, [77, 500, 500, 77])


def test_tiles_of_other_cells_are_mosaics_of_their_own_the_finest_first(tmp_path):
    """As DTED, whose columns are twice as wide north of 50 N."""
    write(tmp_path / "a.tif", np.full((10, 10), 100, "int16"), 0.0, 50.0, 0.1)
    write(tmp_path / "b.tif", np.full((10, 10), 110, "int16"), 1.0, 50.0, 0.1)
    wide = rasterio.Affine(0.2, 0, 0.0, 0, -0.1, 51.0)
    write(tmp_path / "c.tif", np.full((10, 5), 200, "int16"), 0, 0, 0, transform=wide)
    write(tmp_path / "d.tif", np.full((4, 4), 300, "float32"), 0.0, 51.0, 0.5)
    found = values_at([49.5, 49.5, 49.5, 50.5, 50.5], [0.5, 1.0, 1.5, 0.5, 1.5], tmp_path)
    np.testing.assert_allclose(found, [100, 105, 110, 200, 300])


@pytest.mark.parametrize(
    ("dtype", "lowest"), [("uint8", 0), ("int8", -128), ("uint16", 0), ("float64", -0.5)]
)
def test_beyond_the_tiles_of_any_type_there_is_no_value_and_its_lowest_is_one(tmp_path, dtype, lowest):
    write(tmp_path / "a.tif", np.full((2, 2), lowest, dtype), 0.0, 2.0, 1.0)
    write(tmp_path / "b.tif", np.full((2, 2), 100, dtype), 4.0, 2.0, 1.0)
    np.testing.assert_allclose(values_at([1, 1, 1], [1, 3, 5], tmp_path), [lowest, np.nan, 100])


def test_unit_scale_and_offset_of_tiles_are_kept(tmp_path):
    for name, west in (("a", 0.0), ("b", 2.0)):
        path = write(tmp_path / f"{name}.tif", np.full((2, 2), 100, "int16"), west, 2.0, 1.0, unit="ft")
        with rasterio.open(path, "r+") as grid:
            grid.scales, grid.offsets = (0.5,), (10.0,)
    np.testing.assert_allclose(values_at([1, 1], [1, 2], tmp_path), 60 * 0.3048, rtol=1e-6)


def test_tiles_from_both_sides_of_the_antimeridian(tmp_path):
    """Within a tile there are values up to its edge; across, only where the globe is whole."""
    write(tmp_path / "e.tif", np.full((10, 10), 10, "int16"), 179.0, 1.0, 0.1)
    write(tmp_path / "w.tif", np.full((10, 10), 30, "int16"), -180.0, 1.0, 0.1)
    found = values_at([0.5, 0.5, 0.5], [179.5, -179.5, -180.0], tmp_path)
    np.testing.assert_allclose(found, [10, 30, 20])


@pytest.mark.parametrize(
    ("files", "name", "message"),
    [
        ({}, "", r"no raster is there \(\.asc"),
        ({"a.hgt": b"short"}, "", r"a\.hgt cannot be read as a raster"),
        ({"readme.txt": b"x"}, "*.dt1", r"no raster is there; correct the path"),
    ],
)
def test_a_folder_without_rasters_or_with_a_broken_one_is_one_line(tmp_path, files, name, message):
    for file, text in files.items():
        (tmp_path / file).write_bytes(text)
    with pytest.raises(InputError, match=message) as caught:
        values_at(1, 1, tmp_path / name)
    assert str(caught.value).startswith(f"enrich.elevation_grids: {tmp_path / name}: ")
    assert "\n" not in str(caught.value)


def test_a_folder_of_grids_in_metres_is_refused_with_the_way_out(tmp_path):
    write(tmp_path / "utm.tif", np.ones((3, 3), "int16"), 500000.0, 5000000.0, 30.0, crs="EPSG:32633")
    with pytest.raises(InputError, match=r"utm\.tif is not north-up in degrees; name it by itself"):
        values_at(1, 1, tmp_path)


def test_a_mosaic_whose_tile_is_gone_says_which(tmp_path):
    write(tmp_path / "a.tif", np.full((2, 2), 1, "int16"), 0.0, 2.0, 1.0)
    (tmp_path / "all.vrt").write_text(
        '<VRTDataset rasterXSize="2" rasterYSize="2"><SRS>EPSG:4326</SRS><GeoTransform>0,1,0,2,0,-1'
        '</GeoTransform><VRTRasterBand dataType="Int16" band="1"><SimpleSource><SourceFilename '
        'relativeToVRT="1">gone.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource>'
        "</VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(InputError, match=r"all\.vrt: cannot be read .*gone\.tif"):
        values_at(1, 1, tmp_path / "all.vrt")
