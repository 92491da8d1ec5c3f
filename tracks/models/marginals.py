"""Marginals of a model and of tracks sampled from it."""

from __future__ import annotations

import numpy as np
import polars as pl

from tracks.models.joint import joint_shares
from tracks.models.network import EncounterModel
from tracks.models.variables import LABELS, FloatArray, IntArray, bins_of

COLUMNS = {
    "G": "G",
    "A": "A",
    "L": "L",
    "v": "speed_kt",
    "dv": "dv_kt_s",
    "dh": "dh_ft_min",
    "dpsi": "dpsi_deg_s",
}
"""Column of sampled tracks that has each variable; of L the layer the track started in."""
VALUES = COLUMNS | {"L": "alt_ft_agl"}
"""Column of sampled tracks that has each variable's value of the second."""


def marginals(model: EncounterModel) -> dict[str, FloatArray]:
    """Return the exact distribution of each variable of the initial network, over its bins.

    For a network of counted data these are the shares of the training data; see `joint_shares`.
    """
    joint = joint_shares(model.initial)
    axes = range(joint.ndim)
    return {
        name: joint.sum(axis=tuple(j for j in axes if j != model.index(name)))
        for name, label in LABELS.items()
        if label in model.initial.labels
    }


def bins_of_rows(model: EncounterModel, samples: pl.DataFrame) -> dict[str, IntArray]:
    """Return the bin, from 0, of each variable in each row of sampled tracks.

    L is the layer a track started in, as the model holds it; everything else is of the row.
    """
    result = {}
    for name in [n for n, label in LABELS.items() if label in model.initial.labels]:
        cuts, values = model.boundaries[model.index(name)], samples[COLUMNS[name]].to_numpy()
        result[name] = values.astype(np.int64) - 1 if cuts is None or name == "L" else bins_of(values, cuts)
    return result


def sampled_marginals(model: EncounterModel, samples: pl.DataFrame) -> dict[str, FloatArray]:
    """Return the share of each bin of each variable over rows of sampled tracks."""
    return {
        name: np.bincount(places, minlength=model.initial.bins[model.index(name)]) / max(samples.height, 1)
        for name, places in bins_of_rows(model, samples).items()
    }


def compare_marginals(model: EncounterModel, samples: pl.DataFrame) -> pl.DataFrame:
    """Put the marginals of training data and of sampled tracks side by side.

    Returns
    -------
    DataFrame
        One row a bin: variable, bin (from 1), low and high (missing for G and A), training (share in the
        training data), sampled_initial (share at t = 0, of the same distribution), sampled_all (share over
        all seconds: v, dv, dh and dpsi drift with the transition network).
    """
    exact = marginals(model)
    first = sampled_marginals(model, samples.filter(pl.col("time_s") == 0))
    every = sampled_marginals(model, samples)
    frames = []
    for name, shares in exact.items():
        cuts = model.boundaries[model.index(name)]
        frames.append(
            pl.DataFrame(
                {
                    "variable": [name] * len(shares),
                    "bin": range(1, len(shares) + 1),
                    "low": cuts[:-1] if cuts else [None] * len(shares),
                    "high": cuts[1:] if cuts else [None] * len(shares),
                    "training": shares,
                    "sampled_initial": first[name],
                    "sampled_all": every[name],
                },
                schema_overrides={"low": pl.Float64, "high": pl.Float64},
            )
        )
    return pl.concat(frames)
