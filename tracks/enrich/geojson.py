"""Reading the outside polygons: GeoJSON features with the properties that a use of them needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data_schemas.errors import InputError, did_you_mean
from data_schemas.packaged import resolve

Geometries = NDArray[np.object_]


def read_polygons(
    setting: str, path: str, properties: Sequence[str]
) -> tuple[list[dict[str, Any]], Geometries]:
    """Return the properties and the geometry of every polygon feature of a GeoJSON file, in file order.

    Heights among the coordinates are dropped. A polygon that is not valid (crosses itself, say) is made so
    by `shapely.make_valid`; features of other geometry are not read.

    Parameters
    ----------
    setting
        The setting that names the file, for messages.
    path
        The file; `package:NAME` is one the package ships.
    properties
        Names that every feature must have among its properties.

    Raises
    ------
    InputError
        The file is missing, is not GeoJSON, has no polygon, lacks a property, or is not in degrees.
    """
    where = f"{setting}: {path}"
    try:
        document = json.loads(resolve(path).read_text(encoding="utf-8-sig"))
        features = [f for f in document["features"] if "Polygon" in (f["geometry"] or {}).get("type", "")]
        shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    except OSError as error:
        raise InputError(
            where, f"cannot be read ({error.strerror})", "correct the path or unset it"
        ) from None
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        shapely.errors.ShapelyError,
    ) as error:
        raise InputError(where, f"is not a GeoJSON FeatureCollection ({error})", "convert it") from None
    if not features:
        raise InputError(where, "has no polygon", "give a file of polygons")
    for number, feature in enumerate(features, 1):
        found = feature.get("properties") or {}
        for name in properties:
            if name not in found:
                problem = f"polygon {number} has no property '{name}'"
                raise InputError(where, problem, did_you_mean(name, found))
    return [feature["properties"] for feature in features], sound_polygons(
        where, np.array(shapes, dtype=object)
    )


def sound_polygons(where: str, geometries: Geometries) -> Geometries:
    """Return polygons without heights, each valid: one that is not is made so by `shapely.make_valid`.

    Raises
    ------
    InputError
        Coordinates are not degrees; `where` names the file.
    """
    geometries = np.asarray(shapely.force_2d(geometries), object)
    west, south, east, north = shapely.total_bounds(geometries)
    if west < -360 or east > 360 or south < -90 or north > 90:
        problem = f"has coordinates beyond degrees ({west:g} {south:g} {east:g} {north:g})"
        raise InputError(where, problem, "convert it to WGS-84 longitude and latitude")
    broken = ~shapely.is_valid(geometries)
    geometries[broken] = shapely.make_valid(geometries[broken])
    return geometries
