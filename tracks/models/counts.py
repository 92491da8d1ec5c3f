"""Counting observations and transitions, exactly and additively.

Seconds are counted once, by the group of their squawk; the scopes of the models are sums of groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_schemas.config import ModelSettings
from tracks.models.kernels import classify, fine_bins, tally
from tracks.models.network import EncounterModel, Network, initial_parents, transition_graph
from tracks.models.variables import (
    CATEGORIES,
    DYNAMIC,
    IntArray,
    Variable,
    inner_cuts,
    variables_of,
    zero_bin,
)

BoolArray = npt.NDArray[np.bool_]
Int8Array = npt.NDArray[np.int8]

GROUPS = 3
"""Squawk groups: 0 none (or, of a transition, two different groups), 1 code 1200, 2 another code."""
SCOPES = {"all": (0, 1, 2), "1200only": (1,), "1200exclude": (2,)}
"""Groups that each squawk scope sums. A second without a code is in `all` alone, since what it would have
been is not known; a transition belongs to a narrower scope only if both of its seconds do."""

REASONS = (
    "observation",
    "altitude_missing",
    "below_scope",
    "above_scope",
    "variable_missing",
    "no_region",
    "no_airspace",
)
"""Why a second is not an observation, the first that holds; the index is what `classify` returns."""


@dataclass(frozen=True)
class Tables:
    """Counts of one model: all whole numbers, so that those of two data sets add up to those of both.

    Attributes
    ----------
    initial
        Joint histogram of the observations over all variables, flat, the first variable fastest.
    transition
        The transition network's tables, one after another, each flat and column-major, as in the file.
    changes, repeats
        For each variable the transitions within one coarse bin (not the one straddling zero) that changed or
        kept the fine bin.
    """

    initial: IntArray
    transition: IntArray
    changes: IntArray
    repeats: IntArray

    @property
    def observations(self) -> int:
        """Number of seconds counted."""
        return int(self.initial.sum())

    @property
    def transitions(self) -> int:
        """Number of pairs of consecutive seconds counted, once in the table of each dynamic variable."""
        return int(self.transition.sum()) // len(DYNAMIC)


@dataclass(frozen=True)
class Shape:
    """What a kind of model counts: its variables, and the two networks without counts."""

    variables: tuple[Variable, ...]
    initial: Network
    transition: Network

    @classmethod
    def of(cls, settings: ModelSettings) -> Shape:
        """Return the shape of a kind of model."""
        variables = variables_of(settings)
        names = tuple(v.name for v in variables)
        labels, parents = transition_graph(names)
        bins = tuple(v.bins for v in variables)
        later = tuple(v.bins for v in variables if v.name in DYNAMIC)
        none = tuple(None for _ in variables)
        return cls(
            variables,
            Network(tuple(v.label for v in variables), initial_parents(names), bins, none),
            Network(labels, parents, bins + later, (*none, *(None for _ in later))),
        )

    @property
    def moved(self) -> range:
        """Indices of the variables at t + 1 in the transition network."""
        return range(len(self.variables), len(self.transition.labels))

    @property
    def sizes(self) -> dict[str, int]:
        """Cells of `Tables`: initial, transition, changes, repeats."""
        cells = int(np.prod(self.initial.bins, dtype=np.int64))
        moved = sum(self.transition.bins[i] * self.transition.configurations(i) for i in self.moved)
        count = len(self.variables)
        return {"initial": cells, "transition": moved, "changes": count, "repeats": count}


class Counter:
    """Counts rows of tracks for one kind of model; feed it rows in the order of the tracks, in any pieces."""

    def __init__(self, settings: ModelSettings) -> None:
        self.settings = settings
        self.shape = Shape.of(settings)
        self._parts = np.array([settings.fine_bins if v.cuts else 1 for v in self.shape.variables])
        self._sums = [np.zeros((GROUPS, size), np.int64) for size in self.shape.sizes.values()]
        self._links = _links(self.shape)
        # whether the previous row was an observation, its group, its fine bins
        self._carry = np.zeros(2 + len(self.shape.variables), np.int64)

    def add(
        self, columns: Mapping[str, npt.NDArray[np.generic]], follows: BoolArray, group: Int8Array
    ) -> Int8Array:
        """Count rows, and return for each the index of its reason in `REASONS` (0: an observation).

        Parameters
        ----------
        columns
            The model's variables by name: G and A whole numbers, L in ft AGL, v kt, dv kt/s, dh ft/min, dpsi
            deg/s, missing where not a finite number.
        follows
            Whether a row is 1 s after the row before it (of an earlier piece too), in the same segment.
        group
            Squawk group of each row.
        """
        values = np.ascontiguousarray([columns[n] for n in ("L", "v", *DYNAMIC)], np.float64)
        classes = np.ones((2, len(group)), np.int64)  # 1 is a value that both G and A may have
        for i, name in enumerate(CATEGORIES):
            if name in columns and any(v.name == name for v in self.shape.variables):
                classes[i] = columns[name]
        reason = classify(values, classes, *self.settings.altitude_scope_ft_agl)
        fine = np.empty((len(self.shape.variables), len(group)), np.int16)
        for row, variable, parts in zip(fine, self.shape.variables, self._parts, strict=True):
            if variable.cuts is None:
                np.subtract(columns[variable.name], 1, out=row, casting="unsafe")
            else:
                place = ("L", "v", *DYNAMIC).index(variable.name)
                fine_bins(values[place], inner_cuts(variable.cuts, int(parts)), row)
        tally(reason, follows, group, fine, self._parts, *self._links, self._carry, *self._sums)
        return reason

    def tables(self, scope: str) -> Tables:
        """Return the counts of a squawk scope."""
        return Tables(*(sums[list(SCOPES[scope])].sum(axis=0) for sums in self._sums))


def model_of(settings: ModelSettings, counted: Tables) -> EncounterModel:
    """Return the encounter model of counts; the rates have six significant digits, as in its file."""
    shape = Shape.of(settings)
    tables = []
    for i, bins in enumerate(shape.initial.bins):
        configurations = shape.initial.configurations(i)
        # later variables vary slower: sum them away; then the variable itself varies slowest
        flat = counted.initial.reshape(-1, configurations * bins).sum(axis=0)
        tables.append(flat.reshape(bins, configurations))
    moved = _cut(shape, counted.transition)
    changes = np.asarray(counted.changes)
    rates = changes / np.maximum(changes + counted.repeats, 1)
    return EncounterModel(
        Network(shape.initial.labels, shape.initial.parents, shape.initial.bins, tuple(tables)),
        Network(
            shape.transition.labels,
            shape.transition.parents,
            shape.transition.bins,
            (*shape.initial.tables, *moved),
        ),
        tuple(v.cuts for v in shape.variables),
        tuple(float(f"{rate:g}") for rate in rates),
    )


def _cut(shape: Shape, flat: IntArray) -> list[IntArray]:
    """Cut the flat transition counts into tables."""
    tables: list[IntArray] = []
    start = 0
    for i in shape.moved:
        size = (shape.transition.bins[i], shape.transition.configurations(i))
        tables.append(flat[start : start + size[0] * size[1]].reshape(size, order="F"))
        start += size[0] * size[1]
    return tables


def _links(shape: Shape) -> tuple[IntArray, IntArray, IntArray, IntArray, BoolArray]:
    """Return what the kernel `tally` calls stride, starts, now_of, steps and resamples."""
    count = len(shape.variables)
    stride = np.cumprod([1, *shape.initial.bins[:-1]], dtype=np.int64)
    starts, now = np.zeros(len(shape.moved), np.int64), np.zeros(len(shape.moved), np.int64)
    steps = np.zeros((len(shape.moved), count), np.int64)
    names = [v.name for v in shape.variables]
    start = 0
    for k, i in enumerate(shape.moved):
        starts[k] = start
        now[k] = names.index([n for n in names if n in DYNAMIC][k])
        steps[k, list(shape.transition.parents[i])] = np.multiply(
            shape.transition.strides(i), shape.transition.bins[i]
        )
        start += shape.transition.bins[i] * shape.transition.configurations(i)
    resamples = np.zeros((count, max(shape.initial.bins)), np.bool_)
    for j, variable in enumerate(shape.variables):
        if variable.cuts is not None:
            resamples[j, : variable.bins] = True
            if (zero := zero_bin(variable.cuts)) >= 0:
                resamples[j, zero] = False
    return stride, starts, now, steps, resamples
