"""Marginals of a model and of tracks sampled from it, and training a model on such tracks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from data_schemas.config import ModelSettings
from tracks.models.counts import Counter, model_of
from tracks.models.joint import joint_shares
from tracks.models.network import EncounterModel
from tracks.models.variables import LABELS, FloatArray, bins_of

_COLUMNS = {
    "G": "G",
    "A": "A",
    "L": "L",
    "v": "speed_kt",
    "dv": "dv_kt_s",
    "dh": "dh_ft_min",
    "dpsi": "dpsi_deg_s",
}


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


def sampled_marginals(model: EncounterModel, samples: pl.DataFrame) -> dict[str, FloatArray]:
    """Return the share of each bin of each variable over rows of sampled tracks.

    L is the layer a track started in, as the model holds it; everything else is of the row.
    """
    result = {}
    for name in [n for n, label in LABELS.items() if label in model.initial.labels]:
        size, cuts = model.initial.bins[model.index(name)], model.boundaries[model.index(name)]
        values = samples[_COLUMNS[name]].to_numpy()
        places = values.astype(np.int64) - 1 if cuts is None or name == "L" else bins_of(values, cuts)
        result[name] = np.bincount(places, minlength=size) / max(samples.height, 1)
    return result


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


def retrain(samples: pl.DataFrame, settings: ModelSettings) -> EncounterModel:
    """Train a model on sampled tracks with the counting of stage 5; every second is an observation.

    L is the layer that the model held, not that of the altitude. The rates come out at (1 - 1/n) of those of
    the sampled model, n the number of fine bins, since a value drawn anew may land in the same fine bin.
    """
    counter = Counter(settings)
    cuts = np.asarray(settings.layer_ft_agl, np.float64)
    layer = samples["L"].to_numpy().astype(np.int64) - 1
    columns: dict[str, npt.NDArray[np.generic]] = {
        name: samples[column].to_numpy() for name, column in _COLUMNS.items() if name in settings.variables
    }
    columns["L"] = ((cuts[:-1] + cuts[1:]) / 2)[layer]
    track, time = samples["track"].to_numpy(), samples["time_s"].to_numpy()
    follows = np.zeros(samples.height, np.bool_)
    follows[1:] = (np.diff(track) == 0) & (np.diff(time) == 1)
    counter.add(columns, follows, np.ones(samples.height, np.int8))
    return model_of(settings, counter.tables("all"))
