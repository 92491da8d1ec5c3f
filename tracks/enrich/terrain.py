"""Terrain elevation from grids in order of preference (pipeline.md, stage 3, step 10)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import rasterio
import rasterio.errors
from numpy.typing import NDArray
from rasterio.windows import Window

from data_schemas.errors import InputError
from data_schemas.packaged import resolve
from tracks.enrich.cells import Floats, Integers
from tracks.units import m_to_ft

SETTING = "enrich.elevation_grids"

_TILE = 256
"""Rows and columns of a grid read at a time."""
_CACHE_BYTES = 256 << 20
"""Most bytes of tiles kept in memory, of all grids together: 1000 tiles of 16-bit values."""
_ROUNDING = 1e-6
"""How far beyond a grid's edge, in cells, a point still counts as on it."""

Tile = NDArray[np.floating]


class TileCache:
    """The tiles used last, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._tiles: OrderedDict[tuple[str, int], Tile] = OrderedDict()

    def get(self, grid: Grid, number: int) -> Tile:
        """Return a tile of a grid, read if it is not kept."""
        key = (grid.name, number)
        tile = self._tiles.get(key)
        if tile is None:
            tile = self._tiles[key] = grid.read_tile(number)
            self._bytes += tile.nbytes
            while self._bytes > self._most_bytes and len(self._tiles) > 1:
                self._bytes -= self._tiles.popitem(last=False)[1].nbytes
        else:
            self._tiles.move_to_end(key)
        return tile


class Grid:
    """One raster, metres above mean sea level, north up, in degrees of longitude and latitude.

    A grid as wide as the globe (give or take its repeated columns) wraps at its edge.
    """

    def __init__(self, path: str) -> None:
        self.name = path
        where = f"{SETTING}: {path}"
        try:
            self._dataset = rasterio.open(resolve(path))
        except rasterio.errors.RasterioIOError as error:
            raise InputError(where, f"cannot be read as a raster ({error})", "correct the path") from None
        place, crs = self._dataset.transform, self._dataset.crs
        if place.b or place.d or place.a <= 0 or place.e == 0 or place.is_identity:
            raise InputError(where, "is not a north-up grid with a position", "warp it to EPSG:4326")
        if crs is not None and not crs.is_geographic:
            raise InputError(where, f"is in {crs}, not in degrees", "warp it to EPSG:4326")
        self._west, self._column_deg, self._top, self._row_deg = place.c, place.a, place.f, place.e
        self._rows, self._columns = self._dataset.shape
        around = round(360 / self._column_deg)
        whole = abs(around * self._column_deg - 360) < _ROUNDING * self._column_deg * around
        self._around = around if whole and self._columns >= around else 0
        self._tiles_across = -(-self._columns // _TILE)

    def elevation_m(self, lat_deg: Floats, lon_deg: Floats, cache: TileCache) -> Floats:
        """Return the elevation of points, bilinear between the four nearest cell centres, metres.

        In the outer half of an edge cell, where there is no centre on one side, the edge holds. NaN where
        a point is off the grid or one of the four (with a weight above 0) has no value.
        """
        row = (lat_deg - self._top) / self._row_deg - 0.5
        column = np.mod(lon_deg - self._west, 360) / self._column_deg - 0.5
        edge = 0.5 + _ROUNDING
        on_grid = (row >= -edge) & (row <= self._rows - 1 + edge)
        if self._around:
            column = np.mod(column, self._around)
        else:
            on_grid &= column <= self._columns - 1 + edge
            column = np.clip(column, 0, self._columns - 1)
        elevation_m = np.full(lat_deg.size, np.nan)
        (point,) = np.nonzero(on_grid)
        row, column = np.clip(row[point], 0, self._rows - 1), column[point]
        upper, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
        down, right = row - upper, column - left
        if self._around:
            left %= self._around
        tile = upper // _TILE * self._tiles_across + left // _TILE
        order = np.argsort(tile, kind="stable")
        for at in np.split(order, np.flatnonzero(np.diff(tile[order])) + 1) if order.size else []:
            values = cache.get(self, int(tile[at[0]]))
            elevation_m[point[at]] = _bilinear(
                values, upper[at] % _TILE, left[at] % _TILE, down[at], right[at]
            )
        return elevation_m

    def read_tile(self, number: int) -> Tile:
        """Read a tile with one more row and column, where there are, NaN where the grid has no value."""
        row, column = (index * _TILE for index in divmod(number, self._tiles_across))
        rows = min(_TILE + 1, self._rows - row)
        last = self._around or self._columns
        values = self._read(row, rows, column, min(_TILE + 1, last - column))
        if self._around and column + _TILE >= last:
            values = np.hstack([values, self._read(row, rows, 0, 1)])
        return values

    def _read(self, row: int, rows: int, column: int, columns: int) -> Tile:
        band = self._dataset.read(1, window=Window(column, row, columns, rows), masked=True)
        values = band.astype(np.result_type(band.dtype, np.float32)).filled(np.nan)
        scale, offset = self._dataset.scales[0], self._dataset.offsets[0]
        return np.asarray(values if (scale, offset) == (1, 0) else values * scale + offset)


class Terrain:
    """Grids in order of preference: the next serves the points that one has no value for."""

    def __init__(self, grids: Sequence[Grid], cache_bytes: int = _CACHE_BYTES) -> None:
        self._grids = grids
        self._cache = TileCache(cache_bytes)

    @classmethod
    def open(cls, paths: Sequence[str]) -> Terrain:
        """Open the grids; nothing but their headers is read yet.

        Raises
        ------
        InputError
            A file is missing, is not a raster, or is not a grid in degrees.
        """
        return cls([Grid(path) for path in paths])

    def elevation_ft(self, lat_deg: Floats, lon_deg: Floats) -> Floats:
        """Return the elevation of points as the grids have it, ft MSL, NaN where none has a value.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees.
        """
        elevation_m = np.full(lat_deg.size, np.nan)
        for grid in self._grids:
            (missing,) = np.nonzero(np.isnan(elevation_m))
            if not missing.size:
                break
            elevation_m[missing] = grid.elevation_m(lat_deg[missing], lon_deg[missing], self._cache)
        return m_to_ft(elevation_m)


def _bilinear(values: Tile, upper: Integers, left: Integers, down: Floats, right: Floats) -> Floats:
    """Interpolate within a tile; a neighbour of weight 0 is not looked at, so it may be missing."""
    lower, beside = upper + (down > 0), left + (right > 0)
    top = values[upper, left] * (1 - right) + values[upper, beside] * right
    bottom = values[lower, left] * (1 - right) + values[lower, beside] * right
    return np.asarray(top * (1 - down) + bottom * down)
