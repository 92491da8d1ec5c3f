"""The variables of an encounter model and their bins."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_schemas.config import ModelSettings

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LABELS = {
    "G": "G",
    "A": "A",
    "L": "L",
    "v": "v",
    "dv": r"\dot v",
    "dh": r"\dot h",
    "dpsi": r"\dot \psi",
}
"""Published (LaTeX) label of each variable, in the order of the network."""
NAMES = {label: name for name, label in LABELS.items()}
"""Name of the variable that each label stands for."""


@dataclass(frozen=True)
class Variable:
    """A variable of a model: its name, its number of bins, and its cut points, None where it is categorical.

    A variable with k + 1 cut points has k bins [a, b); values beyond the outer two count in the outer bins.
    The values of a categorical one are numbered from 1.
    """

    name: str
    bins: int
    cuts: tuple[float, ...] | None

    @property
    def label(self) -> str:
        """Published label."""
        return LABELS[self.name]


def variables_of(settings: ModelSettings) -> tuple[Variable, ...]:
    """Return the variables of a kind of model in the order of its network."""
    return tuple(Variable(n, settings.bins_of(n), settings.cuts_of(n)) for n in settings.variables)


def inner_cuts(cuts: tuple[float, ...], parts: int = 1) -> FloatArray:
    """Return the cut points between bins, each bin cut into equal parts; the outer two are not among them.

    >>> inner_cuts((0, 30, 60)).tolist(), inner_cuts((0, 30, 60), 3).tolist()
    ([30.0], [10.0, 20.0, 30.0, 40.0, 50.0])
    """
    low = np.asarray(cuts[:-1], np.float64)[:, None]
    width = np.diff(np.asarray(cuts, np.float64))[:, None]
    return (low + width * (np.arange(parts) / parts)).ravel()[1:]


def bins_of(values: npt.ArrayLike, cuts: tuple[float, ...], parts: int = 1) -> IntArray:
    """Return the bin of each value, from 0: a bin is [a, b), values beyond count in the outer bins.

    >>> bins_of([-1, 0, 29.9, 30, 60, 99], (0, 30, 60)).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    return np.searchsorted(inner_cuts(cuts, parts), np.asarray(values), side="right").astype(np.int64)


def zero_bin(cuts: tuple[float, ...] | None) -> int:
    """Return the bin straddling zero (low < 0 < high), -1 where there is none.

    >>> zero_bin((-2, -1, -0.25, 0.25, 1, 2)), zero_bin((0, 30, 60))
    (2, -1)
    """
    pairs = itertools.pairwise(cuts) if cuts else ()
    return next((i for i, (low, high) in enumerate(pairs) if low < 0 < high), -1)
