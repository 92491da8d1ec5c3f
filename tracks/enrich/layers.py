"""Reading the outside polygons: layers of any vector format that OGR knows."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray
from rasterio.crs import CRS

from data_schemas.errors import InputError, did_you_mean
from data_schemas.packaged import resolve

Geometries = NDArray[np.object_]

_LAYER_SUFFIXES = (".shp", ".geojson", ".json", ".gpkg")
"""What is looked for in a zip archive."""
_HAIR_DEG = 1e-6
"""By so much rounding may put a coordinate beyond ±90° or ±360°."""


@dataclass(frozen=True)
class Layer:
    """The features of a file, geometries still encoded.

    Attributes
    ----------
    where
        Setting and file, for messages.
    fields
        The features' fields, one row a feature, in file order.
    encoded
        The features' geometries as well-known binary, None where a feature has none.
    """

    where: str
    fields: pa.Table
    encoded: NDArray[np.object_]

    def geometries(self, rows: Sequence[int] | NDArray[np.int64]) -> Geometries:
        """Return the geometries of some features, without heights and closed, None where there are none.

        Raises
        ------
        InputError
            A geometry is broken or its coordinates are not degrees.
        """
        try:
            wanted = self.encoded[np.asarray(rows, np.int64)]
            found: Geometries = shapely.force_2d(shapely.from_wkb(wanted, on_invalid="fix"))
        except shapely.errors.ShapelyError as error:
            raise InputError(self.where, f"has a broken geometry ({error})", "repair the file") from None
        if found.size:
            west, south, east, north = shapely.total_bounds(found)
            if max(-west, east) > 360 + _HAIR_DEG or max(-south, north) > 90 + _HAIR_DEG:
                problem = f"has coordinates beyond degrees ({west:g} {south:g} {east:g} {north:g})"
                raise InputError(self.where, problem, "convert it to WGS-84 longitude and latitude")
        return found


def is_polygonal(geometries: Geometries) -> NDArray[np.bool_]:
    """Return which geometries are polygons or multipolygons."""
    polygonal = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    return np.isin(shapely.get_type_id(geometries), polygonal)


def read_layer(setting: str, path: str) -> Layer:
    """Return the features of a file that OGR reads: GeoJSON, a shapefile (zipped or not), a GeoPackage.

    Parameters
    ----------
    setting
        The setting that names the file, for messages.
    path
        The file; `package:NAME` is one the package ships. A .zip holds one such file, in any folder.

    Raises
    ------
    InputError
        The file is missing, no vector file, empty, has several layers, or is not in longitude and latitude.
    """
    where = f"{setting}: {path}"
    file = resolve(path)
    if not file.is_file():
        raise InputError(where, "cannot be read (no such file)", "correct the path or unset it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # GDAL's, of rings not closed: they get closed
            warnings.simplefilter("error", UserWarning)  # pyogrio's, of several layers
            about, table = pyogrio.read_arrow(_source(where, file))
    except pyogrio.errors.DataSourceError as error:
        problem = f"is not a vector file that can be read ({str(error).split(';')[0]})"
        raise InputError(where, problem, "give GeoJSON, a shapefile or a GeoPackage") from None
    except UserWarning as several:
        raise InputError(where, f"has several layers ({several})", "export the one to use") from None
    if about["crs"] and not CRS.from_user_input(about["crs"]).is_geographic:
        problem = f"is in a projection ({about['crs'][:40]}), expected longitude and latitude"
        raise InputError(where, problem, "convert it to WGS-84, with ogr2ogr -t_srs EPSG:4326 say")
    if not table.num_rows:
        raise InputError(where, "has no feature", "give a file of polygons")
    geometry = about["geometry_name"] or "wkb_geometry"
    if geometry not in table.column_names:
        raise InputError(where, "has no geometry", "give a file of polygons")
    place = table.column_names.index(geometry)
    encoded = np.array(table.column(place).to_pylist(), object)
    return Layer(where, table.remove_column(place), encoded)


def _source(where: str, file: Path) -> str:
    """Return what GDAL calls a file; of an archive it is the one member that is a layer."""
    if file.suffix.lower() != ".zip":
        return str(file)
    try:
        with zipfile.ZipFile(file) as archive:
            members = [name for name in archive.namelist() if name.lower().endswith(_LAYER_SUFFIXES)]
    except zipfile.BadZipFile:
        raise InputError(where, "is not a zip archive", "give GeoJSON or a shapefile") from None
    if len(members) != 1:
        problem = f"holds {len(members)} layers, expected one ({', '.join(members) or 'none'})"
        raise InputError(where, problem, "unpack it and name the file to read")
    return f"/vsizip/{file}/{members[0]}"


def read_polygons(
    setting: str, path: str, properties: Sequence[str]
) -> tuple[list[dict[str, Any]], Geometries]:
    """Return the properties and the geometry of every polygon feature of a file, in file order.

    Heights among the coordinates are dropped. A polygon that is not valid (crosses itself, say) is made so
    by `shapely.make_valid`; features of other geometry are not read.

    Parameters
    ----------
    setting, path
        As `read_layer` takes them.
    properties
        Names that the features must have among their properties; None where a feature has no value.

    Raises
    ------
    InputError
        As of `read_layer`; the file has no polygon or lacks a property.
    """
    layer = read_layer(setting, path)
    for name in properties:
        if name not in layer.fields.column_names:
            problem = f"has no property '{name}'"
            raise InputError(layer.where, problem, did_you_mean(name, layer.fields.column_names))
    geometries = layer.geometries(range(layer.fields.num_rows))
    polygonal = is_polygonal(geometries)
    if not polygonal.any():
        kinds = sorted({geometry.geom_type for geometry in geometries if geometry is not None})
        problem = f"has no polygon ({', '.join(kinds) or 'no geometry'})"
        raise InputError(layer.where, problem, "give a file of polygons")
    broken = polygonal & ~shapely.is_valid(geometries)
    geometries[broken] = shapely.make_valid(geometries[broken])
    rows = layer.fields.select(list(properties)).filter(pa.array(polygonal)).to_pylist()
    return rows, geometries[polygonal]
