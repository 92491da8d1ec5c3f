"""The end of a flight: the way to the airfield, the descent, the landing."""

from __future__ import annotations

import math

from numba import njit

from tracks.simulate.motion import COURSE, HEIGHT, LAT, LON, SPEED, START, rhumb
from tracks.simulate.pen import (
    climb_by,
    climb_seconds,
    go,
    level,
    level_until,
    speed_to,
    state,
    straight,
    turn_rate,
    turn_to,
)

_KT = 1852 / 3600
ROLL, SLOWER = 2.5 * _KT, 0.7 * _KT
"""Accelerations, m/s²: on the ground, and slowing down before the approach."""
_FINAL_S = 45.0


@njit(cache=True)
def touch_down(pen, ability):  # type: ignore[no-untyped-def]
    """Descend to the height of the start and stop there; return the time of touchdown."""
    down = pen.vertical[0, HEIGHT] - level(pen)[HEIGHT]
    go(pen, level(pen)[START] - state(pen)[START], 0.0, 0.0)
    level_until(pen, state(pen)[START])
    climb_by(pen, down, ability.sink)
    touch = level(pen)[START]
    go(pen, touch - state(pen)[START], 0.0, 0.0)
    speed_to(pen, 0.0, 0.5 * _KT)
    return touch


@njit(cache=True)
def come_in(pen, ability, goal):  # type: ignore[no-untyped-def]
    """Fly to the airfield, land and stop on it; return the time of touchdown.

    Where the way there is too short for the descent, full circles come first: they end where they began.
    """
    down = goal[2] - level(pen)[HEIGHT]
    needed = climb_seconds(down, ability.sink)
    free = max(level(pen)[START], state(pen)[START])
    mark = pen.used[0]
    before = state(pen)
    time, lat, lon = before[START], before[LAT], before[LON]
    course, speed = before[COURSE], before[SPEED]
    touch = _approach(pen, ability, goal)
    lacking = free + needed - touch
    if lacking > 0.0:
        pen.used[0] = mark
        rate = turn_rate(ability, speed)
        before[START], before[LAT], before[LON] = time, lat, lon
        before[COURSE], before[SPEED] = course, speed
        go(pen, math.ceil(lacking * rate / (2 * math.pi)) * 2 * math.pi / rate, 0.0, rate)
        # The circle closes to rounding: put the pen back exactly, that the approach is the one tried.
        state(pen)[LAT], state(pen)[LON], state(pen)[COURSE] = lat, lon, course
        touch = _approach(pen, ability, goal)
    level_until(pen, touch - needed)
    climb_by(pen, down, ability.sink)
    return touch


@njit(cache=True)
def _approach(pen, ability, goal):  # type: ignore[no-untyped-def]
    """Turn to the airfield, slow down, land straight on and stop at its reference point."""
    here = state(pen)
    speed, landing = here[SPEED], ability.liftoff
    final = min(speed, 1.25 * landing + 8.0 * _KT)
    slowing = (speed**2 - final**2) / (2 * SLOWER)
    last = final * _FINAL_S + (final**2 - landing**2) / (2 * SLOWER) + landing**2 / (2 * ROLL)
    rate = turn_rate(ability, speed)
    room = slowing + last + 4 * speed / rate
    _, metres = rhumb(here[LAT], here[LON], goal[0], goal[1])
    if metres < room:
        straight(pen, room + metres)
    turn_to(pen, goal[0], goal[1], 0.0, rate)
    here = state(pen)
    here[COURSE], metres = rhumb(here[LAT], here[LON], goal[0], goal[1])
    straight(pen, metres - slowing - last)
    speed_to(pen, final, SLOWER)
    go(pen, _FINAL_S, 0.0, 0.0)
    speed_to(pen, landing, SLOWER)
    touch = state(pen)[START]
    speed_to(pen, 0.0, ROLL)
    return touch
