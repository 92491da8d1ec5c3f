"""Flights: from the parking position of one airfield to that of another, or back."""

from __future__ import annotations

import math

from numba import njit

from tracks.simulate.arrival import ROLL, SLOWER, come_in, touch_down
from tracks.simulate.models import CRUISE, DRIFT, LOCAL, ORBIT, THERMAL
from tracks.simulate.motion import HEIGHT, LAT, LON, SPEED, START, rhumb
from tracks.simulate.pen import (
    begin,
    climb_by,
    full,
    go,
    level,
    level_until,
    speed_to,
    state,
    straight,
    turn_by,
    turn_rate,
    turn_to,
)
from tracks.simulate.philox import MANOEUVRE, uniforms

_KT = 1852 / 3600
_FASTER = 0.9 * _KT
"""Acceleration in the air, m/s²."""
_GAIN_AND_LOSE = 1 / (0.5 * _FASTER) + 1 / SLOWER
_FOOT = 0.3048


@njit(cache=True)
def leg_speed(ability, metres, factor):  # type: ignore[no-untyped-def]
    """Return the cruising speed (m/s) of a leg, half of which at most is spent on gaining and losing it."""
    return min(ability.cruise * factor, math.sqrt(metres / _GAIN_AND_LOSE))


@njit(cache=True)
def shortest_leg(ability):  # type: ignore[no-untyped-def]
    """Return the length (m) below which a leg is too short to be flown cross-country."""
    return (1.5 * ability.liftoff + 20.0 * _KT) ** 2 * _GAIN_AND_LOSE


@njit(cache=True)
def fly(pen, ability, habit, key, aircraft, when, which, factor, start, origin, goal):  # type: ignore[no-untyped-def]
    """Draw one flight and return when it lifts off, touches down and falls silent (s).

    Parameters
    ----------
    pen
        The pen to draw with; what it held is gone.
    ability, habit
        The aircraft's abilities, and which kind of flight it is (`tracks.simulate.models`).
    key, aircraft, when, which
        Seed, and what tells this flight's random numbers from those of all others.
    factor
        Cruising speed of this aircraft over that of its model.
    start
        Time of the first message, on the ground, s.
    origin, goal
        Latitude, longitude (rad) and height (m) of the airfields; a drifting aircraft lands where it is.
    """
    u = uniforms(key, MANOEUVRE, aircraft, when, which * 1024)
    begin(pen, start, origin[0], origin[1], 2 * math.pi * u[0], origin[2])
    go(pen, 60.0 + 240.0 * u[1], 0.0, 0.0)
    speed_to(pen, ability.liftoff, ROLL)
    lift = state(pen)[START]
    level_until(pen, lift)
    draw = (key, aircraft, when, which * 1024 + 1)
    if habit == CRUISE:
        _cruise(pen, ability, draw, factor, goal)
    elif habit == LOCAL:
        _wander(pen, ability, draw, factor, goal)
    elif habit == ORBIT:
        _orbit(pen, ability, draw, factor, goal)
    elif habit == THERMAL:
        _soar(pen, ability, draw, goal)
    elif habit == DRIFT:
        _drift(pen, ability, draw)
    touch = touch_down(pen, ability) if habit == DRIFT else come_in(pen, ability, goal)
    go(pen, 30.0 + 150.0 * u[2], 0.0, 0.0)
    level_until(pen, state(pen)[START])
    return lift, touch, state(pen)[START]


@njit(cache=True)
def _numbers(draw, index):  # type: ignore[no-untyped-def]
    """Four uniform numbers for the index-th decision of a flight (under 1023 decisions)."""
    return uniforms(draw[0], MANOEUVRE, draw[1], draw[2], draw[3] + index)


@njit(cache=True)
def _either(u):  # type: ignore[no-untyped-def]
    """A uniform number as one in (-1, 1)."""
    return 2.0 * u - 1.0


@njit(cache=True)
def _cruise(pen, ability, draw, factor, goal):  # type: ignore[no-untyped-def]
    """Go to another airfield with some changes of course, now and then a holding pattern."""
    u = _numbers(draw, 0)
    here = state(pen)
    ground = level(pen)[HEIGHT]
    _, metres = rhumb(here[LAT], here[LON], goal[0], goal[1])
    speed = leg_speed(ability, metres, factor)
    wanted = math.floor((ability.low + u[0] * (ability.high - ability.low)) / (1000 * _FOOT)) * 1000 * _FOOT
    reachable = 0.65 * metres / speed / (1 / ability.climb + 1 / ability.sink)
    climb_by(pen, max(300.0, min(wanted - ground, reachable)), ability.climb)
    speed_to(pen, min(speed, 1.6 * ability.liftoff + 10.0 * _KT), _FASTER)
    for index in range(1, 2 + int(3 * u[1])):
        v = _numbers(draw, index)
        turn_to(pen, goal[0], goal[1], 0.3 * _either(v[0]), turn_rate(ability, state(pen)[SPEED]))
        speed_to(pen, speed, 0.5 * _FASTER)
        here = state(pen)
        _, metres = rhumb(here[LAT], here[LON], goal[0], goal[1])
        straight(pen, metres * (0.1 + 0.15 * v[1]))
    if u[2] < 0.1:
        for _ in range(1 + int(3 * u[3])):  # a racetrack ends where it began
            turn_by(pen, math.pi, turn_rate(ability, speed))
            go(pen, 60.0, 0.0, 0.0)
            turn_by(pen, math.pi, turn_rate(ability, speed))
            go(pen, 60.0, 0.0, 0.0)


@njit(cache=True)
def _wander(pen, ability, draw, factor, home):  # type: ignore[no-untyped-def]
    """Turn this way and that near home, at changing heights and speeds."""
    u = _numbers(draw, 0)
    end = state(pen)[START] + ability.duration * (0.4 + 0.9 * u[0])
    fast, slow = min(ability.cruise, 2 * ability.liftoff + 40 * _KT) * factor, 1.25 * ability.liftoff
    speed_to(pen, slow + (0.4 + 0.6 * u[1]) * (fast - slow), _FASTER)
    _seek(pen, ability, home[2], u[2])
    index = 1
    while state(pen)[START] < end and not full(pen):
        v, w = _numbers(draw, index), _numbers(draw, index + 1)
        index += 2
        here = state(pen)
        rate = turn_rate(ability, here[SPEED]) * (0.5 + 0.5 * w[0])
        _, away = rhumb(here[LAT], here[LON], home[0], home[1])
        if away > 600.0 * fast:
            turn_to(pen, home[0], home[1], 0.5 * _either(v[0]), rate)
        elif w[1] < 0.1:
            turn_by(pen, math.copysign(2 * math.pi, _either(v[0])), rate)
        else:
            turn_by(pen, 2.5 * _either(v[0]), rate)
        if w[2] < 0.3:
            speed_to(pen, slow + w[3] * (fast - slow), _FASTER)
        if v[1] < 0.4:
            _seek(pen, ability, home[2], v[2])
        go(pen, 20.0 + 130.0 * v[3], 0.0, 0.0)


@njit(cache=True)
def _orbit(pen, ability, draw, factor, home):  # type: ignore[no-untyped-def]
    """Fly to some places around home and circle there, slower and at another height."""
    u = _numbers(draw, 0)
    end = state(pen)[START] + ability.duration * (0.4 + 0.9 * u[0])
    fast = ability.cruise * factor
    slow = ability.liftoff + 0.5 * (fast - ability.liftoff)
    speed_to(pen, fast, _FASTER)
    _seek(pen, ability, home[2], u[1])
    index = 1
    while state(pen)[START] < end and not full(pen):
        v, w = _numbers(draw, index), _numbers(draw, index + 1)
        index += 2
        here = state(pen)
        _, away = rhumb(here[LAT], here[LON], home[0], home[1])
        if away > 400.0 * fast:
            turn_to(pen, home[0], home[1], 0.5 * _either(v[0]), turn_rate(ability, fast))
        else:
            turn_by(pen, 2.5 * _either(v[0]), turn_rate(ability, fast))
        go(pen, 60.0 + 240.0 * v[1], 0.0, 0.0)
        speed_to(pen, slow, _FASTER)
        _seek(pen, ability, home[2], v[2])
        rate = turn_rate(ability, slow) * (0.4 + 0.6 * w[0])
        go(pen, 120.0 + 600.0 * v[3], 0.0, math.copysign(rate, _either(w[1])))
        speed_to(pen, fast, _FASTER)


@njit(cache=True)
def _seek(pen, ability, ground, u):  # type: ignore[no-untyped-def]
    """Climb or descend to a height of the model's range, unless still busy with the last change."""
    now = state(pen)[START]
    if level(pen)[START] > now:
        return
    level_until(pen, now)
    change = ground + ability.low_agl + u * (ability.high_agl - ability.low_agl) - level(pen)[HEIGHT]
    climb_by(pen, change, ability.climb if change > 0 else ability.sink)


@njit(cache=True)
def _soar(pen, ability, draw, home):  # type: ignore[no-untyped-def]
    """Be towed up, then circle in thermals and glide to the next one, time after time."""
    u = _numbers(draw, 0)
    end = state(pen)[START] + ability.duration * (0.3 + 1.2 * u[0])
    speed_to(pen, 0.9 * ability.cruise, _FASTER)
    climb_by(pen, ability.low_agl, ability.climb)
    index = 1
    while state(pen)[START] < end and not full(pen):
        v, w = _numbers(draw, index), _numbers(draw, index + 1)
        index += 2
        here = state(pen)
        _, away = rhumb(here[LAT], here[LON], home[0], home[1])
        if away > 400.0 * ability.cruise:
            turn_to(pen, home[0], home[1], 0.6 * _either(v[0]), turn_rate(ability, here[SPEED]))
        go(pen, level(pen)[START] - state(pen)[START], 0.0, 0.0)
        level_until(pen, state(pen)[START])
        top = home[2] + ability.low_agl + (0.4 + 0.6 * v[1]) * (ability.high_agl - ability.low_agl)
        gain = top - level(pen)[HEIGHT]
        if gain > 60.0:
            climb_by(pen, gain, ability.climb * (0.3 + 0.7 * v[2]))
            circling = level(pen)[START] - state(pen)[START]
            rate = turn_rate(ability, state(pen)[SPEED]) * (0.8 + 0.2 * w[0])
            go(pen, circling, 0.0, math.copysign(rate, _either(v[3])))
        loss = (0.4 + 0.5 * w[1]) * (level(pen)[HEIGHT] - home[2] - 0.5 * ability.low_agl)
        speed_to(pen, (0.9 + 0.4 * w[2]) * ability.cruise, _FASTER)
        level_until(pen, state(pen)[START])
        climb_by(pen, -loss, ability.sink * (0.45 + 0.25 * w[3]))
        go(pen, level(pen)[START] - state(pen)[START], 0.0, 0.0)
        speed_to(pen, 0.9 * ability.cruise, _FASTER)


@njit(cache=True)
def _drift(pen, ability, draw):  # type: ignore[no-untyped-def]
    """Drift with a wind that slowly veers, now higher, now lower."""
    u = _numbers(draw, 0)
    end = state(pen)[START] + ability.duration * (0.5 + 0.9 * u[0])
    ground = level(pen)[HEIGHT]
    speed_to(pen, ability.cruise * (0.5 + u[1]), 0.1 * _FASTER)
    _seek(pen, ability, ground, u[2])
    index = 1
    while state(pen)[START] < end:
        v = _numbers(draw, index)
        index += 1
        go(pen, 60.0 + 240.0 * v[0], 0.0, ability.turn * _either(v[1]))
        if v[2] < 0.5:
            _seek(pen, ability, ground, v[3])
