"""A made-up country with every geographic domain and airspace class, for flights whose G and A are known.

It reaches stages through files that they read as any others: terrain, divisions, airspace.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import ArrayLike, NDArray

from data_schemas.config import EnrichSettings
from data_schemas.files import complete_file, write_text

Floats = NDArray[np.float64]

REACH_NM = 60.0
"""A flight may lead so far from where it begins."""
ELEVATION_FT = 1250.0
"""Elevation of all land; the sea is at 0."""

_ELEVATION_M = 381
_CELL_DEG = 0.5
_LATS = np.array([34.0, 16.0, 30.0, 12.0, 50.0])
"""Latitude of G = 1, 2, ... 5; the sea off 1 and 2 is south of each."""
_LONS = np.array([-110.0, -100.0, -90.0, -80.0])
"""Longitude of A = 1, 2, 3, 4."""
_HALF_LAT_DEG, _HALF_LON_DEG = 2.0, 5.0
_SCATTER_DEG = 0.5
_LAND = {1: ("US", "US-XA", 1), 2: ("US", "US-HI", 2), 5: ("CA", "CA-XC", 5)}
"""Divisions: iso_a2, iso_3166_2 and a GeoNames id, by G."""
_CLASSES = {1: "B", 2: "C", 3: "D"}
_OFFSHORE_NM = 240.0
_WEST, _EAST = _LONS[0] - _HALF_LON_DEG, _LONS[-1] + _HALF_LON_DEG
_SOUTH, _NORTH = 8.0, 54.0


def place(domain: ArrayLike, airspace: ArrayLike, u: Floats) -> tuple[Floats, Floats, Floats]:
    """Return latitude, longitude (degrees) and elevation (ft) of places with a G and an A.

    At least `REACH_NM` around each, G, A and elevation are the same.

    Parameters
    ----------
    domain, airspace
        G from 1 to 5 and A from 1 to 4 of each place.
    u
        Numbers in [0, 1), shape (2, places), which scatter the places.
    """
    g, a = np.asarray(domain, np.int64), np.asarray(airspace, np.int64)
    lat = _LATS[g - 1] + _SCATTER_DEG * (2 * u[0] - 1)
    lon = _LONS[a - 1] + _SCATTER_DEG * (2 * u[1] - 1)
    return lat, lon, np.where(np.isin(g, list(_LAND)), ELEVATION_FT, 0.0)


def write_ground(folder: Path) -> EnrichSettings:
    """Write terrain.tif, divisions.geojson and airspace.geojson, and return the settings that name them."""
    terrain, divisions, airspace = (
        folder / name for name in ("terrain.tif", "divisions.geojson", "airspace.geojson")
    )
    _write_terrain(terrain)
    land = [
        (_box(_WEST, _LATS[g - 1] - _HALF_LAT_DEG, _EAST, _LATS[g - 1] + _HALF_LAT_DEG), about)
        for g, about in _LAND.items()
    ]
    _write_boxes(
        divisions,
        [(box, dict(zip(("iso_a2", "iso_3166_2", "gn_id"), about, strict=True))) for box, about in land],
    )
    volumes = [
        (
            _box(_LONS[a - 1] - _HALF_LON_DEG, _SOUTH, _LONS[a - 1] + _HALF_LON_DEG, _NORTH),
            {"CLASS": name, "floor_ft_msl": 0, "ceiling_ft_msl": 60_000},
        )
        for a, name in _CLASSES.items()
    ]
    _write_boxes(airspace, volumes)
    return EnrichSettings(
        elevation_grids=(str(terrain),),
        region_file=str(divisions),
        airspace_files=(str(airspace),),
        offshore_nm=_OFFSHORE_NM,
    )


def _write_terrain(path: Path) -> None:
    lats = np.arange(_NORTH - _CELL_DEG / 2, _SOUTH, -_CELL_DEG)
    columns = round((_EAST - _WEST) / _CELL_DEG)
    land = np.any([np.abs(lats - _LATS[g - 1]) < _HALF_LAT_DEG for g in _LAND], axis=0)
    metres = np.repeat(np.where(land, _ELEVATION_M, 0).astype(np.int16)[:, None], columns, axis=1)
    with (
        complete_file(path) as part,
        rasterio.open(
            part,
            "w",
            driver="GTiff",
            height=lats.size,
            width=columns,
            count=1,
            dtype=metres.dtype,
            crs="EPSG:4326",
            transform=rasterio.Affine(_CELL_DEG, 0, _WEST, 0, -_CELL_DEG, _NORTH),
        ) as grid,
    ):
        grid.write(metres, 1)


def _box(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    corners = [[lon, lat] for lon, lat in product((west, east), (south, north))]
    ring = [corners[i] for i in (0, 2, 3, 1, 0)]
    return [[[float(x) for x in corner] for corner in ring]]


def _write_boxes(path: Path, boxes: list[tuple[list[list[list[float]]], dict[str, object]]]) -> None:
    features = [
        {"type": "Feature", "properties": about, "geometry": {"type": "Polygon", "coordinates": rings}}
        for rings, about in boxes
    ]
    write_text(path, json.dumps({"type": "FeatureCollection", "features": features}, indent=1) + "\n")
