"""A, the airspace class of a position: 1 B, 2 C, 3 D, 4 other (pipeline.md, stage 3, step 10)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data_schemas.errors import InputError
from tracks.enrich.arrays import Floats
from tracks.enrich.polygons import Limits, PolygonIndex
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
        # The index returns the first volume in order that holds a point.
        rank = np.array([precedence.index(name) for name in CODES])[volumes.codes - 1]
        order = np.argsort(rank, kind="stable")
        limits = Limits(
            volumes.floor_ft[order],
            volumes.ceiling_ft[order],
            volumes.floor_agl[order],
            volumes.ceiling_agl[order],
        )
        labels = np.append(volumes.codes[order], np.int8(OTHER))
        self._index = PolygonIndex(volumes.outlines[order], _CELL_DEG, labels, limits)

    def classify(
        self, lat_deg: Floats, lon_deg: Floats, alt_ft_msl: Floats, elevation_ft: Floats
    ) -> NDArray[np.int8]:
        """Return A of each point.

        A point is in a volume if its outline covers it (boundary included) and its altitude lies within
        floor and ceiling (both included). An altitude below 0 counts as 0, so that the surface (floor 0)
        holds aircraft that report less on a day of high pressure. A missing altitude (NaN) is in no volume,
        and where the elevation is missing no point is in a volume with a limit above ground.

        Parameters
        ----------
        lat_deg, lon_deg
            Points, finite degrees, one dimension.
        alt_ft_msl
            Altitudes, feet above mean sea level.
        elevation_ft
            Terrain elevation, feet above mean sea level: limits above ground count from it.
        """
        return self._index.first(lat_deg, lon_deg, alt_ft_msl, elevation_ft)
