"""Proof that samples have the model's distribution: marginals and pairs of the first two seconds, exactly."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import polars as pl

from tracks.models.chi_square import chi_square, chi_square_tail, expected_variation, total_variation
from tracks.models.joint import Start, States, conditional, start_states
from tracks.models.marginals import bins_of_rows
from tracks.models.network import EncounterModel
from tracks.models.variables import NAMES, FloatArray, IntArray

LEVEL = 0.001
"""Probability that a correct sampler fails, over all tables together (Bonferroni)."""
_CHUNK = 4096
"""States whose distributions of the next second are in memory at once."""

Key = tuple[str, ...]
"""A table: one variable or two, those of t = 1 with (t+1) behind their names."""


def check_samples(
    model: EncounterModel, samples: pl.DataFrame, start: Start | None = None, level: float = LEVEL
) -> pl.DataFrame:
    """Compare sampled tracks with the model's exact marginals and pairwise tables by chi-square tests.

    Of the first second every variable and every pair; of the second one, every dynamic variable, every pair
    of them, and every pair with a variable of the first: all that one step of the chain does.

    Parameters
    ----------
    model
        The model.
    samples
        Tracks of at least two seconds, none rejected.
    start
        Bins that the tracks were allowed to start in.
    level
        Probability that a correct sampler fails in any of the tables.

    Returns
    -------
    DataFrame
        One row a table: variables (with `x` between two), tracks, cells (of a share above 0), chi_square,
        freedom (cells of fewer than five expected put together), p_value, total_variation, expected (a bound
        of the total variation that sampling alone is expected to give), passed (p_value not under `level`
        divided by the number of tables).
    """
    exact = exact_tables(model, start_states(model, start))
    counts = _counts(model, samples, exact)
    rows = []
    for key, shares in exact.items():
        found = counts[key]
        square, freedom = chi_square(found, shares)
        rows.append(
            {
                "variables": " x ".join(key),
                "tracks": int(found.sum()),
                "cells": int((shares > 0).sum()),
                "chi_square": square,
                "freedom": freedom,
                "p_value": chi_square_tail(square, freedom),
                "total_variation": total_variation(found / found.sum(), shares),
                "expected": float(expected_variation(shares.ravel(), found.sum())),
            }
        )
    return pl.DataFrame(rows).with_columns(passed=pl.col("p_value") >= level / len(rows))


def exact_tables(model: EncounterModel, states: States) -> dict[Key, FloatArray]:
    """Return the exact shares of every table of `check_samples`, by enumeration of the states."""
    names = [NAMES[label] for label in model.initial.labels]
    sizes, moved = model.initial.bins, [names[i] for i, _ in model.moves]
    later = [f"{name}(t+1)" for name in moved]
    shape = tuple(sizes[i] for i, _ in model.moves)
    tables: dict[Key, FloatArray] = {}
    for k in (1, 2):
        for which in itertools.combinations(range(len(names)), k):
            tables[tuple(names[i] for i in which)] = _histogram(
                states.bins[:, which], states.shares, sizes, which
            )
    whole = np.zeros(shape)
    pairs = {(i, k): np.zeros((sizes[i], shape[k])) for i in range(len(names)) for k in range(len(moved))}
    for first in range(0, len(states.shares), _CHUNK):
        bins = states.bins[first : first + _CHUNK]
        following = _next(model, bins) * states.shares[first : first + _CHUNK].reshape(-1, *(1,) * len(moved))
        whole += following.sum(axis=0)
        for (i, k), table in pairs.items():
            others = tuple(j + 1 for j in range(len(moved)) if j != k)
            np.add.at(table, bins[:, i], following.sum(axis=others))
    for k in (1, 2):
        for which in itertools.combinations(range(len(moved)), k):
            others = tuple(j for j in range(len(moved)) if j not in which)
            tables[tuple(later[j] for j in which)] = whole.sum(axis=others)
    return tables | {(names[i], later[k]): table for (i, k), table in pairs.items()}


def _next(model: EncounterModel, bins: IntArray) -> FloatArray:
    """Return for each state the distribution of the moved variables' next bins, an axis each."""
    network, count = model.transition, len(model.initial.labels)
    shape = [network.bins[later] for _, later in model.moves]
    after = np.indices(shape).reshape(len(shape), -1)  # the combinations of next bins
    shares = np.ones((len(bins), after.shape[1]))
    for k, (now, later) in enumerate(model.moves):
        table = network.tables[later]
        if table is None:
            continue
        column = np.zeros(shares.shape, np.int64)
        for parent, stride in zip(network.parents[later], network.strides(later), strict=True):
            column += stride * (bins[:, parent, None] if parent < count else after[None, parent - count])
        seen = table.sum(axis=0)[column] > 0
        stays = after[None, k] == bins[:, now, None]
        shares *= np.where(seen, conditional(table)[after[None, k], column], stays)
    return shares.reshape(len(bins), *shape)


def _histogram(
    bins: IntArray, weights: npt.NDArray[np.float64] | None, sizes: tuple[int, ...], which: tuple[int, ...]
) -> FloatArray:
    shape = tuple(sizes[i] for i in which)
    cells = np.ravel_multi_index(tuple(bins.T), shape)
    return np.bincount(cells, weights, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def _counts(
    model: EncounterModel, samples: pl.DataFrame, exact: dict[Key, FloatArray]
) -> dict[Key, FloatArray]:
    """Count the samples in the cells of every table."""
    first = bins_of_rows(model, samples.filter(pl.col("time_s") == 0))
    second = bins_of_rows(model, samples.filter(pl.col("time_s") == 1))
    found = first | {f"{name}(t+1)": places for name, places in second.items()}
    return {
        key: _histogram(
            np.stack([found[name] for name in key], 1), None, shares.shape, tuple(range(len(key)))
        )
        for key, shares in exact.items()
    }
