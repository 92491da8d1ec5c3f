"""Which positions lie within the bounds of a study: a box, or the polygons of a GeoJSON file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import shape

from data_schemas.config import OrganizeSettings
from data_schemas.errors import InputError
from data_schemas.packaged import resolve

Degrees = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def within_bounds(lat_deg: Degrees, lon_deg: Degrees, settings: OrganizeSettings) -> Mask | None:
    """Return which positions lie within the bounds, edges included; None where there are no bounds.

    Parameters
    ----------
    lat_deg, lon_deg
        Positions, deg, shape (n,); longitudes in [-180, 180]. 180 and -180 are the same meridian.
    settings
        `bounds_box_deg` (west > east spans 180°) or `bounds_polygon`. The polygons of a file count
        together; their coordinates may run past ±180.
    """
    if settings.bounds_box_deg:
        return within_box(lat_deg, lon_deg, settings.bounds_box_deg)
    if settings.bounds_polygon:
        file = resolve(settings.bounds_polygon)
        return within_area(lat_deg, lon_deg, _area(file, _version(file)))
    return None


def within_box(lat_deg: Degrees, lon_deg: Degrees, box: tuple[float, float, float, float]) -> Mask:
    """Return which positions lie in the box (west, south, east, north), deg, edges included."""
    west, south, east, north = box

    def between(lon: Degrees) -> Mask:
        return (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)

    seam = np.abs(lon_deg) == 180
    inside: Mask = (lat_deg >= south) & (lat_deg <= north) & (between(lon_deg) | (seam & between(-lon_deg)))
    return inside


def within_area(lat_deg: Degrees, lon_deg: Degrees, area: shapely.Geometry) -> Mask:
    """Return which positions lie in the area or on its edge, wherever its longitudes run."""
    inside = np.zeros(len(lon_deg), np.bool_)
    west, south, east, north = shapely.bounds(area).tolist()
    for turn in (-360.0, 0.0, 360.0):
        lon = lon_deg + turn
        near = np.flatnonzero(
            (lon >= west) & (lon <= east) & (lat_deg >= south) & (lat_deg <= north) & ~inside
        )
        inside[near] = shapely.intersects_xy(area, lon[near], lat_deg[near])
    return inside


def _version(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        raise InputError(file, "no such file of bounds", "set organize.bounds_polygon") from None


@lru_cache(maxsize=4)
def _area(file: Path, version: int) -> shapely.Geometry:  # noqa: ARG001  (a changed file is read again)
    """Read a file's polygons into one prepared geometry."""
    try:
        tree = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(file, f"not a GeoJSON file ({error})", "set organize.bounds_polygon") from None
    polygons = [_polygon(geometry, file) for geometry in _geometries(tree)]
    if not polygons:
        raise InputError(file, "holds no polygon", "give Polygon or MultiPolygon features")
    area = shapely.union_all(polygons)
    shapely.prepare(area)
    return area


def _geometries(tree: Any) -> Iterator[Any]:
    """Yield the geometries of a GeoJSON object, whatever it wraps them in."""
    kind = tree.get("type") if isinstance(tree, dict) else None
    if kind == "FeatureCollection":
        for feature in tree.get("features") or []:
            yield from _geometries(feature)
    elif kind == "Feature":
        yield from _geometries(tree.get("geometry"))
    elif kind == "GeometryCollection":
        for geometry in tree.get("geometries") or []:
            yield from _geometries(geometry)
    elif tree is not None:
        yield tree


def _polygon(geometry: Any, file: Path) -> shapely.Geometry:
    kind = geometry.get("type") if isinstance(geometry, dict) else type(geometry).__name__
    if kind not in {"Polygon", "MultiPolygon"}:
        raise InputError(file, f"expected Polygon or MultiPolygon, found {kind}", "remove it")
    try:
        polygon = shape(geometry)
    except (ValueError, TypeError, LookupError, AttributeError, shapely.errors.ShapelyError) as error:
        raise InputError(file, f"a {kind} without proper coordinates ({error})", "mend it") from None
    if not polygon.is_valid or polygon.is_empty:
        reason = shapely.is_valid_reason(polygon) if not polygon.is_empty else "it is empty"
        raise InputError(file, f"an invalid {kind} ({reason})", "mend it")
    return polygon
