"""What the simulated aircraft really did: the states that reports are made from, before any fault."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import ArrayLike, NDArray

from data_schemas.config.simulate import SimulateSettings
from data_schemas.errors import InputError
from tracks.simulate.fleet import addresses, make_fleet, make_world
from tracks.simulate.models import MODELS
from tracks.simulate.motion import height, horizontal, velocity
from tracks.simulate.plan import (
    AIRCRAFT,
    GEO_FACTOR,
    GEO_OFFSET,
    LATERAL_FROM,
    LATERAL_TO,
    LIFT,
    OFF,
    ON,
    TOUCH,
    VERTICAL_FROM,
    VERTICAL_TO,
    Plan,
    plan_flights,
)
from tracks.units import m_s_to_kt, m_to_ft

_NUMBERS = (
    "aircraft",
    "time_s",
    "lat_deg",
    "lon_deg",
    "alt_baro_ft_msl",
    "alt_geo_ft_msl",
    "speed_kt",
    "course_deg",
    "vertical_rate_ft_s",
    "onground",
)


def true_states(settings: SimulateSettings, aircraft: Sequence[int], times: ArrayLike) -> pl.DataFrame:
    """Return the true states of some aircraft at some times, whenever their transponders are on.

    Parameters
    ----------
    settings
        The simulation; `start`, `hours` and all that is about reception do not matter.
    aircraft
        Indices in the fleet, 0 to `settings.aircraft` - 1.
    times
        POSIX seconds, any order.

    Returns
    -------
    polars.DataFrame
        aircraft, icao24 (six lower-case digits), aircraft_type, time_s, lat_deg, lon_deg, alt_baro_ft_msl,
        alt_geo_ft_msl (null where the aircraft sends none), speed_kt, course_deg, vertical_rate_ft_s and
        onground, sorted by aircraft and time.

    Raises
    ------
    InputError
        There is no such aircraft.
    """
    chosen = np.unique(np.asarray(aircraft, dtype=np.int64))
    if len(chosen) and not 0 <= chosen[0] <= chosen[-1] < settings.aircraft:
        strange = chosen[0] if chosen[0] < 0 else chosen[-1]
        raise InputError(
            f"aircraft {strange}", f"the fleet has 0 to {settings.aircraft - 1}", "name one of those"
        )
    moments = np.unique(np.asarray(times, dtype=np.float64))
    world = make_world(settings)
    fleet = make_fleet(settings, world)
    found = np.empty((0, len(_NUMBERS)))
    if len(chosen) and len(moments):
        plan = plan_flights(fleet, world, chosen, moments[0], moments[-1])
        found = _states(plan, moments)
    states = pl.DataFrame(dict(zip(_NUMBERS, np.ascontiguousarray(found.T), strict=True))).with_columns(
        pl.col("aircraft").cast(pl.Int64),
        pl.col("onground") == 1,
        pl.col("alt_geo_ft_msl").fill_nan(None),
    )
    index = states["aircraft"]
    names = pl.Series([f"{n:06x}" for n in addresses(settings).tolist()], dtype=pl.String)
    kinds = pl.Series([MODELS[m].aircraft_type for m in fleet.model.tolist()], dtype=pl.String)
    states = states.insert_column(1, names.gather(index).alias("icao24"))
    return states.insert_column(2, kinds.gather(index).alias("aircraft_type"))


def _states(plan: Plan, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the states of all flights at rising times, columns `_NUMBERS`."""
    found: NDArray[np.float64] = _evaluate(*plan, times)
    found[:, 2:4], found[:, 7] = np.degrees(found[:, 2:4]), np.degrees(found[:, 7]) % 360.0
    found[:, 3] = (found[:, 3] + 180.0) % 360.0 - 180.0
    found[:, 4:6], found[:, 8] = m_to_ft(found[:, 4:6]), m_to_ft(found[:, 8])
    found[:, 6] = m_s_to_kt(found[:, 6])
    return found


@njit(cache=True)
def _evaluate(flights, lateral, vertical, times):  # type: ignore[no-untyped-def]
    """Return the states of all flights at rising times, columns `_NUMBERS`, in SI units and radians."""
    count = 0
    for flight in flights:
        count += np.sum((times >= flight[ON]) & (times <= flight[OFF]))
    found = np.empty((count, 10))
    row = 0
    for flight in flights:
        piece, piece_end = int(flight[LATERAL_FROM]), int(flight[LATERAL_TO])
        layer, layer_end = int(flight[VERTICAL_FROM]), int(flight[VERTICAL_TO])
        for time in times:
            if not flight[ON] <= time <= flight[OFF]:
                continue
            out = found[row]
            out[0], out[1] = flight[AIRCRAFT], time
            out[2], out[3] = horizontal(lateral, piece, piece_end, time)
            out[4], out[8] = height(vertical, layer, layer_end, time)
            out[5] = out[4] * flight[GEO_FACTOR] + flight[GEO_OFFSET]
            out[6], out[7] = velocity(lateral, piece, piece_end, time)
            out[9] = not flight[LIFT] <= time < flight[TOUCH]
            row += 1
    return found
