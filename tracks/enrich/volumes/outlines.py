"""Outlines as files give them, made valid and brought within ±180° of longitude."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray

from tracks.enrich.layers import Geometries, is_polygonal

Coordinates = NDArray[np.float64]


class OutlineError(ValueError):
    """An outline that encloses no area, or a pole."""


def whole(outline: Any) -> tuple[Any, bool]:
    """Return an outline as a valid polygon or multipolygon, and whether it had to be mended.

    Rings that cross themselves or overlap are mended by `shapely.make_valid` with its method "structure":
    shells are joined, holes cut out. Where a ring steps by more than 180° of longitude from one point to
    the next, or goes beyond ±180°, it crosses the antimeridian: the polygon is cut there into parts within
    [-180, 180], and nothing of it is lost.

    Parameters
    ----------
    outline
        A polygon or multipolygon, degrees.

    Raises
    ------
    OutlineError
        The outline encloses no area or a pole.
    """
    steady = outline
    if _wraps(outline):
        steady = shapely.multipolygons([_unwrapped(part) for part in shapely.get_parts(outline)])
    mended = not shapely.is_valid(steady)
    if mended:
        steady = shapely.make_valid(steady, method="structure", keep_collapsed=False)
    return _polygonal(_cut(steady)), mended


def _wraps(outline: Any) -> bool:
    """Tell whether a ring jumps by more than 180°; steps from ring to ring count too, which costs little."""
    return bool((np.abs(np.diff(shapely.get_coordinates(outline)[:, 0])) > 180).any())


def _unwrapped(polygon: Any) -> Any:
    """Return a polygon whose longitudes run on beyond ±180° instead of jumping."""
    shell = _steady(shapely.get_coordinates(shapely.get_exterior_ring(polygon)))
    middle = shell[:, 0].mean()
    holes = []
    for hole in polygon.interiors:
        ring = _steady(shapely.get_coordinates(hole))
        ring[:, 0] += 360 * np.round((middle - ring[:, 0].mean()) / 360)
        holes.append(ring)
    return shapely.Polygon(shell, holes)


def _steady(ring: Coordinates) -> Coordinates:
    lon = np.unwrap(ring[:, 0], period=360)
    if abs(lon[-1] - lon[0]) > 180:
        raise OutlineError("goes round a pole")
    return np.column_stack([lon, ring[:, 1]])


def _cut(outline: Any) -> Any:
    """Return an outline's pieces between the antimeridians, each moved by whole turns into [-180, 180]."""
    west, _, east, _ = shapely.bounds(outline)
    if shapely.is_empty(outline) or (west >= -180 and east <= 180):
        return outline
    pieces = []
    for turn in range(int(np.floor((west + 180) / 360)), int(np.ceil((east - 180) / 360)) + 1):
        window = shapely.box(360 * turn - 180, -91, 360 * turn + 180, 91)
        piece = shapely.intersection(outline, window)
        pieces.append(shapely.affinity.translate(piece, -360 * turn))
    return shapely.union_all(pieces)


def _polygonal(outline: Any) -> Any:
    """Return the polygons among what cutting and mending left, which may be lines and points too."""
    parts = shapely.get_parts(shapely.get_parts(outline))
    areas: Geometries = parts[is_polygonal(parts) & (shapely.area(parts) > 0)]
    if not areas.size:
        raise OutlineError("encloses no area")
    return areas[0] if areas.size == 1 else shapely.multipolygons(areas)
