"""Airspace volumes of class B, C and D: what every reader of a file of them returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracks.enrich.cells import Floats
from tracks.enrich.geojson import Geometries

CODES = {"B": 1, "C": 2, "D": 3}
"""A of each class that is kept."""


@dataclass(frozen=True)
class Volumes:
    """Airspace volumes, one entry of each field a volume, in the order of the files.

    A limit is in feet above mean sea level or, where its `_agl` is true, above the ground under the point:
    its MSL is then the limit plus the terrain elevation of the point.

    Attributes
    ----------
    outlines
        Valid polygons or multipolygons, degrees, longitudes within [-180, 180], cut at the antimeridian.
    codes
        A of each: 1 B, 2 C, 3 D.
    floor_ft, ceiling_ft
        Limits, ft, both belonging to the volume. A floor at the surface is -inf and MSL: it holds every
        altitude below the ceiling, whatever the terrain and the altimeter say. A ceiling may be +inf.
        An excluded ceiling ("to but not including") is the next number below.
    floor_agl, ceiling_agl
        Whether the limit is above ground, else above mean sea level.
    names
        As the files have them, empty where they have none.
    """

    outlines: Geometries
    codes: NDArray[np.int8]
    floor_ft: Floats
    ceiling_ft: Floats
    floor_agl: NDArray[np.bool_]
    ceiling_agl: NDArray[np.bool_]
    names: tuple[str, ...]
