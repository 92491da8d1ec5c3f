"""A, the airspace class of a position: 1 B, 2 C, 3 D, 4 other (pipeline.md, stage 3, step 10)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data_schemas.errors import InputError
from tracks.enrich.cells import Floats
from tracks.enrich.polygons import PolygonIndex
from tracks.enrich.volumes import CODES, Volumes

OTHER = 4
"""A of every position that is in no volume of class B, C or D."""

_CELL_DEG = 1 / 32
"""Smaller than a class D area of 4 NM radius, so that its middle is covered cells."""


class Airspace:
    """Volumes of class B, C and D airspace: polygons with a floor and a ceiling.

    Parameters
    ----------
    volumes
        The volumes, see `tracks.enrich.volumes`.
    precedence
        Classes in the order in which they win where volumes overlap.

    Raises
    ------
    InputError
        The precedence does not rank all classes.
    """

    def __init__(self, volumes: Volumes, precedence: Sequence[str]) -> None:
        if sorted(precedence) != sorted(CODES):
            problem = f"must name B, C and D once each, found {', '.join(precedence) or 'nothing'}"
            raise InputError("enrich.airspace_precedence", problem, "name the class that wins first")
        self._index = PolygonIndex(volumes.outlines, _CELL_DEG)
        self._codes = volumes.codes
        self._floor_ft = volumes.floor_ft
        self._ceiling_ft = volumes.ceiling_ft
        self._precedence = [CODES[name] for name in precedence]

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
