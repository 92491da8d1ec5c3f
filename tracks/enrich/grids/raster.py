"""One raster as a grid in degrees: where its cells are, and its values tile by tile."""

from __future__ import annotations

import os
from typing import Final

import numpy as np
import rasterio
import rasterio.errors
from numpy.typing import NDArray
from rasterio.enums import MaskFlags, Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from data_schemas.errors import InputError
from tracks.enrich.grids.bilinear import TILE, VOID, Kind, Lattice, Tiles
from tracks.units import M_PER_FT

_ROUNDING: Final = 1e-6
"""How far the columns of a grid around the globe may be from 360 degrees, each, in cells."""
_LOWEST_M, _HIGHEST_M = -12_000, 9_000
"""No height on Earth, of land, sea floor or geoid, lies outside; what does is a void that nobody marked."""
_UNMARKED: Final = -9999
"""What many grids hold for no value without saying so."""
_METRES: Final = {
    **dict.fromkeys(("", "m", "metre", "meter", "metres", "meters"), 1.0),
    **dict.fromkeys(("ft", "foot", "feet"), M_PER_FT),
    **dict.fromkeys(("us-ft", "us survey foot", "us_survey_foot", "ftus"), 1200 / 3937),
}
"""Length of a band's unit, m; a band that states none is in metres."""

# GDAL's own cache, MiB, of which it asks the environment once, at its first read. Left alone it takes up to
# 5 % of the machine in every process; as tiles are kept here, the strips under a row of tiles are enough.
os.environ.setdefault("GDAL_CACHEMAX", "32")

Values = NDArray[np.float32]


class Raster:
    """The first band of a raster, metres. One that is not north-up in degrees is warped on the way.

    GDAL tells of a raster whose values are points (SRTM, DTED, some GeoTIFF) that its cells have them in
    their middle, so a value always belongs to the centre of its cell. A grid as wide as the globe (give or
    take its repeated columns) wraps at its edge.

    Parameters
    ----------
    where
        The setting and the raster, for messages.
    source
        File, or text of a VRT.

    Raises
    ------
    InputError
        It cannot be read as a raster, has no position, or its unit is not a length.
    """

    def __init__(self, where: str, source: str) -> None:
        self._where = where
        try:
            self._dataset = _in_degrees(where, rasterio.open(source))
        except rasterio.errors.RasterioError as error:
            problem = f"cannot be read as a raster ({error})"
            raise InputError(where, problem, "correct the path, or get the file again") from None
        unit = (self._dataset.units[0] or "").strip()
        if unit.lower() not in _METRES:
            raise InputError(where, f"is in '{unit}', expected metres or feet", "convert it to metres")
        metres = _METRES[unit.lower()]
        self._factor = self._dataset.scales[0] * metres
        self._offset_m = self._dataset.offsets[0] * metres
        self._masked = bool({MaskFlags.alpha, MaskFlags.per_dataset} & set(self._dataset.mask_flag_enums[0]))
        self._nodata = self._dataset.nodata
        if self._nodata is not None and self._dataset.dtypes[0] == "float32":
            self._nodata = float(np.float32(self._nodata))
        self.lattice = _lattice(self._dataset)
        self.tiles = -(-self.lattice.rows // TILE) * self.lattice.tiles_across

    @property
    def whole_metres(self) -> bool:
        """Whether 16-bit integers hold all values."""
        small = self._dataset.dtypes[0] in ("int8", "uint8", "int16")
        return small and self._factor == 1 and float(self._offset_m).is_integer()

    def read_tile(self, number: int, kind: Kind) -> Tiles:
        """Read a tile, TILE + 1 rows and columns, metres; void where there is no value or no grid.

        Parameters
        ----------
        number
            Of this raster's tiles, row after row.
        kind
            Type of the values; `int16` only where `whole_metres`.

        Raises
        ------
        InputError
            The raster is damaged there.
        """
        lattice = self.lattice
        row, column = (index * TILE for index in divmod(number, lattice.tiles_across))
        last = lattice.around or lattice.columns
        tile = np.full((TILE + 1, TILE + 1), np.nan, np.float32)
        rows, columns = min(TILE + 1, lattice.rows - row), min(TILE + 1, last - column)
        tile[:rows, :columns] = self._read(row, rows, column, columns)
        if lattice.around and columns <= TILE:
            tile[:rows, columns] = self._read(row, rows, 0, 1)[:, 0]
        if kind == np.int16:
            return np.where(np.isnan(tile), VOID, tile).astype(np.int16)
        return tile

    def _read(self, row: int, rows: int, column: int, columns: int) -> Values:
        try:
            window = Window(column, row, columns, rows)
            band = self._dataset.read(1, window=window, masked=self._masked)
        except rasterio.errors.RasterioError as error:
            cause = error.__cause__ or error
            problem = f"cannot be read at rows {row} to {row + rows - 1} ({cause})"
            raise InputError(self._where, problem, "the file is cut short or damaged: get it again") from None
        values: NDArray[np.float64] = np.ma.getdata(band).astype(np.float64)
        void = (values == _UNMARKED) | (values == self._nodata) | np.ma.getmask(band)
        values = values * self._factor + self._offset_m
        values[void | (values < _LOWEST_M) | (values > _HIGHEST_M)] = np.nan
        return values.astype(np.float32)


def _in_degrees(where: str, dataset: rasterio.DatasetReader) -> rasterio.DatasetReader:
    """Return a dataset as it is if it is north-up in degrees, else warped to WGS-84, bilinear."""
    place, crs = dataset.transform, dataset.crs
    if place.is_identity:
        raise InputError(where, "has no position", "give it one, for example as GeoTIFF")
    upright = not place.b and not place.d and place.a > 0
    if upright and (crs is None or crs.is_geographic):
        return dataset
    if crs is None:
        raise InputError(where, "is rotated and has no coordinate system", "warp it to EPSG:4326")
    # Where the warped grid reaches beyond the source there must be no value, not 0.
    marked = MaskFlags.all_valid not in dataset.mask_flag_enums[0]
    return WarpedVRT(dataset, crs="EPSG:4326", resampling=Resampling.bilinear, add_alpha=not marked)


def _lattice(dataset: rasterio.DatasetReader) -> Lattice:
    place = dataset.transform
    rows, columns = dataset.shape
    around = round(360 / place.a)
    whole = abs(around * place.a - 360) < _ROUNDING * place.a * around
    around = around if whole and columns >= around else 0
    return Lattice(
        west_deg=place.c + place.a / 2,
        top_deg=place.f + place.e / 2,
        column_deg=place.a,
        row_deg=place.e,
        rows=rows,
        columns=columns,
        around=around,
        tiles_across=-(-(around or columns) // TILE),
        first_tile=0,
    )
