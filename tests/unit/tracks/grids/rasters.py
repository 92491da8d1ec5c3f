"""Rasters to test with, and their values as SciPy interpolates them."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from scipy.interpolate import RegularGridInterpolator

from tracks.enrich.grids import Grids

ELEVATION = Path(__file__).parents[4].parent / "shared" / "data" / "elevation"


def shared_file(name):
    """Return a file of the shared elevation data, or skip."""
    if not (ELEVATION / name).is_file():
        pytest.skip("the shared elevation grids are not here")
    return ELEVATION / name


def write(path, values, west, north, step, crs="EPSG:4326", transform=None, tags=None, unit=None, **options):
    """Write a north-up GeoTIFF whose north-west pixel *corner* is (west, north)."""
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
        transform=transform or rasterio.Affine(step, 0, west, 0, -step, north),
        **options,
    ) as grid:
        grid.update_tags(**(tags or {}))
        if unit:
            grid.units = (unit,)
        grid.write(values, 1)
    return str(path)


def write_srtm(folder, name, posts):
    """Write a tile as SRTM is published: big-endian, row by row from the north, posts on the edges."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.hgt"
    path.write_bytes(posts.astype(">i2").tobytes())
    return str(path)


def at_centres(values, lat_of_rows, lon_of_columns, lat, lon):
    """Interpolate between cell centres, NaN beyond the outer ones (SciPy)."""
    order = np.argsort(lat_of_rows)
    found = RegularGridInterpolator(
        (np.asarray(lat_of_rows)[order], lon_of_columns), values[order].astype(float), bounds_error=False
    )
    return found(np.column_stack([lat, lon]))


def interpolate(values, west, north, step, lat, lon):
    """Interpolate in a grid whose north-west corner is (west, north) (SciPy)."""
    rows, columns = values.shape
    lat_of_rows = north - (np.arange(rows) + 0.5) * step
    return at_centres(values, lat_of_rows, west + (np.arange(columns) + 0.5) * step, lat, lon)


def values_at(lat, lon, *names, **options):
    """Return what our grids say, metres."""
    points = (np.atleast_1d(np.asarray(x, float)) for x in (lat, lon))
    return Grids.open("enrich.elevation_grids", [str(name) for name in names], **options).values(*points)
