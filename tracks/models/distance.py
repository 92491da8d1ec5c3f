"""How far one encounter model is from another of the same variables and cut points, variable by variable."""

from __future__ import annotations

import numpy as np
import polars as pl

from data_schemas.config.graph import DYNAMIC, LATER
from data_schemas.errors import InputError
from tracks.models.marginals import marginals
from tracks.models.network import EncounterModel, base_label
from tracks.models.variables import LABELS, IntArray

LEAST_COUNTS = 100
"""A column of a transition table is compared where both models have counted so many transitions."""


def model_distance(truth: EncounterModel, other: EncounterModel) -> pl.DataFrame:
    """Compare two models of the same variables and cut points.

    Returns
    -------
    DataFrame
        One row a variable: `variable`; `initial`, total variation distance of its marginals in the initial
        networks; `resample_rate`, the other's. Of dynamic variables also `stays`, the other's share of
        transitions that keep the bin; `transition`, total variation distance of the columns of the
        transition tables in which both have at least `LEAST_COUNTS`, mean by the counts of the truth (missing
        where there is none); `compared`, the share of the truth's transitions in these columns.

    Raises
    ------
    InputError
        The models differ in variables, cut points or the graph of the transition.
    """
    same = [(m.boundaries, m.transition.labels, m.transition.parents) for m in (truth, other)]
    if same[0] != same[1]:
        raise InputError("encounter model", "differs from the other in variables, cut points or graph")
    theirs = marginals(other)
    rows = []
    for name, shares in marginals(truth).items():
        row = {
            "variable": name,
            "initial": float(np.abs(shares - theirs[name]).sum() / 2),
            "resample_rate": other.resample_rates[other.index(name)],
        }
        if name in DYNAMIC:
            row |= {"stays": stay_shares(other, name)[0], **_column_distance(truth, other, name)}
        rows.append(row)
    columns = ("variable", "initial", "stays", "transition", "compared", "resample_rate")
    schema = {name: pl.Float64 if name != "variable" else pl.String for name in columns}
    return pl.DataFrame(rows, schema=schema)


def bin_shares(model: EncounterModel) -> pl.DataFrame:
    """Return of each bin: variable, bin (from 1), low, high, share (initial), stays (transition)."""
    frames = []
    for name, shares in marginals(model).items():
        cuts = model.boundaries[model.index(name)] or (None,) * (len(shares) + 1)
        stays = stay_shares(model, name)[1] if name in DYNAMIC else [None] * len(shares)
        frames.append(
            pl.DataFrame(
                {
                    "variable": [name] * len(shares),
                    "bin": range(1, len(shares) + 1),
                    "low": cuts[:-1],
                    "high": cuts[1:],
                    "share": shares,
                    "stays": stays,
                },
                schema_overrides={"low": pl.Float64, "high": pl.Float64, "stays": pl.Float64},
                nan_to_null=True,
            )
        )
    return pl.concat(frames)


def stay_shares(model: EncounterModel, name: str) -> tuple[float | None, list[float | None]]:
    """Return the share of counted transitions that keep the bin of a dynamic variable, and that of each bin.

    Missing where nothing was counted, or where the variable is no parent of itself.
    """
    network = model.transition
    now, later = next(pair for pair in model.moves if base_label(network.labels[pair[1]]) == LABELS[name])
    size, above = network.bins[later], network.parents[later]
    if now not in above:
        return None, [None] * size
    table = _table(model, name)
    held = np.arange(table.shape[1]) // network.strides(later)[above.index(now)] % size
    kept = np.bincount(held, weights=table[held, np.arange(held.size)], minlength=size)
    seen = np.bincount(held, weights=table.sum(axis=0), minlength=size)
    each = [float(k / n) if n else None for k, n in zip(kept, seen, strict=True)]
    return float(kept.sum() / seen.sum()) if seen.any() else None, each


def _column_distance(truth: EncounterModel, other: EncounterModel, name: str) -> dict[str, float]:
    a, b = _table(truth, name), _table(other, name)
    enough = (a.sum(axis=0) >= LEAST_COUNTS) & (b.sum(axis=0) >= LEAST_COUNTS)
    if not enough.any():
        return {"compared": 0.0}
    weight = a.sum(axis=0)[enough]
    apart = np.abs(a[:, enough] / weight - b[:, enough] / b.sum(axis=0)[enough]).sum(axis=0) / 2
    return {"transition": float(apart @ weight / weight.sum()), "compared": float(weight.sum() / a.sum())}


def _table(model: EncounterModel, name: str) -> IntArray:
    table = model.transition.tables[model.transition.labels.index(LABELS[name] + LATER)]
    if table is None:
        raise InputError("encounter model", f"has no table of {LABELS[name]}{LATER}")
    return table
