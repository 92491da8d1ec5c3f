"""The boxes whose traffic is asked for: about aerodromes in or under class B, C and D airspace.

After Weinert et al. (2020) and the released code (em-download-opensky, generateQueries_1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tracks.aerodromes.circles import Floats, box_areas_nm2, circle_boxes
from tracks.aerodromes.reading import Aerodromes
from tracks.enrich.layers import Geometries
from tracks.enrich.volumes import CODES, Volumes

_DECIMALS = 6
"""Edges have so many, in degrees, so that the text of a query says exactly what they are."""


@dataclass(frozen=True)
class Boxes:
    """Boxes without common area, from west to east.

    Attributes
    ----------
    edges_deg
        West, south, east, north, shape (n, 4). A box holds its west and south edge and not the other two,
        so that boxes side by side share no position.
    aerodromes
        For each box the identifiers of the aerodromes whose circles reach into it, sorted.
    """

    edges_deg: Floats
    aerodromes: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.aerodromes)


def aerodromes_within(aerodromes: Aerodromes, volumes: Volumes, classes: Sequence[str]) -> Aerodromes:
    """Return the aerodromes in or under airspace of the classes.

    As published: an aerodrome counts if it lies in the convex hull of a volume's outline, whatever the
    volume's floor, the hull's edge included.

    Parameters
    ----------
    aerodromes, volumes
        All there are.
    classes
        Classes that count: B, C, D.
    """
    wanted = np.isin(volumes.codes, [CODES[name] for name in classes])
    # Of each part, since one cut at the antimeridian has parts half a world apart.
    hulls = shapely.convex_hull(shapely.get_parts(volumes.outlines[wanted]))
    points = shapely.points(aerodromes.lon_deg, aerodromes.lat_deg)
    inside, _ = shapely.STRtree(hulls).query(points, predicate="intersects")
    return aerodromes.take(np.unique(inside))


def aerodrome_boxes(aerodromes: Aerodromes, radius_nm: float, most_nm2: float) -> Boxes:
    """Return boxes that cover a circle about every aerodrome and have no common area.

    The bounding boxes of the circles are united until disjoint (`united`), those larger than allowed split
    (`split`), and parts that meet no circle's bounding box left out.

    Parameters
    ----------
    aerodromes
        What the circles are about.
    radius_nm
        Radius of the circles, NM.
    most_nm2
        Largest area of a box, square NM.
    """
    circles, centre = circle_boxes(aerodromes.lat_deg, aerodromes.lon_deg, radius_nm)
    parts = split(united(circles), most_nm2)
    part, circle = shapely.STRtree(_polygons(circles)).query(_polygons(parts))
    shared = _overlap(parts[part], circles[circle])
    part, circle = part[shared], circle[shared]
    names: dict[int, set[str]] = {}
    for index, aerodrome in zip(part.tolist(), centre[circle].tolist(), strict=True):
        names.setdefault(index, set()).add(aerodromes.ident[aerodrome])
    kept = sorted(names, key=lambda index: tuple(parts[index]))
    return Boxes(parts[kept], tuple(tuple(sorted(names[index])) for index in kept))


def united(boxes: Floats) -> Floats:
    """Return the boxes that are left when boxes with common area are replaced by their bounding box.

    Repeated until none have any, which the published code gives up after 20 rounds. Boxes that share an edge
    are united too.

    Parameters
    ----------
    boxes
        West, south, east, north, degrees, shape (n, 4).
    """
    before = len(boxes) + 1
    while len(boxes) < before:
        before = len(boxes)
        boxes = shapely.bounds(shapely.get_parts(shapely.union_all(_polygons(boxes))))
    return boxes


def split(boxes: Floats, most_nm2: float) -> Floats:
    """Cut boxes larger than allowed into parts of equal width and height, none larger than allowed.

    The parts of a box cover it exactly. A box has as many rows as keep them no higher than a square of the
    allowed area, and as many columns as the largest of them then needs.

    Parameters
    ----------
    boxes
        West, south, east, north, degrees, multiples of 1e-6.
    most_nm2
        Largest area of a part, square NM on the WGS-84 ellipsoid.
    """
    large = box_areas_nm2(boxes) > most_nm2
    # Edges are rounded to 1e-6°, which must not make a part too large.
    most = most_nm2 * (1 - 1e-5)
    parts = [boxes[~large]]
    for west, south, east, north in boxes[large]:
        rows = int(np.ceil((north - south) * 60 / np.sqrt(most)))
        lat = _edges(south, north, rows)
        whole_rows = np.column_stack([np.full(rows, west), lat[:-1], np.full(rows, east), lat[1:]])
        columns = int(np.ceil(box_areas_nm2(whole_rows).max() / most))
        lon = _edges(west, east, columns)
        row, column = (index.ravel() for index in np.indices((rows, columns)))
        parts.append(np.column_stack([lon[column], lat[row], lon[column + 1], lat[row + 1]]))
    return np.concatenate(parts)


def _polygons(boxes: Floats) -> Geometries:
    return np.asarray(shapely.box(*boxes.T), object)


def _edges(first: float, last: float, steps: int) -> Floats:
    edges = np.linspace(first, last, steps + 1).round(_DECIMALS)
    edges[[0, -1]] = first, last
    return edges


def _overlap(a: Floats, b: Floats) -> NDArray[np.bool_]:
    """Return whether boxes have common area, pair by pair."""
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    return np.asarray((low < high).all(1))
