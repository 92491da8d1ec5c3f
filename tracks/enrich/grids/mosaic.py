"""The rasters of a folder as one: a GDAL mosaic (VRT) written from their headers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

import rasterio
import rasterio.errors

from data_schemas.errors import InputError

_ENDINGS: Final = frozenset((".hgt", ".dt0", ".dt1", ".dt2", ".tif", ".tiff", ".bil", ".img", ".asc"))
"""What counts as a raster in a folder. A pattern takes what it matches."""
_GDAL_TYPES: Final = {"uint8": "Byte", "uint16": "UInt16", "uint32": "UInt32"}


class _Kind(NamedTuple):
    """What rasters of one mosaic have in common: size of a cell, where cells lie, type, unit, scale."""

    column_deg: float
    row_deg: float
    column_phase: float
    row_phase: float
    dtype: str
    unit: str
    scale: float
    offset: float


class _Part(NamedTuple):
    path: str
    west_deg: float
    north_deg: float
    rows: int
    columns: int
    block: tuple[int, int]
    nodata: float | None


def mosaics(where: str, path: Path, files: Sequence[Path]) -> list[str]:
    """Return VRTs of rasters: one for those whose cells are on one lattice, the finest first.

    Cells that overlap (the outer rows of SRTM and DTED) come from the file named last that has a value. So
    interpolation goes on across the border of two files.

    Parameters
    ----------
    where
        The setting and the folder or pattern, for messages.
    path, files
        The folder or pattern, and the files below or matching.

    Raises
    ------
    InputError
        There is no raster, or one cannot be read or is not north-up in degrees.
    """
    chosen = [file for file in files if not path.is_dir() or file.suffix.lower() in _ENDINGS]
    if not chosen:
        endings = f" ({', '.join(sorted(_ENDINGS))})" if path.is_dir() else ""
        raise InputError(where, f"no raster is there{endings}", "correct the path")
    parts: dict[_Kind, list[_Part]] = defaultdict(list)
    for file in chosen:
        kind, part = _described(where, file)
        parts[kind].append(part)
    finest_first = sorted(parts, key=lambda kind: (abs(kind.column_deg * kind.row_deg), kind))
    return [_vrt(kind, parts[kind]) for kind in finest_first]


def _described(where: str, file: Path) -> tuple[_Kind, _Part]:
    try:
        with rasterio.open(file) as found:
            place, crs = found.transform, found.crs
            upright = not place.b and not place.d and place.a > 0 and not place.is_identity
            if not upright or (crs is not None and not crs.is_geographic):
                problem = f"{file.name} is not north-up in degrees"
                raise InputError(where, problem, "name it by itself, so that it is warped")
            kind = _Kind(
                round(place.a, 14),
                round(place.e, 14),
                round(place.c / place.a, 3) % 1,
                round(place.f / place.e, 3) % 1,
                found.dtypes[0],
                found.units[0] or "",
                found.scales[0],
                found.offsets[0],
            )
            size = (found.height, found.width, found.block_shapes[0], found.nodatavals[0])
            return kind, _Part(str(file.absolute()), place.c, place.f, *size)
    except rasterio.errors.RasterioError as error:
        problem = f"{file.name} cannot be read as a raster ({error})"
        raise InputError(where, problem, "get the file again, or take it away") from None


def _vrt(kind: _Kind, parts: Sequence[_Part]) -> str:
    """Write the mosaic; a cell that no file has a value for has none."""
    west = min(part.west_deg for part in parts)
    north = min((part.north_deg for part in parts), key=lambda top: top / kind.row_deg)
    placed = [
        (
            part,
            round((part.west_deg - west) / kind.column_deg),
            round((part.north_deg - north) / kind.row_deg),
        )
        for part in parts
    ]
    columns = max(left + part.columns for part, left, _ in placed)
    rows = max(top + part.rows for part, _, top in placed)
    # A type that has room for a void that no value is.
    stored, void = ("Int16", -32768) if kind.dtype in ("uint8", "int8", "int16") else ("Float64", "nan")
    own = _GDAL_TYPES.get(kind.dtype, kind.dtype.capitalize())
    sources = "".join(_source(part, left, top, own) for part, left, top in placed)
    return (
        f'<VRTDataset rasterXSize="{columns}" rasterYSize="{rows}"><SRS>EPSG:4326</SRS>'
        f"<GeoTransform>{west!r}, {kind.column_deg!r}, 0, {north!r}, 0, {kind.row_deg!r}</GeoTransform>"
        f'<VRTRasterBand dataType="{stored}" band="1"><NoDataValue>{void}</NoDataValue>'
        f"<UnitType>{escape(kind.unit)}</UnitType><Scale>{kind.scale!r}</Scale>"
        f"<Offset>{kind.offset!r}</Offset>{sources}</VRTRasterBand></VRTDataset>"
    )


def _source(part: _Part, left: int, top: int, dtype: str) -> str:
    size = f'xSize="{part.columns}" ySize="{part.rows}"'
    block_rows, block_columns = part.block
    nodata = "" if part.nodata is None else f"<NODATA>{part.nodata!r}</NODATA>"
    return (
        f'<ComplexSource><SourceFilename relativeToVRT="0">{escape(part.path)}</SourceFilename>'
        # With these GDAL opens the file only when its cells are needed.
        f'<SourceProperties RasterXSize="{part.columns}" RasterYSize="{part.rows}" DataType="{dtype}" '
        f'BlockXSize="{block_columns}" BlockYSize="{block_rows}"/><SourceBand>1</SourceBand>'
        f'<SrcRect xOff="0" yOff="0" {size}/><DstRect xOff="{left}" yOff="{top}" {size}/>'
        f"{nodata}</ComplexSource>"
    )
