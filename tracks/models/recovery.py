"""Proof that a model can be got back: a model is trained on its samples and compared with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import ValidationError

from data_schemas.config import ModelSettings
from data_schemas.config.graph import DYNAMIC, LATER
from data_schemas.errors import InputError
from tracks.models.chi_square import chi_square, chi_square_tail, variation_bound
from tracks.models.counts import Counter, Shape, model_of
from tracks.models.joint import conditional
from tracks.models.marginals import COLUMNS
from tracks.models.network import EncounterModel
from tracks.models.sample import Sampler
from tracks.models.variables import NAMES, IntArray

LEAST_VISITS = 1000
"""Draws from which on a column of a table is well observed."""
LEVEL = 0.001
"""Probability that a correct sampler fails, over all columns together."""
RATE_TOLERANCE = 0.02
"""Relative error of a resample rate that is accepted."""


@dataclass(frozen=True)
class Recovery:
    """A model beside the one trained on its samples.

    Attributes
    ----------
    seconds, tracks
        What was sampled.
    tables
        One row a table: network, variable, columns, observed (columns of at least `LEAST_VISITS` draws),
        draws (in them), total_variation (of the column farthest from the model's), of_bound (largest ratio of
        a column's total variation to its bound), impossible (draws of bins that the model has no counts of),
        chi_square, freedom and p_value (of the observed columns together), passed.
    rates
        One row a dynamic variable: variable, model (its resample rate), expected, (1 - 1/n) of it, found,
        seconds (that could change), error (relative), sampling_error (relative standard error), passed.
    """

    seconds: int
    tracks: int
    tables: pl.DataFrame
    rates: pl.DataFrame

    @property
    def passed(self) -> bool:
        """Whether all tables and rates came back."""
        return bool(self.tables["passed"].all() and self.rates["passed"].all())


def settings_of(model: EncounterModel, fine_bins: int = 3) -> ModelSettings:
    """Return the settings that train a model with a model's variables, cut points and graphs.

    Raises
    ------
    InputError
        Training has no such models.
    """
    names = [NAMES[label] for label in model.initial.labels]
    later = [NAMES[model.initial.labels[i]] for i, _ in model.moves]
    nodes = [*names, *(name + LATER for name in later)]
    cuts = dict(zip(names, model.boundaries, strict=True))
    layers = cuts.get("L") or (0.0, 1.0)
    given = {
        "variables": names,
        "layer_ft_agl": layers,
        "speed_kt": cuts.get("v"),
        "acceleration_kt_s": cuts.get("dv"),
        "vertical_rate_ft_min": cuts.get("dh"),
        "turn_rate_deg_s": cuts.get("dpsi"),
        "regions": model.initial.bins[names.index("G")] if "G" in names else None,
        "altitude_scope_ft_agl": (layers[0], layers[-1]),
        "initial_graph": {
            nodes[i]: [nodes[p] for p in above] for i, above in enumerate(model.initial.parents)
        },
        "transition_graph": {
            name: [nodes[p] for p in model.transition.parents[i]]
            for name, (_, i) in zip(later, model.moves, strict=True)
        },
        "fine_bins": fine_bins,
    }
    try:
        settings = ModelSettings.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        problem = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError("encounter model", f"cannot be trained: {problem}", "give another model") from None
    shape = Shape.of(settings)
    shapes = [(n.labels, n.parents, n.bins) for n in (shape.initial, shape.transition)]
    if shapes != [(n.labels, n.parents, n.bins) for n in (model.initial, model.transition)]:
        problem = "cannot be trained: its variables have other bins or another order than stage 5 counts"
        raise InputError("encounter model", problem, "give another model")
    return settings


def count_sampled(counter: Counter, samples: pl.DataFrame, *, hold_layer: bool = True) -> None:
    """Count sampled tracks, whole ones and in order, with the counting of stage 5.

    L is the layer that the model held, and no second is left out; or, without `hold_layer`, that of the
    altitude, and seconds outside the altitude scope do not count.
    """
    settings = counter.settings
    cuts = np.asarray(settings.layer_ft_agl, np.float64)
    columns: dict[str, npt.NDArray[np.generic]] = {
        name: samples[column].to_numpy() for name, column in COLUMNS.items() if name in settings.variables
    }
    columns["L"] = samples["alt_ft_agl"].to_numpy()
    if hold_layer:
        columns["L"] = ((cuts[:-1] + cuts[1:]) / 2)[samples["L"].to_numpy().astype(np.int64) - 1]
    follows = samples["time_s"].to_numpy() > 0
    counter.add(columns, follows, np.ones(samples.height, np.int8))


def retrain(samples: pl.DataFrame, settings: ModelSettings, *, hold_layer: bool = True) -> EncounterModel:
    """Train a model on sampled tracks with the counting of stage 5; see `count_sampled`.

    The rates come out at (1 - 1/n) of those of the sampled model, n the number of fine bins, since a value
    drawn anew may land in the same fine bin.
    """
    counter = Counter(settings)
    count_sampled(counter, samples, hold_layer=hold_layer)
    return model_of(settings, counter.tables("all"))


def recover(
    model: EncounterModel,
    seconds: int = 10_000_000,
    seed: int = 7,
    track_seconds: int = 120,
    fine_bins: int = 3,
) -> Recovery:
    """Sample a model, train a model on the samples, and compare the two.

    The tables of the transition network are counted over all seconds. Those of the initial network are
    counted over the first second of each track, since the variables drift from it as the transition network
    moves them.

    A table passes if each column of at least 1000 draws has a total variation from the model's that is within
    the bound which that many independent draws exceed with probability 0.001 over all columns of all tables
    (`variation_bound`), if the chi-square test of all these columns together does not reject at 0.001 over
    all tables, and if no bin came up of which the model has no counts. A resample rate passes if it is within
    2 % of (1 - 1/n) of the model's, n the number of fine bins: a value drawn anew may land in the same fine
    bin. L and v are not drawn anew by tracks.

    Parameters
    ----------
    model
        A model of the graph that training counts.
    seconds
        Seconds sampled, at least: tracks are whole.
    seed
        Seed of the samples.
    track_seconds
        Length of a track, s.
    fine_bins
        Equal parts a bin is cut into for counting resample rates.
    """
    settings = settings_of(model, fine_bins)
    first, every = Counter(settings), Counter(settings)
    tracks = -(-seconds // track_seconds)
    for block in Sampler(model, track_seconds, seed).blocks(0, tracks):
        samples = pl.DataFrame(block.table)
        count_sampled(every, samples)
        count_sampled(first, samples.filter(pl.col("time_s") == 0))
    counted = every.tables("all")
    initial = model_of(settings, first.tables("all")).initial
    transition = model_of(settings, counted).transition
    pairs = [
        (kind, label, truth, found)
        for kind, network, other in (
            ("initial", model.initial, initial),
            ("transition", model.transition, transition),
        )
        for label, truth, found in zip(network.labels, network.tables, other.tables, strict=True)
        if truth is not None and found is not None
    ]
    columns = sum(int(_observed(truth, found).sum()) for _, _, truth, found in pairs)
    levels = (LEVEL / max(columns, 1), LEVEL / len(pairs))
    tables = [_compared(*pair, *levels) for pair in pairs]
    rates = list(_rates(model, counted.changes, counted.repeats, fine_bins))
    return Recovery(tracks * track_seconds, tracks, pl.DataFrame(tables), pl.DataFrame(rates))


def _observed(truth: IntArray, found: IntArray) -> npt.NDArray[np.bool_]:
    """Return which columns are well observed; one the model has no counts of draws nothing."""
    return np.asarray((found.sum(axis=0) >= LEAST_VISITS) & (truth.sum(axis=0) > 0))


def _compared(
    kind: str, label: str, truth: IntArray, found: IntArray, column_level: float, table_level: float
) -> dict[str, object]:
    """Return a row of `Recovery.tables`; the levels are those of one column and of one table."""
    seen = _observed(truth, found)
    shares, counts = conditional(truth)[:, seen], found[:, seen]
    draws = counts.sum(axis=0)
    distance = np.abs(counts / draws - shares).sum(axis=0) / 2
    ratio = distance / variation_bound(shares, draws, column_level)
    impossible = int(found[(truth == 0) & (truth.sum(axis=0) > 0)].sum())
    squares = [chi_square(c, s) for c, s in zip(counts.T, shares.T, strict=True)]
    square, freedom = sum(s for s, _ in squares), sum(f for _, f in squares)
    p_value = chi_square_tail(square, freedom)
    return {
        "network": kind,
        "variable": label,
        "columns": truth.shape[1],
        "observed": int(seen.sum()),
        "draws": int(draws.sum()),
        "total_variation": float(distance.max(initial=0)),
        "of_bound": float(ratio.max(initial=0)),
        "impossible": impossible,
        "chi_square": square,
        "freedom": freedom,
        "p_value": p_value,
        "passed": bool((ratio <= 1).all()) and p_value >= table_level and impossible == 0,
    }


def _rates(
    model: EncounterModel, changes: IntArray, repeats: IntArray, fine_bins: int
) -> Iterator[dict[str, object]]:
    """Give the rows of `Recovery.rates`."""
    for name in DYNAMIC:
        i = model.index(name)
        seen = int(changes[i] + repeats[i])
        expected = model.resample_rates[i] * (1 - 1 / fine_bins)
        found = int(changes[i]) / max(seen, 1)
        error = found / expected - 1 if expected else found
        yield {
            "variable": model.initial.labels[i],
            "model": model.resample_rates[i],
            "expected": expected,
            "found": found,
            "seconds": seen,
            "error": error,
            "sampling_error": float(np.sqrt((1 - expected) / max(expected * seen, 1e-300)))
            if expected
            else 0.0,
            "passed": abs(error) <= RATE_TOLERANCE,
        }
