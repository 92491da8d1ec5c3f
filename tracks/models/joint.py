"""The exact distribution of a network's variables, enumerated over all combinations of bins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from data_schemas.errors import InputError
from tracks.models.network import EncounterModel, Network
from tracks.models.variables import LABELS, FloatArray, IntArray

MOST_CELLS = 50_000_000
"""Largest joint distribution held in memory (doubles)."""

Start = Mapping[str, tuple[int, ...]]
"""Bins, from 1, that variables (G, A, L, v, dv, dh, dpsi) may have in the first second."""


class States(NamedTuple):
    """The states a track can start in, those of probability 0 left out, in the order of their cells.

    Attributes
    ----------
    bins
        Bin of each initial variable, from 0, int64 of shape (states, variables).
    shares
        Probability of each state; their sum is 1.
    """

    bins: IntArray
    shares: FloatArray


def conditional(table: IntArray) -> FloatArray:
    """Return the shares of a table's columns; 0 in a column without counts."""
    total = table.sum(axis=0)
    shares: FloatArray = np.divide(table, total, out=np.zeros(table.shape), where=total > 0)
    return shares


def joint_shares(network: Network) -> FloatArray:
    """Return the probability of every combination of bins, an axis a variable.

    Combinations that the network would draw from a configuration without counts have none: the distribution
    is that of draws which meet counts all the way. In a network of counts of all its variables, each with all
    earlier ones as parents, there are no others, and the shares are those of the training data.

    Raises
    ------
    InputError
        The joint distribution is too large, or nothing was counted.
    """
    if np.prod(network.bins, dtype=np.float64) > MOST_CELLS:
        raise InputError("encounter model", f"more than {MOST_CELLS} joint cells", "merge bins")
    count = len(network.bins)
    joint = np.ones((1,) * count)
    for i in network.order():
        table = network.tables[i]
        if table is None:
            continue
        above = network.parents[i]
        shape = (network.bins[i], *(network.bins[p] for p in above))
        axes = sorted(range(len(shape)), key=lambda k: (i, *above)[k])
        factor = conditional(table).reshape(shape, order="F").transpose(axes)
        joint = joint * factor.reshape([network.bins[j] if j in {i, *above} else 1 for j in range(count)])
    total = joint.sum()
    if not total > 0:
        raise InputError("encounter model", "its initial network has no counts", "train it on some data")
    return np.asarray(joint / total)


def start_states(model: EncounterModel, start: Start | None = None) -> States:
    """Return the distribution of the first second's bins given those that a start allows.

    Conditioning is exact whichever variables are fixed, also those drawn after free ones: every state that
    the start allows keeps its probability relative to the others. With G, then A, then L fixed it is what the
    published sampler draws, which can fix a variable only with all its parents.

    Raises
    ------
    InputError
        A variable or bin does not exist, or no data was seen at such a start.
    """
    joint = joint_shares(model.initial)
    allowed = [np.ones(size, np.bool_) for size in model.initial.bins]
    for name, places in (start or {}).items():
        variable = _variable(model, name)
        size = model.initial.bins[variable]
        if wrong := [place for place in places if not 1 <= place <= size]:
            raise InputError(f"start {name}", f"there is no bin {wrong[0]}", f"bins are 1 to {size}")
        allowed[variable] = np.isin(np.arange(size), np.asarray(places, np.int64) - 1)
    inside = joint[np.ix_(*allowed)]
    cells = np.nonzero(inside)
    if not cells[0].size:
        words = ", ".join(f"{name}={'+'.join(map(str, places))}" for name, places in (start or {}).items())
        raise InputError(f"start {words}", "the model has seen no data there", "fix other bins, or fewer")
    bins = np.stack([np.flatnonzero(a)[c] for a, c in zip(allowed, cells, strict=True)], axis=1)
    shares = inside[cells]
    return States(bins.astype(np.int64), shares / shares.sum())


def _variable(model: EncounterModel, name: str) -> int:
    if name not in LABELS:
        raise InputError(f"start {name}", "no such variable", f"known: {', '.join(LABELS)}")
    return model.index(name)
