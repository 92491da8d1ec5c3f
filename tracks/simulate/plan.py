"""The flights of a stretch of time, as pieces of motion: what the reports are evaluated from."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tracks.simulate.fleet import Fleet, World
from tracks.simulate.flight import fly
from tracks.simulate.models import LOCAL
from tracks.simulate.motion import piece_at
from tracks.simulate.pen import new_pen
from tracks.simulate.philox import FLIGHT, normal, uniforms
from tracks.simulate.schedule import (
    BEGIN,
    DAY_S,
    GOAL,
    HABIT,
    MOST_TRIPS,
    SLOT,
    ability_of,
    day_trips,
    hour_luck,
    legs,
)

AIRCRAFT, LEG, ON, LIFT, TOUCH, OFF = range(6)
LATERAL_FROM, LATERAL_TO, VERTICAL_FROM, VERTICAL_TO = range(6, 10)
CODE, GEO_FACTOR, GEO_OFFSET = range(10, 13)
"""Columns of a flight: aircraft, leg of its trip (0 out, 1 back), times of the first message, of lift-off, of
touchdown and of the last message (s), its pieces as ranges of rows, its mode A code (NaN: never received),
and geometric height as factor × pressure height + offset (m; NaN: never sent)."""
_COLUMNS = 13
MARGIN_S = 90.0
"""Pieces reach so far beyond the stretch asked for, s: reports may be older than their row."""

_VFR_BELOW_M_S = 100.0


class Plan(NamedTuple):
    """Flights, sorted by aircraft and time, and their pieces (`tracks.simulate.motion`)."""

    flights: NDArray[np.float64]
    lateral: NDArray[np.float64]
    vertical: NDArray[np.float64]


def plan_flights(fleet: Fleet, world: World, chosen: NDArray[np.int64], begin: float, end: float) -> Plan:
    """Return the flights of the chosen aircraft with a message in [begin - MARGIN_S, end + MARGIN_S].

    Parameters
    ----------
    fleet, world
        The simulation.
    chosen
        Indices of aircraft.
    begin, end
        POSIX seconds.
    """
    return Plan(*_plan(fleet, world, chosen, begin - MARGIN_S, end + MARGIN_S, new_pen()))


@njit(cache=True)
def _plan(fleet, world, chosen, begin, end, pen):  # type: ignore[no-untyped-def]
    flights = np.empty((256, _COLUMNS))
    lateral, vertical = np.empty((4096, 7)), np.empty((4096, 4))
    count, laterals, verticals = np.int64(0), np.int64(0), np.int64(0)
    trips = np.empty((MOST_TRIPS + 1, 4))
    luck = hour_luck(world, begin, end)
    for aircraft in chosen:
        first = math.floor((begin - fleet.anchor[aircraft]) / DAY_S)
        last = math.floor((end - fleet.anchor[aircraft]) / DAY_S)
        for day in range(first, last + 1):
            for index in range(day_trips(fleet, world, luck, aircraft, day, trips)):
                trip = trips[index]
                for leg in range(legs(trip[HABIT])):
                    room = trip[SLOT] / legs(trip[HABIT])
                    start = trip[BEGIN] + leg * room
                    if start > end or start + room < begin:
                        continue
                    flights = _room(flights, count + 1)
                    flight = flights[count]
                    _draw_flight(fleet, world, aircraft, day, index, leg, trip, start, pen, flight)
                    # A flight too long for the time set aside for it does not take place.
                    if flight[OFF] + MARGIN_S > start + room or flight[ON] > end or flight[OFF] < begin:
                        continue
                    flight[LATERAL_FROM], flight[VERTICAL_FROM] = laterals, verticals
                    lateral, laterals = _keep(pen.lateral, pen.used[0], begin, end, lateral, laterals)
                    vertical, verticals = _keep(pen.vertical, pen.used[1], begin, end, vertical, verticals)
                    flight[LATERAL_TO], flight[VERTICAL_TO] = laterals, verticals
                    count += 1
    return flights[:count].copy(), lateral[:laterals].copy(), vertical[:verticals].copy()


@njit(cache=True)
def _draw_flight(fleet, world, aircraft, day, index, leg, trip, start, pen, flight):  # type: ignore[no-untyped-def]
    """Draw one flight with the pen and write its row, all but the ranges of its pieces."""
    ability = ability_of(world, fleet.model[aircraft])
    home, away = world.fields[fleet.home[aircraft]], world.fields[int(trip[GOAL])]
    origin, goal = (home, away) if leg == 0 else (away, home)
    which = 2 * index + leg
    flight[AIRCRAFT], flight[LEG], flight[ON] = aircraft, leg, start
    flight[LIFT], flight[TOUCH], flight[OFF] = fly(
        *(pen, ability, trip[HABIT], world.key, aircraft, day, which),
        *(fleet.factor[aircraft], start, origin, goal),
    )
    u = uniforms(world.key, FLIGHT, aircraft, day, 2 * which)
    v = uniforms(world.key, FLIGHT, aircraft, day, 2 * which + 1)
    slow = ability.cruise < _VFR_BELOW_M_S
    visual = slow and u[0] < (0.85 if trip[HABIT] >= LOCAL else 0.5)
    # Other codes avoid 7500 to 7777 (emergencies) and 0000.
    flight[CODE] = world.vfr_squawk if visual else 1 + math.floor(u[1] * 0o7476)
    if not fleet.has_squawk[aircraft]:
        flight[CODE] = np.nan
    flight[GEO_FACTOR] = 1.0 + 0.02 * normal(v[0], v[1]) if fleet.has_geoaltitude[aircraft] else np.nan
    flight[GEO_OFFSET] = 60.0 * (2.0 * u[2] - 1.0)


@njit(cache=True)
def _keep(drawn, drawn_count, begin, end, kept, count):  # type: ignore[no-untyped-def]
    """Append the pieces of [begin, end] to a table of `count` rows; return the table, and its new count."""
    first, last = piece_at(drawn, 0, drawn_count, begin), piece_at(drawn, 0, drawn_count, end) + 1
    kept = _room(kept, count + last - first)
    _copy(drawn, first, last, kept, count)
    return kept, count + last - first


@njit(cache=True)
def _room(table, rows):  # type: ignore[no-untyped-def]
    """Return the table, or a copy with room for more rows."""
    if rows <= table.shape[0]:
        return table
    larger = np.empty((max(rows, 2 * table.shape[0]), table.shape[1]))
    _copy(table, 0, table.shape[0], larger, 0)
    return larger


@njit(cache=True)
def _copy(source, first, last, target, at):  # type: ignore[no-untyped-def]
    """Copy rows; an assignment of slices would do, but takes numba seconds to compile."""
    for row in range(first, last):
        for column in range(source.shape[1]):
            target[at + row - first, column] = source[row, column]
