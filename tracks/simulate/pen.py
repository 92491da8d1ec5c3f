"""The pen that draws a flight: it writes pieces of motion one after the other from where it stands."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracks.simulate.motion import (
    ACCELERATION,
    CLIMB,
    CLIMB_CHANGE,
    COURSE,
    HEIGHT,
    LAT,
    LON,
    SPEED,
    START,
    TURN,
    place,
    rhumb,
    wrap,
)

MOST_PIECES = 256
"""Pieces of one flight at most, in each direction."""
RAMP_S = 8.0
"""Time in which the rate of climb is taken up or given up."""
_GRAVITY_M_S2 = 9.80665


class Pen(NamedTuple):
    """Pieces written, and the state at their ends.

    Attributes
    ----------
    lateral, vertical
        Pieces (`tracks.simulate.motion`); of each, the row after the last one written is the state there.
    used
        Number of lateral and of vertical pieces written.
    """

    lateral: NDArray[np.float64]
    vertical: NDArray[np.float64]
    used: NDArray[np.int64]


def new_pen() -> Pen:
    """Return a pen with nothing written."""
    return Pen(np.zeros((MOST_PIECES, 7)), np.zeros((MOST_PIECES, 4)), np.zeros(2, dtype=np.int64))


@njit(cache=True)
def begin(pen, time, lat, lon, course, ground):  # type: ignore[no-untyped-def]
    """Put the pen down at a place, at rest."""
    pen.used[0], pen.used[1] = 0, 0
    pen.lateral[0, SPEED], pen.vertical[0, CLIMB] = 0.0, 0.0
    pen.lateral[0, START], pen.vertical[0, START] = time, time
    pen.lateral[0, LAT], pen.lateral[0, LON], pen.lateral[0, COURSE] = lat, lon, course
    pen.vertical[0, HEIGHT] = ground


@njit(cache=True)
def state(pen):  # type: ignore[no-untyped-def]
    """Return the lateral state: a row in which time, place, course and speed are those at the pen."""
    return pen.lateral[pen.used[0]]


@njit(cache=True)
def level(pen):  # type: ignore[no-untyped-def]
    """Return the vertical state: a row in which time and height are those at the pen."""
    return pen.vertical[pen.used[1]]


@njit(cache=True)
def full(pen):  # type: ignore[no-untyped-def]
    """Whether the pen should come home: room is left for an approach, not for much more."""
    return pen.used[0] > MOST_PIECES - 64 or pen.used[1] > MOST_PIECES - 64


@njit(cache=True)
def go(pen, seconds, acceleration, turn):  # type: ignore[no-untyped-def]
    """Write a lateral piece: seconds of an acceleration and a turn rate."""
    if seconds <= 0.0:
        return
    piece = state(pen)
    piece[ACCELERATION], piece[TURN] = acceleration, turn
    pen.used[0] += 1
    after = state(pen)
    after[START] = piece[START] + seconds
    after[LAT], after[LON] = place(piece, seconds)
    after[COURSE] = wrap(piece[COURSE] + turn * seconds)
    after[SPEED] = piece[SPEED] + acceleration * seconds


@njit(cache=True)
def speed_to(pen, speed, rate):  # type: ignore[no-untyped-def]
    """Change speed at a rate of acceleration (> 0), straight on."""
    change = speed - state(pen)[SPEED]
    go(pen, abs(change) / rate, math.copysign(rate, change), 0.0)
    state(pen)[SPEED] = speed


@njit(cache=True)
def straight(pen, metres):  # type: ignore[no-untyped-def]
    """Fly straight on for a distance."""
    go(pen, metres / state(pen)[SPEED], 0.0, 0.0)


@njit(cache=True)
def turn_rate(ability, speed):  # type: ignore[no-untyped-def]
    """Return the turn rate (rad/s) at a speed: a level turn at the bank angle, up to the model's own rate."""
    return min(ability.turn, _GRAVITY_M_S2 * math.tan(ability.bank) / max(speed, 1.0))


@njit(cache=True)
def turn_by(pen, angle, rate):  # type: ignore[no-untyped-def]
    """Turn by an angle, right positive."""
    go(pen, abs(angle) / rate, 0.0, math.copysign(rate, angle))


@njit(cache=True)
def turn_to(pen, lat, lon, offset, rate):  # type: ignore[no-untyped-def]
    """Turn until the course is that to a place, plus an offset; the place must lie well outside the turn.

    The course at the end of the turn depends on where the turn ends: a fixed point, found by repetition
    (each repetition is nearer by the radius of the turn over the distance of the place, at least).
    """
    piece = state(pen)
    course, _ = rhumb(piece[LAT], piece[LON], lat, lon)
    angle = wrap(course + offset - piece[COURSE])
    for _ in range(30):
        piece[ACCELERATION], piece[TURN] = 0.0, math.copysign(rate, angle)
        there_lat, there_lon = place(piece, abs(angle) / rate)
        course, _ = rhumb(there_lat, there_lon, lat, lon)
        step = wrap(course + offset - piece[COURSE] - angle)
        angle += step
        if abs(step) < 1e-12:
            break
    turn_by(pen, angle, rate)


@njit(cache=True)
def level_until(pen, time):  # type: ignore[no-untyped-def]
    """Hold the height until a time (nothing where that has passed)."""
    piece = level(pen)
    if time <= piece[START]:
        return
    piece[CLIMB], piece[CLIMB_CHANGE] = 0.0, 0.0
    pen.used[1] += 1
    after = level(pen)
    after[START], after[HEIGHT], after[CLIMB] = time, piece[HEIGHT], 0.0


@njit(cache=True)
def climb_seconds(change, rate):  # type: ignore[no-untyped-def]
    """Return how long `climb_by` takes."""
    return abs(change) / min(rate, abs(change) / RAMP_S) + RAMP_S if change != 0.0 else 0.0


@njit(cache=True)
def climb_by(pen, change, rate):  # type: ignore[no-untyped-def]
    """Change the height (m, signed) at a rate (m/s, > 0) taken up and given up within `RAMP_S`."""
    if change == 0.0:
        return
    steady = min(rate, abs(change) / RAMP_S)
    signed = math.copysign(steady, change)
    target = level(pen)[HEIGHT] + change
    _lift(pen, RAMP_S, 0.0, signed / RAMP_S)
    _lift(pen, abs(change) / steady - RAMP_S, signed, 0.0)
    _lift(pen, RAMP_S, signed, -signed / RAMP_S)
    level(pen)[HEIGHT], level(pen)[CLIMB] = target, 0.0


@njit(cache=True)
def _lift(pen, seconds, climb, change):  # type: ignore[no-untyped-def]
    if seconds <= 0.0:
        return
    piece = level(pen)
    piece[CLIMB], piece[CLIMB_CHANGE] = climb, change
    pen.used[1] += 1
    after = level(pen)
    after[START] = piece[START] + seconds
    after[HEIGHT] = piece[HEIGHT] + (climb + 0.5 * change * seconds) * seconds
