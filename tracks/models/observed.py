"""How well the data fill a model: columns of its tables, and what its samples keep from second to second."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from data_schemas.config.graph import DYNAMIC
from tracks.models.marginals import bins_of_rows
from tracks.models.network import EncounterModel, Network

FEW: Final = 100
"""A column with fewer counts is sparsely observed: its largest share is known to some 10 % at best."""


def observed_columns(model: EncounterModel) -> pl.DataFrame:
    """Count the columns (parent configurations) of every table by how often they were seen.

    Returns
    -------
    DataFrame
        One row a table: `variable` (its label), `columns`, `never` seen, `few` (seen, but fewer than `FEW`
        times), and `few_share`, the share of all counts of the table that lie in these few.
    """
    rows = [row for network in (model.initial, model.transition) for row in _columns(network)]
    return pl.DataFrame(rows, orient="row", schema=["variable", "columns", "never", "few", "few_share"])


def _columns(network: Network) -> list[tuple[str, int, int, int, float]]:
    rows = []
    for label, table in zip(network.labels, network.tables, strict=True):
        if table is not None:
            seen = table.sum(axis=0)
            few = (seen > 0) & (seen < FEW)
            share = float(seen[few].sum() / max(seen.sum(), 1))
            rows.append((label, seen.size, int((seen == 0).sum()), int(few.sum()), share))
    return rows


def sampled_stays(model: EncounterModel, samples: pl.DataFrame) -> dict[str, list[float | None]]:
    """Return, for each dynamic variable and bin, how often samples are in the same bin a second later.

    Missing where no sample was in the bin with a second to follow. `samples` are sorted by track and time.
    """
    track, time = samples["track"].to_numpy(), samples["time_s"].to_numpy()
    follows = (np.diff(track) == 0) & (np.diff(time) == 1)
    places = bins_of_rows(model, samples)
    stays = {}
    for name in (name for name in DYNAMIC if name in places):
        bins = model.initial.bins[model.index(name)]
        now, later = places[name][:-1][follows], places[name][1:][follows]
        seen = np.bincount(now, minlength=bins)
        kept = np.bincount(now[now == later], minlength=bins)
        stays[name] = [float(k / n) if n else None for k, n in zip(kept, seen, strict=True)]
    return stays
