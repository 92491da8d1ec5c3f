"""The Markov chain behind sampled tracks: tables packed into flat arrays, and the loop over seconds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tracks.models.network import EncounterModel, Network
from tracks.models.variables import FloatArray, IntArray
from tracks.units import FT_PER_NM

BoolArray = npt.NDArray[np.bool_]

FT_S_PER_KT = FT_PER_NM / 3600
"""Feet a second in a knot."""


class PackedNetwork(NamedTuple):
    """A network for the kernel: variables in the order they are drawn.

    `drawn` are the variables, `bins` the number of bins of each; `parents`, `strides` have -1 and 0 behind a
    variable's last parent; `start` is the first of a variable's cells in `heaped`, which holds the tables'
    columns, counts heaped up along each.
    """

    drawn: IntArray
    bins: IntArray
    parents: IntArray
    strides: IntArray
    start: IntArray
    heaped: IntArray


class PackedValues(NamedTuple):
    """Values of the initial variables for the kernel: cut points (padded), zero bins, rates, who is who.

    `numeric` says whether a variable has cut points; a categorical one has its bin's number, from 1.
    `who` are the indices of L, v, dv, dh, dpsi; `moved` the pairs of transition variables (t, t + 1).
    """

    cuts: FloatArray
    bins: IntArray
    numeric: BoolArray
    zero: IntArray
    rates: FloatArray
    who: IntArray
    moved: IntArray


def pack_network(network: Network) -> PackedNetwork:
    """Pack a network's tables; variables without one are not drawn."""
    drawn = [i for i in network.order() if network.tables[i] is not None]
    width = max([1, *(len(network.parents[i]) for i in drawn)])
    parents, strides = np.full((len(drawn), width), -1), np.zeros((len(drawn), width), np.int64)
    columns: list[IntArray] = []
    for k, i in enumerate(drawn):
        parents[k, : len(network.parents[i])] = network.parents[i]
        strides[k, : len(network.parents[i])] = network.strides(i)
        table = network.tables[i]
        if table is not None:
            columns.append(np.cumsum(table, axis=0).ravel(order="F"))
    start = np.cumsum([0, *(len(c) for c in columns[:-1])])
    bins = np.array([network.bins[i] for i in drawn])
    return PackedNetwork(np.array(drawn), bins, parents, strides, start, np.concatenate(columns))


def pack_values(model: EncounterModel) -> PackedValues:
    """Pack cut points, zero bins and rates of a model."""
    count = len(model.boundaries)
    bins = np.array(model.initial.bins)
    cuts = np.zeros((count, int(bins.max()) + 1))
    for i, edges in enumerate(model.boundaries):
        if edges is not None:
            cuts[i, : len(edges)] = edges
    numeric = np.array([edges is not None for edges in model.boundaries])
    who = np.array([model.index(name) for name in ("L", "v", "dv", "dh", "dpsi")])
    rates = np.array(model.resample_rates, np.float64)
    moved = np.array(model.moves, np.int64).reshape(-1, 2)
    return PackedValues(cuts, bins, numeric, np.array(model.zero_bins), rates, who, moved)


@njit(cache=True)
def draw(network: PackedNetwork, k: int, states: IntArray, uniform: float) -> int:
    """Return a bin of the k-th drawn variable given the states, -1 where its configuration has no counts."""
    column = 0
    for p in range(network.parents.shape[1]):
        if network.parents[k, p] >= 0:
            column += states[network.parents[k, p]] * network.strides[k, p]
    first = network.start[k] + column * network.bins[k]
    total = network.heaped[first + network.bins[k] - 1]
    if total == 0:
        return -1
    target = min(int(uniform * total), total - 1)
    found = 0
    while network.heaped[first + found] <= target:
        found += 1
    return found


@njit(cache=True)
def value_in(values: PackedValues, variable: int, place: int, uniform: float) -> float:
    """Return a value uniform in a bin, 0 in the one straddling zero; a categorical variable's number."""
    if not values.numeric[variable]:
        return place + 1.0
    if place == values.zero[variable]:
        return 0.0
    low = values.cuts[variable, place]
    return float(low + uniform * (values.cuts[variable, place + 1] - low))


@njit(cache=True)
def start_tracks(
    network: PackedNetwork, values: PackedValues, fixed: IntArray, uniforms: FloatArray, states: IntArray
) -> FloatArray:
    """Draw the first second of tracks: bins into states (tracks, variables), values are returned.

    Parameters
    ----------
    fixed
        For each variable its bin, or -1 to draw it.
    uniforms
        Draws, shape (2, variables, tracks).

    Returns
    -------
    ndarray
        Values, shape (tracks, variables); not a number where a configuration without counts came up.
    """
    count = fixed.size
    first = np.full((states.shape[0], count), np.nan)
    for i in range(states.shape[0]):
        for k in range(count):
            variable = network.drawn[k]
            place = draw(network, k, states[i], uniforms[0, k, i])
            if place >= 0 and fixed[variable] >= 0:
                place = fixed[variable]
            if place < 0:
                break
            states[i, variable] = place
            first[i, variable] = value_in(values, variable, place, uniforms[1, k, i])
    return first


@njit(cache=True)
def step_tracks(
    network: PackedNetwork,
    values: PackedValues,
    uniforms: FloatArray,
    states: IntArray,
    now: FloatArray,
    moving: FloatArray,
) -> None:
    """Move tracks by one second: bins of the dynamic variables, their values, then the motion.

    Parameters
    ----------
    uniforms
        Draws, shape (3, moved variables, tracks): bin, whether to draw again within it, value.
    states
        Bins, shape (tracks, transition variables); updated.
    now
        Values of the second before, shape (tracks, initial variables); updated to this second.
    moving
        North, east, altitude, heading, shape (4, tracks), ft and deg; updated.
    """
    _, speed, dv, dh, dpsi = values.who
    for i in range(states.shape[0]):
        heading = np.deg2rad(moving[3, i])
        distance_ft = now[i, speed] * FT_S_PER_KT
        moving[0, i] += distance_ft * np.cos(heading)
        moving[1, i] += distance_ft * np.sin(heading)
        moving[2, i] += now[i, dh] / 60.0
        moving[3, i] = (moving[3, i] + now[i, dpsi]) % 360.0
        after_kt = now[i, speed] + now[i, dv]
        for k in range(network.drawn.size):
            later = network.drawn[k]
            place = draw(network, k, states[i], uniforms[0, k, i])
            variable = -1
            for pair in range(values.moved.shape[0]):
                if values.moved[pair, 1] == later:
                    variable = values.moved[pair, 0]
            states[i, later] = states[i, variable] if place < 0 else place
            new = states[i, later] != states[i, variable]
            if new or uniforms[1, k, i] < values.rates[variable]:
                now[i, variable] = value_in(values, variable, states[i, later], uniforms[2, k, i])
        for pair in range(values.moved.shape[0]):
            states[i, values.moved[pair, 0]] = states[i, values.moved[pair, 1]]
        now[i, speed] = after_kt
        place = 0
        while place < values.bins[speed] - 1 and after_kt >= values.cuts[speed, place + 1]:
            place += 1
        states[i, speed] = place
