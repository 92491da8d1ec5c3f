"""The geometry of an encounter: the intruder is turned and moved so that it passes ownship as asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracks.encounters.flights import Flights
from tracks.models.variables import FloatArray
from tracks.units import FT_PER_NM


@dataclass(frozen=True)
class Geometry:
    """How pairs pass each other at their closest approach; arrays of shape (pairs,).

    Attributes
    ----------
    relative_heading_deg
        Heading of the intruder less that of ownship, [0, 360).
    side
        1 where the intruder is right of its own way relative to ownship, -1 where left.
    hmd_ft, vmd_ft
        Horizontal miss distance; altitude of the intruder less that of ownship.
    """

    relative_heading_deg: FloatArray
    side: FloatArray
    hmd_ft: FloatArray
    vmd_ft: FloatArray


def relative_motion(own: Flights, intruder: Flights, second: int, heading_deg: FloatArray) -> FloatArray:
    """Return the horizontal velocity of intruders relative to ownships at a second, shape (2, pairs), kt.

    North and east; the intruders have the headings given instead of their own.
    """
    ways = []
    for flights, angle in ((intruder, heading_deg), (own, own.motion["heading_deg"][:, second])):
        radians, speed = np.radians(angle), flights.motion["speed_kt"][:, second]
        ways.append(np.stack([speed * np.cos(radians), speed * np.sin(radians)]))
    return np.asarray(ways[0] - ways[1])


def place(own: Flights, intruder: Flights, second: int, geometry: Geometry) -> Flights:
    """Return the intruders turned, moved and lifted so that they pass their ownships as asked for.

    At the closest approach the relative position is at right angles to the relative velocity, so the intruder
    is put beside ownship, at the horizontal miss distance across the relative velocity of that second. Of
    straight tracks it is the smallest distance there is.

    Parameters
    ----------
    own, intruder
        The pairs, each flight with the one of the same place.
    second
        Of the closest approach.
    geometry
        How they pass.
    """
    turned = own.motion["heading_deg"][:, second] + geometry.relative_heading_deg
    relative = relative_motion(own, intruder, second, turned)
    across = np.stack([-relative[1], relative[0]]) / np.hypot(*relative) * geometry.hmd_ft * geometry.side
    angle = turned - intruder.motion["heading_deg"][:, second]
    cosine, sine = np.cos(np.radians(angle))[:, None], np.sin(np.radians(angle))[:, None]
    north, east = (_from(intruder.motion[name], second) for name in ("north_ft", "east_ft"))
    at = [own.motion[name][:, second] + across[k] for k, name in enumerate(("north_ft", "east_ft"))]
    level = own.motion["alt_ft_agl"][:, second] + geometry.vmd_ft
    moved = {
        "north_ft": cosine * north - sine * east + at[0][:, None],
        "east_ft": sine * north + cosine * east + at[1][:, None],
        "alt_ft_agl": _from(intruder.motion["alt_ft_agl"], second) + level[:, None],
        "heading_deg": (intruder.motion["heading_deg"] + angle[:, None]) % 360 % 360,
    }
    return Flights(intruder.motion | moved, intruder.held)


def closest(own: Flights, intruder: Flights) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return time (s), horizontal distance and relative altitude (ft) of the smallest horizontal distance.

    Between seconds both fly straight at a steady speed. The first of several equal distances counts.
    """
    north, east, level = (
        intruder.motion[name] - own.motion[name] for name in ("north_ft", "east_ft", "alt_ft_agl")
    )
    ahead = [np.diff(values, axis=1) for values in (north, east, level)]
    square = ahead[0] ** 2 + ahead[1] ** 2
    along = -(north[:, :-1] * ahead[0] + east[:, :-1] * ahead[1])
    part = np.clip(np.divide(along, square, out=np.zeros_like(along), where=square > 0), 0, 1)
    distance = np.hypot(north[:, :-1] + part * ahead[0], east[:, :-1] + part * ahead[1])
    row, second = np.arange(len(distance)), np.argmin(distance, axis=1)
    share = part[row, second]
    return second + share, distance[row, second], level[row, second] + share * ahead[2][row, second]


def swept(
    relative_kt: FloatArray, relative_ft_min: FloatArray, radius_ft: float, half_ft: float
) -> FloatArray:
    """Return the volume that a cylinder sweeps, NM^3/h, from its horizontal and vertical relative speed.

    The side is a rectangle of twice the radius by the height across the horizontal motion, top and bottom are
    a disc across the vertical one: the three-dimensional gas model (Endoh, Aircraft Collision Models, MIT
    FTL R82-2, 1982). Times the number of intruders a NM^3, it is how many enter the cylinder in an hour.
    """
    radius, height = radius_ft / FT_PER_NM, 2 * half_ft / FT_PER_NM
    vertical = np.abs(relative_ft_min) * 60 / FT_PER_NM
    return np.asarray(2 * radius * height * relative_kt + np.pi * radius**2 * vertical)


def _from(values: FloatArray, second: int) -> FloatArray:
    """Return values less those of a second."""
    return values - values[:, second : second + 1]
