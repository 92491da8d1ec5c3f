"""Pearson's chi-square test of counts against shares, and the distance of shares."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tracks.models.variables import FloatArray

LEAST_EXPECTED = 5.0
"""Cells of which fewer are expected are put together (Cochran 1954)."""


def chi_square(found: npt.ArrayLike, shares: npt.ArrayLike) -> tuple[float, int]:
    """Return Pearson's statistic of counts against shares, and its degrees of freedom.

    Cells of which fewer than five are expected are put together, with the least of the others if they still
    are fewer. Counts in a cell of share 0 make the statistic infinite.
    """
    counts, expected = np.ravel(found).astype(np.float64), np.ravel(shares).astype(np.float64)
    if counts[expected == 0].any():
        return math.inf, 1
    order = np.argsort(expected, kind="stable")
    counts, expected = counts[order], expected[order] * counts.sum()
    rare = int(np.searchsorted(expected, LEAST_EXPECTED))
    if rare and 0 < expected[:rare].sum() < LEAST_EXPECTED:
        rare += 1
    counts = np.append(counts[:rare].sum(), counts[rare:])
    expected = np.append(expected[:rare].sum(), expected[rare:])
    kept = expected > 0
    square = ((counts[kept] - expected[kept]) ** 2 / expected[kept]).sum()
    return float(square), max(int(kept.sum()) - 1, 0)


def chi_square_tail(square: float, freedom: int) -> float:
    """Return the probability that a chi-square variable is larger; 1 without degrees of freedom.

    The finite sums for whole degrees of freedom (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5).
    """
    if freedom == 0:
        return 1.0
    if math.isinf(square):
        return 0.0
    half = square / 2
    odd = freedom % 2
    tail = math.erfc(math.sqrt(half)) if odd else 0.0
    if half == 0:
        return 1.0
    powers = (i + odd / 2 for i in range(freedom // 2))
    return tail + math.fsum(math.exp(x * math.log(half) - half - math.lgamma(x + 1)) for x in powers)


def total_variation(shares: npt.ArrayLike, others: npt.ArrayLike) -> float:
    """Return the total variation distance of two distributions: half the sum of the differences."""
    return float(np.abs(np.asarray(shares) - np.asarray(others)).sum() / 2)


def expected_variation(shares: FloatArray, draws: npt.ArrayLike) -> FloatArray:
    """Return a bound of the expected total variation of the shares of n draws from the true shares.

    That of a cell's share p is at most its standard deviation sqrt(p (1 - p) / n), so their half sum bounds
    it. Distributions lie along the first axis; `draws` are the n of each.
    """
    spread = np.sqrt(np.maximum(shares * (1 - shares), 0)).sum(axis=0)  # a share may round to above 1
    return np.asarray(spread / np.sqrt(np.asarray(draws, np.float64)) / 2)


def variation_bound(shares: FloatArray, draws: npt.ArrayLike, level: float) -> FloatArray:
    """Return what the total variation of n draws exceeds with at most the probability `level`.

    Changing one draw moves the distance by at most 1 / n, so it exceeds its expectation by e with a
    probability of at most exp(-2 n e^2) (McDiarmid 1989).
    """
    spare = np.sqrt(math.log(1 / level) / (2 * np.asarray(draws, np.float64)))
    return np.asarray(expected_variation(shares, draws) + spare)
