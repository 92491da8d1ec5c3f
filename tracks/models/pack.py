"""A model packed into flat arrays for the kernel that draws tracks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tracks.models.joint import States
from tracks.models.network import EncounterModel
from tracks.models.variables import FloatArray, IntArray

UInt32Array = npt.NDArray[np.uint32]
UInt64Array = npt.NDArray[np.uint64]

GROUP = 8
"""Thresholds that the kernel compares at once."""
WORDS = 2.0**32
"""How many words there are: shares and rates are packed as words."""


class PackedNetwork(NamedTuple):
    """The transition network for the kernel: its moved variables in the order they are drawn.

    `moving` are the indices of v and of the moved variables at t, the only bins that change. `held` are what
    a bin of each initial variable adds to the first cell of each table's column (moved, initial variables),
    `first` the first cell of each table, and `within` what a bin at t + 1 of a variable drawn before adds
    (moved, moved).

    `thresholds` are the tables: along each column the shares heaped up, in units of 2^-32, and padded to
    `width` cells. A word falls into the first bin whose threshold is above it. The last is 2^32 - 1 and words
    are at most 2^32 - 2, so a bin without counts never comes up. A column without counts is 0 throughout, so
    that a word falls behind its end.
    """

    moving: IntArray
    first: IntArray
    held: IntArray
    within: IntArray
    width: int
    thresholds: UInt32Array


class PackedValues(NamedTuple):
    """Values of the initial variables for the kernel: cut points (padded), bins, zero bins, who is who.

    `rates` are resample rates in units of 2^-32; `who` the indices of L, v, dv, dh, dpsi; `scope` the lowest
    and highest altitude, ft, then speed, kt.
    """

    cuts: FloatArray
    bins: IntArray
    zero: IntArray
    rates: UInt64Array
    who: IntArray
    scope: FloatArray


class PackedStates(NamedTuple):
    """States of the first second: bins (states, variables) and their shares heaped up."""

    bins: IntArray
    heaped: FloatArray


def pack_network(model: EncounterModel) -> PackedNetwork:
    """Pack the tables of the moved variables of the transition network."""
    network, count = model.transition, len(model.initial.labels)
    now = {later: variable for variable, later in model.moves}
    drawn = [i for i in network.order() if i in now]
    width = -(-max(network.bins[i] for i in drawn) // GROUP) * GROUP
    held, within = np.zeros((len(drawn), count), np.int64), np.zeros((len(drawn),) * 2, np.int64)
    columns: list[UInt32Array] = []
    for k, i in enumerate(drawn):
        for parent, stride in zip(network.parents[i], network.strides(i), strict=True):
            row, place = (held, parent) if parent < count else (within, drawn.index(parent))
            row[k, place] = stride * width
        table = network.tables[i]
        if table is not None:
            columns.append(_thresholds(table, width))
    first = np.cumsum([0, *(len(c) for c in columns[:-1])])
    moving = np.array([model.index("v"), *(now[i] for i in drawn)])
    return PackedNetwork(moving, first, held, within, width, np.concatenate(columns))


def pack_values(model: EncounterModel) -> PackedValues:
    """Pack cut points, zero bins, rates and scope of a model."""
    bins = np.array(model.initial.bins)
    cuts = np.zeros((len(bins), int(bins.max()) + 1))
    for i, edges in enumerate(model.boundaries):
        if edges is not None:
            cuts[i, : len(edges)] = edges
    who = np.array([model.index(name) for name in ("L", "v", "dv", "dh", "dpsi")])
    scope = np.array([cuts[i, k] for i in who[:2] for k in (0, bins[i])])
    rates = np.rint(np.array(model.resample_rates) * WORDS).astype(np.uint64)
    return PackedValues(cuts, bins, np.array(model.zero_bins), rates, who, scope)


def pack_states(states: States) -> PackedStates:
    """Pack the distribution of the first second."""
    return PackedStates(states.bins, np.cumsum(states.shares))


def _thresholds(table: IntArray, width: int) -> UInt32Array:
    heaped = np.cumsum(table, axis=0)
    total = heaped[-1]
    shares = np.divide(heaped, total, out=np.zeros(heaped.shape), where=total > 0)
    padded = np.pad(shares, ((0, width - len(table)), (0, 0)), mode="edge")
    return np.minimum(np.rint(padded * WORDS), WORDS - 1).astype(np.uint32).ravel(order="F")
