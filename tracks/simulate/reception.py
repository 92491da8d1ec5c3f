"""What is heard of an aircraft, and when: ages of messages, coverage gaps, lost positions."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from data_schemas.config.simulate import SimulateSettings
from tracks.simulate.philox import DROPOUT, EDGE, GAP, normal, uniforms

_BLOCK_S = 600.0


class Reception(NamedTuple):
    """How reports differ from the truth; shares of rows and seconds as in `SimulateSettings`."""

    key: np.uint64
    age: float
    stale: float
    gap: float
    gap_mean: float
    dropout: float
    dropout_mean: float
    duplicate: float
    bad_address: float
    no_squawk: float
    no_geo: float
    no_baro: float
    no_velocity: float
    no_callsign: float
    wrong_altitude: float
    wrong_position: float
    noise: float
    rounded: bool


def make_reception(settings: SimulateSettings) -> Reception:
    """Return the settings as the kernel takes them."""
    per_block = _BLOCK_S / 3600.0
    return Reception(
        np.uint64(settings.seed),
        settings.contact_age_s,
        settings.stale_s,
        settings.gaps_an_hour * per_block,
        settings.gap_mean_s,
        settings.dropouts_an_hour * per_block,
        settings.dropout_mean_s,
        settings.duplicate_row,
        settings.bad_address,
        settings.missing_squawk,
        settings.missing_geoaltitude,
        settings.missing_baroaltitude,
        settings.missing_velocity,
        settings.missing_callsign,
        settings.outlier_altitude,
        settings.outlier_position,
        settings.position_noise_m,
        settings.rounded,
    )


@njit(cache=True)
def forget(losses):  # type: ignore[no-untyped-def]
    """Empty the working space (2 × 7) of `last_contact` and `last_position`, for another aircraft."""
    losses[0, 0], losses[1, 0] = np.nan, np.nan


@njit(cache=True)
def last_contact(reception, aircraft, losses, time):  # type: ignore[no-untyped-def]
    """Return when the last message not after a time was heard, in whole milliseconds."""
    return math.ceil(_heard(reception, aircraft, 0, losses, time) * 1e3) / 1e3


@njit(cache=True)
def last_position(reception, aircraft, losses, contact):  # type: ignore[no-untyped-def]
    """Return when the last position was heard, given the last message: one for all rows which that serves."""
    u = uniforms(reception.key, EDGE, aircraft, math.floor(contact * 1e3), 0)
    time = contact - u[0] * reception.age
    for _ in range(4):
        before = time
        time = _heard(reception, aircraft, 1, losses, time)
        time = _heard(reception, aircraft, 0, losses, time)
        if time == before:
            break
    return math.ceil(time * 1e3) / 1e3


@njit(cache=True)
def position_error(reception, aircraft, position):  # type: ignore[no-untyped-def]
    """Return how far north and east (m) the position heard at a time is off."""
    u = uniforms(reception.key, EDGE, aircraft, math.floor(position * 1e3), 1)
    return reception.noise * normal(u[0], u[1]), reception.noise * normal(u[2], u[3])


@njit(cache=True)
def _heard(reception, aircraft, kind, losses, time):  # type: ignore[no-untyped-def]
    """Return the latest time not after the given one at which nothing was lost (kind 0 gaps, 1 dropouts).

    In each block of time a loss begins with some probability; it lasts a block at most, so two blocks tell.
    Before a loss the last message came up to half a second earlier, as transponders send two a second.
    """
    for _ in range(8):
        block = math.floor(time / _BLOCK_S)
        if losses[kind, 0] != block:
            _recall(reception, aircraft, kind, block, losses)
        if losses[kind, 1] <= time < losses[kind, 2]:
            time = losses[kind, 3]
        elif losses[kind, 4] <= time < losses[kind, 5]:
            time = losses[kind, 6]
        else:
            break
    return time


@njit(cache=True)
def _recall(reception, aircraft, kind, block, losses):  # type: ignore[no-untyped-def]
    """Write down the losses that can touch a block, kept while the reports stay in it.

    That is the block, then for it and the one before: start and end of a loss, and the last message before.
    """
    share = reception.dropout if kind else reception.gap
    mean = reception.dropout_mean if kind else reception.gap_mean
    losses[kind, 0] = block
    for index in range(2):
        u = uniforms(reception.key, DROPOUT if kind else GAP, aircraft, block - index, 0)
        start = (block - index + u[1]) * _BLOCK_S if u[0] < share else np.inf
        losses[kind, 1 + 3 * index] = start
        losses[kind, 2 + 3 * index] = start + min(_BLOCK_S, -mean * math.log(u[2]))
        losses[kind, 3 + 3 * index] = start - 0.5 * u[3]
