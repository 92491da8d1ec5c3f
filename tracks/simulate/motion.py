"""Motion in pieces: where an aircraft is at any time, in closed form, continuous from piece to piece.

Lateral motion is a chain of pieces of constant acceleration and constant turn rate, vertical motion another
of constant vertical acceleration. Straight pieces are rhumb lines on the sphere where one minute of arc is
1 NM, as stage 3 measures them. In a turn the longitude is scaled at the middle latitude, which
is off by less than 0.5 % of the speed up to 60 degrees of latitude. SI units and radians throughout.
"""

from __future__ import annotations

import math

from numba import njit

RADIUS_M = 1852 * 60 * 180 / math.pi
"""Radius of the sphere on which a minute of arc is 1 NM."""

START, LAT, LON, COURSE, SPEED, ACCELERATION, TURN = range(7)
"""Columns of a lateral piece: s, rad, rad, rad from true north, m/s, m/s², rad/s."""
HEIGHT, CLIMB, CLIMB_CHANGE = 1, 2, 3
"""Columns of a vertical piece, after its start in s: m, m/s, m/s²."""

_TURNING = 1e-9
_NARROW = 4e-3


@njit(cache=True)
def stretch(lat1, lat2):  # type: ignore[no-untyped-def]
    """Return the mean of 1/cos(lat) between latitudes: change of isometric latitude over that of latitude.

    Between near ones the difference would cancel; two terms of the series about the middle are then exact to
    1e-9 up to 75 degrees of latitude, and quicker.
    """
    width = lat2 - lat1
    if abs(width) < _NARROW:
        cosine = math.cos(0.5 * (lat1 + lat2))
        return (1.0 + width * width / 24.0 * (2.0 / (cosine * cosine) - 1.0)) / cosine
    return (math.atanh(math.sin(lat2)) - math.atanh(math.sin(lat1))) / width


@njit(cache=True)
def rhumb(lat1, lon1, lat2, lon2):  # type: ignore[no-untyped-def]
    """Return course (rad, from true north) and length (m) of the shorter rhumb line between two points."""
    north = lat2 - lat1
    east = wrap(lon2 - lon1) / stretch(lat1, lat2)
    return math.atan2(east, north), RADIUS_M * math.hypot(north, east)


@njit(cache=True)
def wrap(angle):  # type: ignore[no-untyped-def]
    """Return an angle in [-pi, pi)."""
    return (angle + math.pi) % (2 * math.pi) - math.pi


@njit(cache=True)
def place(piece, seconds):  # type: ignore[no-untyped-def]
    """Return latitude and longitude (rad) after some seconds of a lateral piece."""
    lat, course, speed = piece[LAT], piece[COURSE], piece[SPEED]
    acceleration, turn = piece[ACCELERATION], piece[TURN]
    if abs(turn) < _TURNING:
        run = (speed + 0.5 * acceleration * seconds) * seconds
        north, east = run * math.cos(course), run * math.sin(course)
        there = lat + north / RADIUS_M
        return there, piece[LON] + east / RADIUS_M * stretch(lat, there)
    after, then = course + turn * seconds, speed + acceleration * seconds
    sin0, cos0, sin1, cos1 = math.sin(course), math.cos(course), math.sin(after), math.cos(after)
    north = (then * sin1 - speed * sin0) / turn + acceleration * (cos1 - cos0) / turn**2
    east = (speed * cos0 - then * cos1) / turn + acceleration * (sin1 - sin0) / turn**2
    there = lat + north / RADIUS_M
    return there, piece[LON] + east / RADIUS_M / math.cos(0.5 * (lat + there))


@njit(cache=True)
def piece_at(pieces, first, last, time):  # type: ignore[no-untyped-def]
    """Return the index in [first, last) of the piece that holds a time; outside, the first or the last."""
    low, high = first, last - 1
    while low < high:
        middle = (low + high + 1) // 2
        if pieces[middle, START] <= time:
            low = middle
        else:
            high = middle - 1
    return low


@njit(cache=True)
def horizontal(pieces, first, last, time):  # type: ignore[no-untyped-def]
    """Return latitude, longitude (rad, longitude unwrapped) at a time of a flight."""
    piece = pieces[piece_at(pieces, first, last, time)]
    return place(piece, time - piece[START])


@njit(cache=True)
def velocity(pieces, first, last, time):  # type: ignore[no-untyped-def]
    """Return speed (m/s) and course (rad, unwrapped) at a time of a flight."""
    piece = pieces[piece_at(pieces, first, last, time)]
    seconds = time - piece[START]
    return piece[SPEED] + piece[ACCELERATION] * seconds, piece[COURSE] + piece[TURN] * seconds


@njit(cache=True)
def height(pieces, first, last, time):  # type: ignore[no-untyped-def]
    """Return height (m) and climb (m/s) at a time of a flight."""
    piece = pieces[piece_at(pieces, first, last, time)]
    seconds = time - piece[START]
    change = piece[CLIMB_CHANGE]
    return (
        piece[HEIGHT] + (piece[CLIMB] + 0.5 * change * seconds) * seconds,
        piece[CLIMB] + change * seconds,
    )
