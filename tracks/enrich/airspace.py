"""A, the airspace class of a position: 1 B, 2 C, 3 D, 4 other (pipeline.md, stage 3, step 10)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_schemas.errors import InputError
from tracks.enrich.cells import Floats
from tracks.enrich.geojson import Geometries, read_polygons
from tracks.enrich.polygons import PolygonIndex

SETTING = "enrich.airspace_files"
CODES = {"B": 1, "C": 2, "D": 3}
"""A of each class; everything else is `OTHER`."""
OTHER = 4

_CELL_DEG = 1 / 32
"""Smaller than a class D area of 4 NM radius, so that its middle is covered cells."""


class Airspace:
    """Volumes of class B, C and D airspace: polygons with a floor and a ceiling.

    Parameters
    ----------
    geometries
        The volumes' outlines, valid polygons in degrees.
    codes
        A of each volume: 1, 2 or 3.
    floor_ft_msl, ceiling_ft_msl
        The volumes' limits, feet above mean sea level, both belonging to the volume.
    precedence
        Classes in the order in which they win where volumes overlap.
    """

    def __init__(
        self,
        geometries: Geometries,
        codes: NDArray[np.int8],
        floor_ft_msl: Floats,
        ceiling_ft_msl: Floats,
        precedence: Sequence[str],
    ) -> None:
        self._index = PolygonIndex(geometries, _CELL_DEG)
        self._codes = codes
        self._floor_ft = floor_ft_msl
        self._ceiling_ft = ceiling_ft_msl
        self._precedence = [CODES[name] for name in precedence]

    @classmethod
    def read(cls, paths: Sequence[str], precedence: Sequence[str]) -> Airspace:
        """Read GeoJSON files of polygons with the properties CLASS, floor_ft_msl and ceiling_ft_msl.

        Volumes of a class other than B, C and D are class "other" like all the rest and are not kept.

        Raises
        ------
        InputError
            A file cannot be read, a limit is not a number, or the precedence does not rank all classes.
        """
        if sorted(precedence) != sorted(CODES):
            problem = f"must name B, C and D once each, found {', '.join(precedence) or 'nothing'}"
            raise InputError("enrich.airspace_precedence", problem, "name the class that wins first")
        volumes: list[tuple[int, float, float]] = []
        outlines: list[Any] = []
        for path in paths:
            properties, geometries = read_polygons(SETTING, path, ("CLASS", "floor_ft_msl", "ceiling_ft_msl"))
            for number, (about, geometry) in enumerate(zip(properties, geometries, strict=True), 1):
                if about["CLASS"] in CODES:
                    floor, ceiling = (
                        _limit_ft(about[name], f"{SETTING}: {path}, polygon {number}, {name}")
                        for name in ("floor_ft_msl", "ceiling_ft_msl")
                    )
                    volumes.append((CODES[about["CLASS"]], floor, ceiling))
                    outlines.append(geometry)
        codes, floors, ceilings = np.array(volumes, np.float64).reshape(-1, 3).T
        return cls(np.array(outlines, object), codes.astype(np.int8), floors, ceilings, precedence)

    def classify(self, lat_deg: Floats, lon_deg: Floats, alt_ft_msl: Floats) -> NDArray[np.int8]:
        """Return A of each point.

        A point is in a volume if its outline covers it (boundary included) and its altitude lies within
        floor and ceiling (both included). An altitude below 0 counts as 0, so that the surface (floor 0)
        holds aircraft that report less on a day of high pressure. A missing altitude (NaN) is in no volume.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees.
        alt_ft_msl
            Altitudes, feet above mean sea level.
        """
        found = np.full(lat_deg.size, OTHER, np.int8)
        point, part, covered = self._index.candidates(lat_deg, lon_deg)
        volume = self._index.geometry_of(part)
        alt_ft = np.maximum(alt_ft_msl, 0)[point]
        within = (alt_ft >= self._floor_ft[volume]) & (alt_ft <= self._ceiling_ft[volume])
        point, part, covered = point[within], part[within], covered[within]
        code = self._codes[volume[within]]
        for wanted in self._precedence:
            mine = code == wanted
            sure = point[mine & covered]
            found[sure] = np.where(found[sure] == OTHER, wanted, found[sure])
            unsure = np.flatnonzero(mine & ~covered & (found[point] == OTHER))
            at = point[unsure]
            found[at[self._index.holds(part[unsure], lat_deg[at], lon_deg[at])]] = wanted
        return found


def _limit_ft(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise InputError(where, f"is {value!r}, expected feet", "convert it to a number of feet MSL")
    return float(value)
