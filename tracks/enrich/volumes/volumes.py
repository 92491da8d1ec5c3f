"""Airspace volumes of class B, C and D: what every reader of a file of them returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracks.enrich.arrays import Floats
from tracks.enrich.layers import Geometries
from tracks.enrich.volumes.limits import Limit

CODES = {"B": 1, "C": 2, "D": 3}
"""A of each class that is kept."""


class Volume(NamedTuple):
    """One volume of class B, C or D as a file has it, its outline perhaps not valid yet.

    `where` is the setting, the file and the place in it, for messages.
    """

    where: str
    name: str
    letter: str
    floor: Limit
    ceiling: Limit
    outline: Any


class Contents(NamedTuple):
    """What a file holds: its volumes of class B, C and D, and how many there are of what is not kept."""

    volumes: list[Volume]
    others: Counter[str]


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
    notes
        One line a file: how many volumes it has, what was not kept, what was mended.
    """

    outlines: Geometries
    codes: NDArray[np.int8]
    floor_ft: Floats
    ceiling_ft: Floats
    floor_agl: NDArray[np.bool_]
    ceiling_agl: NDArray[np.bool_]
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def collect(volumes: Sequence[Volume], outlines: Geometries, notes: Sequence[str]) -> Volumes:
    """Return volumes as columns, with the outlines made of theirs."""
    floors = [volume.floor.as_floor() for volume in volumes]
    ceilings = [volume.ceiling for volume in volumes]
    return Volumes(
        outlines,
        np.array([CODES[volume.letter] for volume in volumes], np.int8),
        np.array([floor.ft for floor in floors], np.float64),
        np.array([ceiling.ft for ceiling in ceilings], np.float64),
        np.array([floor.agl for floor in floors], bool),
        np.array([ceiling.agl for ceiling in ceilings], bool),
        tuple(volume.name for volume in volumes),
        tuple(notes),
    )
