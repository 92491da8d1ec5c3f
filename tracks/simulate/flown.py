"""Tracks sampled from an encounter model, flown over the proving ground and reported as real ones are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data_schemas.config import SimulateSettings
from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.task import Counts
from tracks.simulate.frame import Words
from tracks.simulate.hour import HOUR_S, hour_name, write_hour
from tracks.simulate.motion import RADIUS_M
from tracks.simulate.plan import Plan
from tracks.simulate.proving_ground import REACH_NM, place
from tracks.units import FT_PER_NM, M_PER_FT, ft_to_m, kt_to_m_s

Floats = NDArray[np.float64]

PARKED_S = 60
"""Every aircraft is heard so long on the ground before its track begins, s."""

_FIRST_ADDRESS = 0xA00001
_FIRST_HOUR = datetime(2021, 10, 4, tzinfo=UTC)
_TRACKS_AN_HOUR = 250
_SQUAWK = 0o1200
"""All fly by this code: a model's file does not say of which codes it is."""
_MARGIN_S = 60
"""Between a flight and the ends of its hour, s: longer than a last state vector is repeated."""


class FlownTracks(NamedTuple):
    """Sampled tracks with a place, a time and an address each.

    Attributes
    ----------
    plan
        What they do, as the reports take it: parked for `PARKED_S`, then the track, straight between seconds.
    words
        Addresses and call signs.
    hour
        Index of the hour of each track.
    truth
        The rows of the samples, with icao24 (upper-case digits) and time_s in POSIX seconds.
    """

    plan: Plan
    words: Words
    hour: NDArray[np.int64]
    truth: pl.DataFrame


def fly(samples: pl.DataFrame, seed: int) -> FlownTracks:
    """Place sampled tracks on the proving ground, a distinct aircraft each, 250 an hour.

    Altitude above ground is that of the sample over the terrain there; where the model has no G or A, they
    are 1 and 4. Course at the start, place and time in the hour are random, whole seconds are those of the
    samples. Positions are on the sphere where one minute of arc is 1 NM, as stage 3 measures them.

    Parameters
    ----------
    samples
        Rows of SAMPLED, every track as long.
    seed
        Of what is random.

    Raises
    ------
    InputError
        The tracks are too long for an hour or lead too far.
    """
    tracks = samples["track"].n_unique()
    seconds = samples.height // tracks
    _check(samples, seconds)
    random = np.random.Generator(np.random.PCG64(seed))
    columns = {
        name: samples[name].to_numpy().reshape(tracks, seconds)
        for name in ("north_ft", "east_ft", "alt_ft_agl", "heading_deg", "speed_kt", "dh_ft_min")
    }
    domain, airspace = (
        samples[name].fill_null(none).to_numpy()[::seconds] for name, none in (("G", 1), ("A", 4))
    )
    lat, lon, elevation_ft = place(domain, airspace, random.random((2, tracks)))
    course = 2 * np.pi * random.random(tracks)
    slack = HOUR_S - 2 * _MARGIN_S - PARKED_S - seconds
    hour = np.arange(tracks) // _TRACKS_AN_HOUR
    start = int(_FIRST_HOUR.timestamp()) + HOUR_S * hour + _MARGIN_S + PARKED_S
    start += random.integers(0, slack + 1, tracks)
    lateral = _lateral(columns, np.radians(lat), np.radians(lon), course, start)
    vertical = _vertical(columns, elevation_ft, start)
    numbers = _FIRST_ADDRESS + np.arange(tracks, dtype=np.int64)
    words = Words(numbers, [f"LOOP{k % 10_000:04d}" for k in range(tracks) for _ in range(2)])
    names = pl.Series([f"{n:06X}" for n in numbers.tolist()], dtype=pl.String)
    truth = samples.with_columns(
        icao24=names.gather(np.repeat(np.arange(tracks), seconds)),
        time_s=pl.Series(np.repeat(start, seconds) + np.tile(np.arange(seconds), tracks)),
        G=pl.Series(np.repeat(domain, seconds)),
        A=pl.Series(np.repeat(airspace, seconds)),
    )
    return FlownTracks(Plan(_flights(start, seconds), lateral, vertical), words, hour, truth)


def write_flown_hours(folder: Path, flown: FlownTracks, settings: SimulateSettings) -> Counts:
    """Write the hour files of flown tracks, all that is about reception and form as in the settings."""
    totals = [
        write_hour(
            folder / f"{hour_name(moment)}{settings.form}",
            moment,
            flown.plan._replace(flights=flown.plan.flights[flown.hour == index]),
            flown.words,
            settings,
        )
        for index in range(int(flown.hour.max()) + 1)
        for moment in (_FIRST_HOUR + timedelta(hours=index),)
    ]
    left = sum(counts.left.get("coverage_gap", 0) for counts in totals)
    rows_in, rows_out = sum(c.rows_in for c in totals), sum(c.rows_out for c in totals)
    return Counts(rows_in, rows_out, {"coverage_gap": left} if left else {})


def write_flown_registry(path: Path, flown: FlownTracks, aircraft_type: str) -> None:
    """Write the register of the flown aircraft, all of one type, in the generic form that stage 0 reads."""
    rows = flown.truth.select(pl.col("icao24").unique(maintain_order=True)).with_columns(
        aircraft_type=pl.lit(aircraft_type), seats=pl.lit(4)
    )
    with complete_file(path) as part:
        rows.write_csv(part)


def _check(samples: pl.DataFrame, seconds: int) -> None:
    most = HOUR_S - 2 * _MARGIN_S - PARKED_S
    if seconds > most:
        raise InputError("seconds", f"{seconds} s do not fit in an hour file", f"{most} at most")
    away = (
        samples.select((pl.col("north_ft").pow(2) + pl.col("east_ft").pow(2)).sqrt().max()).item() / FT_PER_NM
    )
    if away > REACH_NM:
        problem = f"a track leads {away:.0f} NM away; beyond {REACH_NM:g} NM its G and A may be others"
        raise InputError("seconds", problem, "fly shorter tracks")


def _lateral(
    columns: dict[str, Floats], lat: Floats, lon: Floats, course: Floats, start: NDArray[np.int64]
) -> Floats:
    """Return lateral pieces (`tracks.simulate.motion`): parked, then straight from second to second."""
    tracks, seconds = columns["speed_kt"].shape
    turned, along, across = course[:, None], columns["north_ft"], columns["east_ft"]
    north = (along * np.cos(turned) - across * np.sin(turned)) * M_PER_FT / RADIUS_M
    east = (along * np.sin(turned) + across * np.cos(turned)) * M_PER_FT / RADIUS_M
    north += lat[:, None]
    # Within a second the rhumb line's middle latitude is exact enough by far.
    middle = (north[:, 1:] + north[:, :-1]) / 2
    pieces = np.zeros((tracks, seconds + 1, 7))
    pieces[:, 0, 0], pieces[:, 0, 1], pieces[:, 0, 2] = start - PARKED_S, lat, lon
    pieces[:, 0, 3] = course
    pieces[:, 1:, 0] = start[:, None] + np.arange(seconds)
    pieces[:, 1:, 1] = north
    pieces[:, 1:, 2] = lon[:, None]
    pieces[:, 2:, 2] += np.cumsum(np.diff(east) / np.cos(middle), axis=1)
    pieces[:, 1:, 3] = np.radians(columns["heading_deg"]) + turned
    pieces[:, 1:, 4] = kt_to_m_s(columns["speed_kt"])
    return pieces.reshape(-1, 7)


def _vertical(columns: dict[str, Floats], elevation_ft: Floats, start: NDArray[np.int64]) -> Floats:
    """Return vertical pieces: on the ground, then a piece of steady climb from second to second."""
    tracks, seconds = columns["alt_ft_agl"].shape
    pieces = np.zeros((tracks, seconds + 1, 4))
    pieces[:, 0, 0], pieces[:, 0, 1] = start - PARKED_S, ft_to_m(elevation_ft)
    pieces[:, 1:, 0] = start[:, None] + np.arange(seconds)
    pieces[:, 1:, 1] = ft_to_m(columns["alt_ft_agl"] + elevation_ft[:, None])
    pieces[:, 1:, 2] = ft_to_m(columns["dh_ft_min"] / 60)
    return pieces.reshape(-1, 4)


def _flights(start: NDArray[np.int64], seconds: int) -> Floats:
    """Return the table of flights in the columns of `tracks.simulate.plan`."""
    tracks = start.size
    first = np.arange(tracks) * (seconds + 1)
    last = first + seconds + 1
    end = start + seconds - 1
    zero = np.zeros(tracks)
    flights = [
        *(np.arange(tracks), zero, start - PARKED_S, start, end + 1, end),
        *(first, last, first, last, zero + _SQUAWK, zero + 1, zero),
    ]
    return np.stack(flights, axis=1).astype(np.float64)
