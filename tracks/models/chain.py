"""The Markov chain behind sampled tracks: the loop over tracks and seconds.

Random numbers are those of Philox at the place (track, second, attempt, which of them), under the seed, so a
track is a function of the seed and its own number alone.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from tracks.models.pack import GROUP, WORDS, PackedNetwork, PackedStates, PackedValues, UInt32Array
from tracks.models.variables import FloatArray, IntArray
from tracks.philox import fill_philox, philox4x32, pick
from tracks.units import FT_PER_NM

BoolArray = npt.NDArray[np.bool_]

FT_S_PER_KT = FT_PER_NM / 3600
"""Feet a second in a knot."""

NORTH, EAST, ALTITUDE, HEADING, SPEED, DV, DH, DPSI = range(8)
"""Rows of the values that `draw_tracks` writes."""

REASONS = ("below", "above", "slow", "fast", "steep")
"""Why a track is rejected: an altitude below or above the outer cut points of L; a speed not over the lowest
or not under the highest of v; a vertical rate of the first second that is not smaller than the speed."""
_BELOW, _ABOVE, _SLOW, _FAST, _STEEP = range(5)
_KEPT = -1

_BINS, _AGAIN, _VALUES, _START, _START_VALUES = range(5)
"""What the four words of a place are for; the first three of each second, by the order of drawing."""

_LAST = np.uint32(0xFFFFFFFE)
_AHEAD = 64
"""Seconds whose words are made at once."""


@njit(cache=True)
def _value(values: PackedValues, variable: int, place: int, word: int) -> float:
    """Return a value uniform in a bin, 0 in the one straddling zero."""
    if place == values.zero[variable]:
        return 0.0
    low = values.cuts[variable, place]
    return float(low + (np.float64(word) + 0.5) / WORDS * (values.cuts[variable, place + 1] - low))


@njit(cache=True)
def _first_second(
    states: PackedStates, values: PackedValues, place: tuple[np.uint64, int, int], now: FloatArray
) -> int:
    """Draw the state of the first second and its values; return the number of the state."""
    key, track, attempt = place
    word = philox4x32(key, track, 0, attempt, _START)
    uniform = ((word[0] >> np.uint64(5)) * 2.0**26 + (word[1] >> np.uint64(6))) * 2.0**-53
    state: int = pick(states.heaped, uniform)
    more = philox4x32(key, track, 0, attempt, _START_VALUES)
    for i in range(5):
        variable = values.who[i]
        now[variable] = _value(values, variable, states.bins[state, variable], more[i] if i < 4 else word[2])
    return state


# The helpers of the loop over seconds are inlined: a call would take longer than what they do.
@njit(inline="always")
def _add(cell: IntArray, held: IntArray, variable: int, step: int) -> None:
    """Move to the columns of the tables where a variable's bin is `step` higher."""
    for k in range(3):
        cell[k] += held[k, variable] * step


@njit(inline="always")
def _later_bins(
    network: PackedNetwork, cell: IntArray, bins: IntArray, words: UInt32Array, ahead: int, new: IntArray
) -> None:
    """Draw the bins at t + 1 of the moved variables; one in a column without counts stays."""
    for k in range(3):
        column = cell[k]
        for j in range(k):
            column += network.within[k, j] * new[j]
        word = min(words[k, ahead], _LAST)
        found = 0
        for group in range(column, column + network.width, GROUP):
            for j in range(GROUP):  # few bins: counting all beats a search, since nothing branches
                found += network.thresholds[group + j] <= word
        new[k] = bins[k + 1] if found == network.width else found


@njit(inline="always")
def _bin_of_speed(values: PackedValues, v: int, here: int, speed: float) -> int:
    """Return the bin of a speed, looked for from a bin on."""
    while here < values.bins[v] - 1 and speed >= values.cuts[v, here + 1]:
        here += 1
    while here > 0 and speed < values.cuts[v, here]:
        here -= 1
    return here


@njit(inline="always")
def _reason(scope: FloatArray, altitude: float, speed: float) -> int:
    """Return why a second is outside the scope, or that it is inside."""
    if altitude < scope[0]:
        return _BELOW
    if altitude > scope[1]:
        return _ABOVE
    if speed <= scope[2]:
        return _SLOW
    return _FAST if speed >= scope[3] else _KEPT


@njit(inline="always")
def _write(
    out: FloatArray,
    second: int,
    north: float,
    east: float,
    altitude: float,
    heading: float,
    speed: float,
    now: FloatArray,
    who: IntArray,
) -> None:
    """Write a second's motion and rates."""
    out[NORTH, second], out[EAST, second] = north, east
    out[ALTITUDE, second], out[HEADING, second], out[SPEED, second] = altitude, heading, speed
    out[DV, second], out[DH, second], out[DPSI, second] = now[who[2]], now[who[3]], now[who[4]]


@njit(cache=True)
def _draw_track(
    network: PackedNetwork,
    values: PackedValues,
    states: PackedStates,
    place: tuple[np.uint64, int, int],
    reject: bool,
    work: tuple[FloatArray, UInt32Array, UInt32Array],
    out: FloatArray,
    inside: BoolArray,
) -> tuple[int, int]:
    """Draw one track into columns of `out` and `inside`; return its first state and why it is rejected."""
    now, words, again = work
    key, track, attempt = place
    level, v, dv, dh, dpsi = values.who
    state = _first_second(states, values, place, now)
    if reject and abs(now[dh]) / 60.0 >= now[v] * FT_S_PER_KT:
        return state, _STEEP
    bins = states.bins[state][network.moving]  # those that change
    cell = network.first.copy()  # where the columns for the bins of the present second begin
    for variable in range(states.bins.shape[1]):
        _add(cell, network.held, variable, states.bins[state, variable])
    new = np.empty(3, np.int64)
    north = east = heading = turn = sine = turn_sine = 0.0
    cosine = turn_cosine = 1.0
    altitude, speed = now[level], now[v]
    for second in range(inside.size):
        if second:
            north += speed * FT_S_PER_KT * cosine
            east += speed * FT_S_PER_KT * sine
            altitude += now[dh] / 60.0
            if now[dpsi] != 0.0:
                if now[dpsi] != turn:
                    turn = now[dpsi]
                    turn_cosine, turn_sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
                cosine, sine = (
                    cosine * turn_cosine - sine * turn_sine,
                    sine * turn_cosine + cosine * turn_sine,
                )
                heading = (heading + turn) % 360.0 % 360.0  # a tiny negative angle gives 360 once
            faster = speed + now[dv]
            ahead = (second - 1) % _AHEAD
            if ahead == 0:
                fill_philox(key, track, second, attempt, _BINS, words)
                fill_philox(key, track, second, attempt, _AGAIN, again)
            _later_bins(network, cell, bins, words, ahead, new)
            for k in range(3):
                variable, step = network.moving[k + 1], new[k] - bins[k + 1]
                if step != 0:
                    _add(cell, network.held, variable, step)
                    bins[k + 1] = new[k]
                elif new[k] == values.zero[variable] or again[k, ahead] >= values.rates[variable]:
                    continue
                drawn = philox4x32(key, track, second, attempt, _VALUES)[k]
                now[variable] = _value(values, variable, new[k], drawn)
            if faster != speed:
                speed = faster
                here = _bin_of_speed(values, v, bins[0], speed)
                _add(cell, network.held, v, here - bins[0])
                bins[0] = here
        _write(out, second, north, east, altitude, heading, speed, now, values.who)
        reason = _reason(values.scope, altitude, speed)
        inside[second] = reason == _KEPT
        if reject and reason != _KEPT:
            return state, reason
    return state, _KEPT


@njit(cache=True)
def draw_tracks(
    network: PackedNetwork,
    values: PackedValues,
    states: PackedStates,
    key: np.uint64,
    first: int,
    attempts: int,
    out: FloatArray,
    inside: BoolArray,
    began: IntArray,
) -> IntArray:
    """Draw tracks one after the other, each until one is accepted, and return the rejected ones by reason.

    Parameters
    ----------
    key, first
        Seed, and number of the first track.
    attempts
        Most tracks drawn for one that is accepted; 0: none is rejected.
    out, inside
        Written: values (8, tracks x seconds); whether altitude and speed are in the scope (tracks, seconds).
    began
        Written: number of the state that each track began in; -1 in the first track of which all attempts
        were rejected, after which nothing is drawn.
    """
    rejected = np.zeros(len(REASONS), np.int64)
    words, again = np.empty((4, _AHEAD), np.uint32), np.empty((4, _AHEAD), np.uint32)
    work = (np.zeros(values.bins.size), words, again)
    seconds = inside.shape[1]
    for i in range(began.size):
        rows = out[:, i * seconds : (i + 1) * seconds]
        began[i] = -1
        for attempt in range(max(attempts, 1)):
            place = (key, first + i, attempt)
            state, reason = _draw_track(network, values, states, place, attempts > 0, work, rows, inside[i])
            if reason == _KEPT:
                began[i] = state
                break
            rejected[reason] += 1
        if began[i] < 0:
            break
    return rejected
