"""The day of an aircraft: which trips it makes, and when. Every trip ends where it began, at home."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tracks.philox import pick
from tracks.simulate.flight import leg_speed, shortest_leg
from tracks.simulate.models import CRUISE, Ability
from tracks.simulate.motion import RADIUS_M, rhumb, wrap
from tracks.simulate.philox import DAY, HOUR, SCHEDULE, TRIP, normal, uniforms

MOST_TRIPS = 24
"""Trips of an aircraft in a day, at most."""
DAY_S = 86400.0
_CANDIDATES = 12
_LONGEST_LEG_S = 34000.0

BEGIN, SLOT, HABIT, GOAL = range(4)
"""Columns of a trip: start (s), time set aside for it (s), kind of flight, airfield it goes to."""


@njit(cache=True)
def ability_of(world, model):  # type: ignore[no-untyped-def]
    """Return the abilities of a model."""
    row = world.abilities[model]
    return Ability(
        *(row[0], row[1], row[2], row[3], row[4], row[5], row[6]),
        *(row[7], row[8], row[9], row[10], row[11], row[12], row[13]),
    )


@njit(cache=True)
def day_trips(fleet, world, luck, aircraft, day, trips):  # type: ignore[no-untyped-def]
    """Write the trips of an aircraft's day (days since 1970, from its anchor on) and return their number.

    `luck` is `hour_luck` of times that enclose the day.
    Trips are added until the flight hours of the day are used up, the last one by chance, so that the mean
    over many days is the aircraft's own; a trip that the day has no room for ends it.
    """
    u = uniforms(world.key, DAY, 0, day, 0)
    budget = fleet.hours[aircraft] * 3600.0
    budget *= math.exp(world.day_sigma * normal(u[0], u[1]) - 0.5 * world.day_sigma**2)
    ability = ability_of(world, fleet.model[aircraft])
    room = DAY_S
    count = MOST_TRIPS
    for index in range(MOST_TRIPS):
        seconds, chance = _draw_trip(fleet, world, ability, aircraft, day, index, trips[index])
        if chance * seconds >= budget or trips[index, SLOT] > room:
            count = index
            break
        budget -= seconds
        room -= trips[index, SLOT]
    if count > 0:
        _place_trips(fleet, world, luck, aircraft, day, trips, count)
    return count


@njit(cache=True)
def _draw_trip(fleet, world, ability, aircraft, day, index, trip):  # type: ignore[no-untyped-def]
    """Draw where a trip goes; return its flight time (s) and the number that decides about the last trip."""
    u = uniforms(world.key, SCHEDULE, aircraft, day, 32 * index)
    trip[HABIT], trip[GOAL] = ability.habit, fleet.home[aircraft]
    trip[SLOT] = 1.5 * ability.duration + 6000.0
    seconds = 0.85 * ability.duration
    if u[0] < ability.travels:
        wanted = ability.leg * math.exp(0.6 * normal(u[1], u[2]))
        goal, metres = _find_goal(fleet, world, ability, aircraft, day, index, wanted)
        if goal >= 0:
            trip[HABIT], trip[GOAL] = CRUISE, goal
            seconds = 2.0 * metres / leg_speed(ability, metres, fleet.factor[aircraft])
            trip[SLOT] = 1.15 * seconds + 7200.0
    return seconds, u[3]


@njit(cache=True)
def _find_goal(fleet, world, ability, aircraft, day, index, wanted):  # type: ignore[no-untyped-def]
    """Return the airfield whose distance is nearest to the wanted one (m), of some drawn by popularity.

    Return -1 where none of them is far enough to go there, or all are too far for a day.
    """
    home = world.fields[fleet.home[aircraft]]
    least, most = shortest_leg(ability), _LONGEST_LEG_S * ability.cruise * 0.9
    best, nearest = -1, np.inf
    for candidate in range(_CANDIDATES):
        if candidate % 4 == 0:
            u = uniforms(world.key, SCHEDULE, aircraft, day, 32 * index + 1 + candidate // 4)
        place = pick(world.popularity, u[candidate % 4])
        field = world.fields[place]
        # Near enough to choose by, and a third of the cost of the rhumb line.
        north = field[0] - home[0]
        east = wrap(field[1] - home[1]) * math.cos(0.5 * (field[0] + home[0]))
        metres = RADIUS_M * math.sqrt(north * north + east * east)
        off = max(metres / wanted, wanted / max(metres, 1.0))
        if 1.02 * least <= metres <= 0.9 * most and off < nearest:
            best, nearest = place, off
    if best < 0:
        return best, 0.0
    return best, rhumb(home[0], home[1], world.fields[best, 0], world.fields[best, 1])[1]


@njit(cache=True)
def _place_trips(fleet, world, luck, aircraft, day, trips, count):  # type: ignore[no-untyped-def]
    """Give each trip its start: when people like to depart, then apart from each other, within the day."""
    start = day * DAY_S + fleet.anchor[aircraft]
    likely = _departure_hours(fleet, world, luck, aircraft, start)
    for index in range(count):
        u = uniforms(world.key, TRIP, aircraft, day, index)
        hour = pick(likely, u[0] * likely[-1])
        _insert(trips, index, start + 3600.0 * (hour + u[1]))
    free = start
    for index in range(count):
        trips[index, BEGIN] = max(free, trips[index, BEGIN])
        free = trips[index, BEGIN] + trips[index, SLOT]
    end = start + DAY_S
    for index in range(count - 1, -1, -1):
        end = min(end, trips[index, BEGIN] + trips[index, SLOT]) - trips[index, SLOT]
        trips[index, BEGIN] = end


@njit(cache=True)
def _insert(trips, index, time):  # type: ignore[no-untyped-def]
    """Insert a time into the first `index` starts, which rise."""
    while index > 0 and trips[index - 1, BEGIN] > time:
        trips[index, BEGIN] = trips[index - 1, BEGIN]
        index -= 1
    trips[index, BEGIN] = time


@njit(cache=True)
def _departure_hours(fleet, world, luck, aircraft, start):  # type: ignore[no-untyped-def]
    """Cumulative weight of the 24 hours of a day: local time of the day, times the luck of the hour."""
    weights = world.departures[fleet.model[aircraft]]
    east = math.degrees(world.fields[fleet.home[aircraft], 1]) / 15.0
    first = math.floor(start / 3600.0)
    likely = np.empty(24)
    total = 0.0
    for hour in range(24):
        local = math.floor((first + hour + east) % 24.0)
        total += weights[local] * luck[first + hour - int(luck[0])]
        likely[hour] = total
    return likely


@njit(cache=True)
def hour_luck(world, begin, end):  # type: ignore[no-untyped-def]
    """Return the factors (lognormal) on departures in the hours of all days that touch a stretch of time.

    The first entry is no factor but an hour (counted since 1970); entry i is the factor of the i-th after it.
    """
    first = math.floor((begin - DAY_S) / 3600.0) - 2
    count = math.floor((end + DAY_S) / 3600.0) + 2 - first
    luck = np.empty(count)
    luck[0] = first
    for index in range(1, count):
        u = uniforms(world.key, HOUR, 0, first + index, 0)
        luck[index] = math.exp(world.hour_sigma * normal(u[0], u[1]))
    return luck


@njit(cache=True)
def legs(habit):  # type: ignore[no-untyped-def]
    """Return the number of flights of a trip: out and back, or one."""
    return 2 if habit == CRUISE else 1
