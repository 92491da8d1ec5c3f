"""The fleet and its world: aircraft, airfields, and when people fly. All functions of the settings alone."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data_schemas.config.simulate import SimulateSettings
from tracks.simulate.models import MODELS, abilities, departure_weights
from tracks.simulate.philox import FIELD, MODEL, uniforms
from tracks.units import ft_to_m

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_HOURS_A_DAY = 16.0
"""Nobody flies more on average, whatever the tail says, hours."""


class Fleet(NamedTuple):
    """One entry an aircraft.

    Attributes
    ----------
    model
        Index in `MODELS`.
    home
        Index of the airfield it is based at.
    hours
        Mean flight hours a day.
    factor
        Cruising speed over that of its model.
    anchor
        Its days begin so many seconds after midnight UTC; no trip crosses that time.
    has_squawk, has_geoaltitude, registered
        Whether these are ever known of it.
    """

    model: Integers
    home: Integers
    hours: Floats
    factor: Floats
    anchor: Floats
    has_squawk: NDArray[np.bool_]
    has_geoaltitude: NDArray[np.bool_]
    registered: NDArray[np.bool_]


class World(NamedTuple):
    """What all aircraft share.

    Attributes
    ----------
    key
        Seed.
    fields
        Airfields: latitude, longitude (rad), height (m).
    popularity
        Cumulative share of traffic by airfield.
    abilities
        `tracks.simulate.models.abilities`.
    departures
        Relative number of departures by model and local hour.
    day_sigma, hour_sigma
        `SimulateSettings`.
    vfr_squawk
        Mode A code as a number (its octal digits read as octal).
    """

    key: np.uint64
    fields: Floats
    popularity: Floats
    abilities: Floats
    departures: Floats
    day_sigma: float
    hour_sigma: float
    vfr_squawk: int


def make_world(settings: SimulateSettings) -> World:
    """Return the airfields and customs of a simulation."""
    weights = np.arange(1, settings.airfields + 1, dtype=np.float64) ** -settings.airfield_skew
    return World(
        np.uint64(settings.seed),
        _fields(settings),
        np.cumsum(weights) / weights.sum(),
        abilities(),
        departure_weights(),
        settings.day_sigma,
        settings.hour_sigma,
        int(settings.vfr_squawk, 8),
    )


def make_fleet(settings: SimulateSettings, world: World) -> Fleet:
    """Return the aircraft of a simulation."""
    u = _draw(np.uint64(settings.seed), MODEL, settings.aircraft, 3)
    model = np.searchsorted(_model_shares(settings), u[:, 0], side="right")
    home = np.searchsorted(world.popularity, u[:, 1], side="right")
    tail = settings.activity_tail
    mean = np.array([m.hours_a_day for m in MODELS])[model] * settings.activity
    hours = np.minimum(mean * (tail - 1) / tail * u[:, 2] ** (-1 / tail), MOST_HOURS_A_DAY)
    # Airliners begin their day at any time, all others at three in the morning of their home.
    night = np.mod(3.0 - np.degrees(world.fields[home, 1]) / 15.0, 24.0) * 3600.0
    airline = np.array([m.hours_a_day >= 5 for m in MODELS])[model]
    return Fleet(
        model.astype(np.int64),
        home.astype(np.int64),
        hours,
        0.92 + 0.14 * u[:, 3],
        np.where(airline, u[:, 4] * 86400.0, night),
        u[:, 5] >= settings.no_squawk,
        u[:, 6] >= settings.no_geoaltitude,
        u[:, 7] >= settings.unregistered,
    )


def addresses(settings: SimulateSettings) -> Integers:
    """Return the 24-bit address of each aircraft: distinct, scattered over the ranges of the settings.

    Steps of a length that has no factor in common with the number of addresses meet each of them once.
    """
    spans = [(int(first, 16), int(last, 16)) for first, last in settings.address_ranges]
    sizes = [last - first + 1 for first, last in spans]
    room = sum(sizes)
    step = max(1, round(room * 0.6180339887))
    while math.gcd(step, room) != 1:
        step += 1
    place = (np.arange(settings.aircraft, dtype=np.int64) * step + settings.seed % room) % room
    below = np.concatenate([[0], np.cumsum(sizes)])
    span = np.searchsorted(below, place, side="right") - 1
    firsts = np.array([first for first, _ in spans], dtype=np.int64)
    return np.asarray(firsts[span] + place - below[span], dtype=np.int64)


def _fields(settings: SimulateSettings) -> Floats:
    west, south, east, north = settings.region_box_deg
    width = (east - west) % 360.0 if east < west else east - west
    low, high = settings.elevation_ft
    u = _draw(np.uint64(settings.seed), FIELD, settings.airfields, 1)
    fields = np.empty((settings.airfields, 3))
    fields[:, 0] = np.radians(south + (north - south) * u[:, 0])
    fields[:, 1] = np.radians((west + width * u[:, 1] + 180.0) % 360.0 - 180.0)
    fields[:, 2] = ft_to_m(low + (high - low) * u[:, 2])
    return fields


def _model_shares(settings: SimulateSettings) -> Floats:
    """Cumulative share of each model: that of its type, divided by the weights of the models of a type."""
    whole: dict[str, float] = {}
    for model in MODELS:
        whole[model.aircraft_type] = whole.get(model.aircraft_type, 0.0) + model.weight
    shares = np.array(
        [settings.type_shares.get(m.aircraft_type, 0.0) * m.weight / whole[m.aircraft_type] for m in MODELS]
    )
    total = np.cumsum(shares)
    return np.asarray(total / total[-1])


@njit(cache=True)
def _draw(key, stream, count, blocks):  # type: ignore[no-untyped-def]
    """Return 4 × blocks uniform numbers for each of `count` things."""
    out = np.empty((count, 4 * blocks))
    for thing in range(count):
        for block in range(blocks):
            u = uniforms(key, stream, thing, 0, block)
            for i in range(4):
                out[thing, 4 * block + i] = u[i]
    return out
