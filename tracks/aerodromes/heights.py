"""How high the boxes reach: from the ground to a height above it, by the terrain in each."""

from __future__ import annotations

import math

import numpy as np

from data_schemas.errors import InputError
from tracks.aerodromes.boxes import Boxes
from tracks.aerodromes.circles import Floats
from tracks.enrich import Enrichment

_STEP_DEG = 0.5 / 60
"""Terrain is looked up at least this often, half a minute of arc: as published, and the step of GLOBE."""


def ground_ft(boxes: Boxes, terrain: Enrichment) -> tuple[Floats, Floats]:
    """Return the lowest and the highest terrain of each box, ft MSL.

    Looked up on a net of points from edge to edge, half a minute of arc apart at most. Points without
    terrain (voids at sea) do not count.

    Raises
    ------
    InputError
        There is a box without any terrain.
    """
    limits = np.empty((len(boxes), 2))
    for index, (west, south, east, north) in enumerate(boxes.edges_deg):
        lat, lon = np.meshgrid(_net(south, north), _net(west, east))
        elevation_ft = terrain.elevation_ft(lat.ravel(), lon.ravel())
        if np.isnan(elevation_ft).all():
            place = f"{south:.2f} to {north:.2f} N, {west:.2f} to {east:.2f} E"
            raise InputError(
                "enrich.elevation_grids",
                f"no terrain about {' '.join(boxes.aerodromes[index][:3])} ({place})",
                "name a grid that covers it, or leave the aerodromes out",
            )
        limits[index] = np.nanmin(elevation_ft), np.nanmax(elevation_ft)
    return limits[:, 0], limits[:, 1]


def _net(first: float, last: float) -> Floats:
    return np.linspace(first, last, math.ceil((last - first) / _STEP_DEG) + 1)
