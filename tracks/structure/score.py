"""Bayesian-Dirichlet scores of a family, a variable with its parents, from its table of counts."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from data_schemas.config.structure import StructureSettings
from tracks.models.variables import IntArray


def log_score(table: IntArray, settings: StructureSettings) -> float:
    """Return the logarithm of the probability of a variable's counts given those of its parents.

    With r bins, q parent configurations, counts N_kj of bin k and configuration j, N_j their sum over the
    bins and a prior count a in every cell, it is the sum over configurations of ln G(r a) - ln G(r a + N_j),
    and over cells of ln G(a + N_kj) - ln G(a), G the gamma function: the metric BD of Heckerman, Geiger and
    Chickering (1995). Score `k2` has a = 1 (Cooper and Herskovits 1992), score `bdeu` a = equivalent sample
    size / (r q). The score of a graph is the sum over its families.

    Parameters
    ----------
    table
        Counts of shape (bins, parent configurations).
    settings
        Which score; the search does not matter.

    Returns
    -------
    float
        Natural logarithm; 0 for a table without counts.
    """
    prior = 1.0 if settings.score == "k2" else settings.equivalent_sample_size / table.size
    return float(_log_score(np.asfortranarray(table), prior))


@njit(cache=True)
def _log_score(table: IntArray, prior: float) -> float:
    """Sum the logarithms, with the rounding of each addition carried along (Neumaier 1974).

    At 10^9 counts the terms are near 10^10 and cancel: a plain sum of a million of them loses three digits.
    """
    bins, configurations = table.shape
    total = lost = 0.0
    of_none, of_none_all = math.lgamma(prior), math.lgamma(bins * prior)
    for j in range(configurations):
        column = 0
        for k in range(bins + 1):
            if k < bins:
                if table[k, j] == 0:
                    continue
                column += table[k, j]
                term = math.lgamma(prior + table[k, j]) - of_none
            elif column == 0:
                continue
            else:
                term = of_none_all - math.lgamma(bins * prior + column)
            added = total + term
            lost += (total - added) + term if abs(total) >= abs(term) else (term - added) + total
            total = added
    return total + lost
