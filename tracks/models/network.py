"""An encounter model as a value: two Bayesian networks with counts, cut points and resample rates."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from data_schemas.config import ModelSettings
from data_schemas.config.graph import LATER
from data_schemas.errors import InputError
from tracks.models.variables import LABELS, IntArray, zero_bin


@dataclass(frozen=True, eq=False)
class Network:
    """A Bayesian network over discrete variables with the counts behind it.

    Attributes
    ----------
    labels
        Published label of each variable.
    parents
        For each variable the indices of its parents, rising.
    bins
        Number of bins of each variable.
    tables
        For each variable its counts, int64 of shape (bins, parent configurations), the first parent varying
        fastest along a row; None for a variable that the network does not move (transition, time t).
    """

    labels: tuple[str, ...]
    parents: tuple[tuple[int, ...], ...]
    bins: tuple[int, ...]
    tables: tuple[IntArray | None, ...]

    def __eq__(self, other: object) -> bool:
        """Whether labels, graph, bins and every count are equal."""
        if not isinstance(other, Network):
            return NotImplemented
        mine, theirs = (self.labels, self.parents, self.bins), (other.labels, other.parents, other.bins)
        pairs = zip(self.tables, other.tables, strict=False)
        return mine == theirs and all(_same(a, b) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]

    def configurations(self, variable: int) -> int:
        """Return the number of parent configurations of a variable."""
        return math.prod(self.bins[p] for p in self.parents[variable])

    def strides(self, variable: int) -> tuple[int, ...]:
        """Return what a step of each parent's bin adds to the configuration: first parent fastest."""
        sizes = [self.bins[p] for p in self.parents[variable]]
        return tuple(itertools.accumulate([1, *sizes[:-1]], lambda a, b: a * b))[: len(sizes)]

    def order(self) -> tuple[int, ...]:
        """Return the variables with every parent before its children; shorter where the graph has a cycle."""
        return topological_order(self.parents)


@dataclass(frozen=True)
class EncounterModel:
    """An encounter model: what a file of the published format holds.

    Attributes
    ----------
    initial
        Network of the first second, a table for each variable.
    transition
        Network from t to t + 1: the initial network's variables at t, then the dynamic ones at t + 1, which
        alone have tables.
    boundaries
        Cut points of each initial variable, None where it is categorical.
    resample_rates
        For each initial variable the probability a second that its value changes within its bin.
    """

    initial: Network
    transition: Network
    boundaries: tuple[tuple[float, ...] | None, ...]
    resample_rates: tuple[float, ...]

    def index(self, name: str) -> int:
        """Return the index of a variable (G, A, L, v, dv, dh, dpsi) in the initial network.

        Raises
        ------
        InputError
            The model lacks it.
        """
        try:
            return self.initial.labels.index(LABELS[name])
        except ValueError:
            found = ", ".join(self.initial.labels)
            raise InputError("encounter model", f"has no variable {LABELS[name]}, only {found}") from None

    @property
    def moves(self) -> tuple[tuple[int, int], ...]:
        """Pairs of transition variables, the same at t and at t + 1, in the order of those at t + 1."""
        later = range(len(self.initial.labels), len(self.transition.labels))
        now = {base_label(name): i for i, name in enumerate(self.transition.labels[: later.start])}
        return tuple((now[base_label(self.transition.labels[i])], i) for i in later)

    @property
    def zero_bins(self) -> tuple[int, ...]:
        """For each initial variable the bin straddling zero, -1 where there is none."""
        return tuple(zero_bin(cuts) for cuts in self.boundaries)


def base_label(label: str) -> str:
    """Return a transition label without its time.

    >>> base_label("x(t+1)"), base_label("x(t)"), base_label("L")
    ('x', 'x', 'L')
    """
    return label.removesuffix("(t)").removesuffix("(t+1)")


def topological_order(parents: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    """Return the nodes with parents first, lowest index first among equals; nodes on a cycle are left out."""
    done: list[int] = []
    while len(done) < len(parents):
        ready = [i for i, above in enumerate(parents) if i not in done and set(above) <= set(done)]
        if not ready:
            break
        done.append(ready[0])
    return tuple(done)


def initial_graph(settings: ModelSettings) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Return labels and parents of the first second's network."""
    places = {str(name): i for i, name in enumerate(settings.variables)}
    parents = settings.initial_parents
    above = tuple(tuple(places[p] for p in parents[name]) for name in settings.variables)
    return tuple(LABELS[name] for name in settings.variables), above


def transition_graph(settings: ModelSettings) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Return labels and parents of the transition network: all variables at t, the dynamic ones at t + 1."""
    parents = settings.transition_parents
    nodes = (*settings.variables, *(name + LATER for name in parents))
    places = {name: i for i, name in enumerate(nodes)}
    now = [LABELS[name] + ("(t)" if name in parents else "") for name in settings.variables]
    above = [tuple(places[p] for p in names) for names in parents.values()]
    return (*now, *(LABELS[name] + LATER for name in parents)), (*(() for _ in settings.variables), *above)


def _same(a: IntArray | None, b: IntArray | None) -> bool:
    if a is None or b is None:
        return a is b
    return np.array_equal(a, b)
