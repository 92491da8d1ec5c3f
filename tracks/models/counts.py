"""Counting observations and transitions, exactly and additively.

Seconds are counted once, by the group of their squawk; the scopes of the models are sums of groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from data_schemas.config import ModelSettings
from data_schemas.config.graph import DYNAMIC
from tracks.models.bins import category_bins, fine_bins, grid_over
from tracks.models.kernels import NO_GROUP, Sums, Wiring, classify, outside_scope, pair_groups, tally
from tracks.models.leaf import GROUPS
from tracks.models.network import EncounterModel, Network, initial_graph, transition_graph
from tracks.models.variables import (
    IntArray,
    Variable,
    inner_cuts,
    variables_of,
    zero_bin,
)

BoolArray = npt.NDArray[np.bool_]
Int8Array = npt.NDArray[np.int8]
Values = TypeVar("Values", bound=npt.NDArray[np.generic])

SCOPES = {"all": (0, 1, 2), "1200only": (1,), "1200exclude": (2,)}
"""Groups that each squawk scope sums. A second without a code is in `all` alone, since what it would have
been is not known; a transition belongs to a narrower scope only if both of its seconds do."""

_OTHERS = ("v", *DYNAMIC)  # than the altitude
_CATEGORIES = ("G", "A")

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
    moved
        Number of dynamic variables.
    """

    initial: IntArray
    transition: IntArray
    changes: IntArray
    repeats: IntArray
    moved: int

    @classmethod
    def of(cls, shape: Shape, tables: Iterable[IntArray]) -> Tables:
        """Return the tables of a kind of model, given in the order of `Shape.sizes`."""
        initial, transition, changes, repeats = tables
        return cls(initial, transition, changes, repeats, len(shape.moved))

    @property
    def observations(self) -> int:
        """Number of seconds counted."""
        return int(self.initial.sum())

    @property
    def transitions(self) -> int:
        """Number of pairs of consecutive seconds counted, once in the table of each dynamic variable."""
        return int(self.transition.sum()) // self.moved


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
        bins = tuple(v.bins for v in variables)
        later = tuple(v.bins for v in variables if v.name in DYNAMIC)
        none = tuple(None for _ in variables)
        return cls(
            variables,
            Network(*initial_graph(settings), bins, none),
            Network(*transition_graph(settings), bins + later, (*none, *(None for _ in later))),
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
        self._scope_ft = np.array(settings.altitude_scope_ft_agl)
        self._grids = {
            v.name: grid_over(inner_cuts(v.cuts, settings.fine_bins)) for v in self.shape.variables if v.cuts
        }
        self._sums = Sums(*(np.zeros((GROUPS, size), np.int64) for size in self.shape.sizes.values()))
        self._wiring = _wiring(self.shape, settings.fine_bins)
        # the row before: its group, its fine bins
        self._last_group = NO_GROUP
        self._last_fine = np.zeros((len(self.shape.variables), 1), np.uint16)

    def add(
        self,
        columns: Mapping[str, npt.NDArray[np.generic]],
        follows: BoolArray,
        group: Int8Array,
        dh_ft_min: float = 1.0,
    ) -> Int8Array:
        """Count rows, and return for each the index of its reason in `REASONS` (0: an observation).

        Parameters
        ----------
        columns
            L and the model's variables by name: G and A whole numbers, L in ft AGL, v kt, dv kt/s, dh ft/min,
            dpsi deg/s, missing where not a finite number. Numbers of 32 bits are counted as they are.
        follows
            Whether a row is 1 s after the row before it (of an earlier piece too), in the same segment.
        group
            Squawk group of each row.
        dh_ft_min
            The unit of dh [ft/min].
        """
        names, rows = self.settings.variables, len(group)
        level = _floats(columns["L"])  # the altitude decides on the scope in any model
        reason: Int8Array = outside_scope(level, self._scope_ft)
        some: IntArray | slice = slice(None)
        within = np.flatnonzero(reason == 0)
        if 2 * within.size < rows:  # most rows count for nothing: they are left out
            some = within
            follows = follows[some] & (np.diff(some, prepend=-1) == 1)
        why, group = reason[some], group[some]
        # 0 and 1 are values that any variable may have
        numeric = {n: _floats(columns[n][some] if n in names else np.zeros(why.size)) for n in _OTHERS}
        categories = {
            n: _read_only(np.asarray(columns[n][some], np.int8) if n in names else np.ones(why.size, np.int8))
            for n in _CATEGORIES
        }
        v, dv, dh, dpsi = numeric.values()
        region, airspace = categories.values()
        classify(v, dv, dh, dpsi, region, airspace, self.settings.regions, why)
        reason[some] = why
        numeric["L"] = _read_only(level[some])
        counted = np.where(why == 0, group, np.int8(NO_GROUP))
        fine = np.empty((len(names), 1 + counted.size), np.uint16)
        fine[:, :1] = self._last_fine
        for j, name in enumerate(names):
            if name in self._grids:
                factor = dh_ft_min if name == "dh" else 1.0
                fine_bins(numeric[name], factor, self._grids[name], fine[j, 1:])
            else:
                category_bins(categories[name], why, fine[j, 1:])
        tally(counted, pair_groups(self._last_group, counted, follows), fine, self._wiring, self._sums)
        if rows:
            self._last_group = int(counted[-1]) if reason[-1] == 0 else NO_GROUP
        self._last_fine = fine[:, -1:].copy()
        return reason

    def tables(self, scope: str) -> Tables:
        """Return the counts of a squawk scope."""
        groups = list(SCOPES[scope])
        return Tables.of(self.shape, (sums[groups].sum(axis=0) for sums in self._sums))


def _floats(values: npt.NDArray[np.generic]) -> npt.NDArray[np.floating]:
    """Return numbers as they are if they are floating, else as those that hold them exactly."""
    return _read_only(values.astype(np.result_type(values.dtype, np.float32), copy=False))


def _read_only(values: Values) -> Values:
    """Return an array as nobody can write into it, which to numba is another type."""
    values = values.view()
    values.flags.writeable = False
    return values


def model_of(settings: ModelSettings, counted: Tables) -> EncounterModel:
    """Return the encounter model of counts; the rates have six significant digits, as in its file."""
    shape = Shape.of(settings)
    initial = shape.initial
    joint = counted.initial.reshape(initial.bins, order="F")
    tables = tuple(_family(joint, i, initial.parents[i]) for i in range(len(initial.bins)))
    moved = _cut(shape, counted.transition)
    return EncounterModel(
        replace(initial, tables=tables),
        replace(shape.transition, tables=(*shape.transition.tables[: len(tables)], *moved)),
        tuple(v.cuts for v in shape.variables),
        resample_rates(counted.changes.tolist(), counted.repeats.tolist()),
    )


def resample_rates(changes: Sequence[int], repeats: Sequence[int]) -> tuple[float, ...]:
    """Return changes / (changes + repeats) to six significant digits, 0 where nothing was seen.

    >>> resample_rates([1, 0], [2, 0])
    (0.333333, 0.0)
    """
    pairs = zip(changes, repeats, strict=True)
    return tuple(float(f"{changed / max(changed + kept, 1):g}") for changed, kept in pairs)


def _family(joint: IntArray, variable: int, parents: tuple[int, ...]) -> IntArray:
    """Return the table of a variable given its parents: a marginal of the joint histogram."""
    kept = sorted((variable, *parents))
    others = tuple(i for i in range(joint.ndim) if i not in kept)
    cube = np.moveaxis(joint.sum(axis=others), kept.index(variable), 0)
    return np.asarray(cube.reshape(joint.shape[variable], -1, order="F"))


def _cut(shape: Shape, flat: IntArray) -> list[IntArray]:
    """Cut the flat transition counts into tables."""
    tables: list[IntArray] = []
    start = 0
    for i in shape.moved:
        size = (shape.transition.bins[i], shape.transition.configurations(i))
        tables.append(flat[start : start + size[0] * size[1]].reshape(size, order="F"))
        start += size[0] * size[1]
    return tables


def _wiring(shape: Shape, fine_bins: int) -> Wiring:
    """Return which cells the kernel counts in."""
    count, graph = len(shape.variables), shape.transition
    widest = max(v.bins * (fine_bins if v.cuts else 1) for v in shape.variables)
    coarse = np.zeros((count, widest), np.uint16)
    zero = np.full(count, -2, np.int16)
    for j, variable in enumerate(shape.variables):
        parts = fine_bins if variable.cuts else 1
        coarse[j, : variable.bins * parts] = np.arange(variable.bins * parts) // parts
        if variable.cuts:
            zero[j] = zero_bin(variable.cuts)
    sizes = [graph.bins[i] * graph.configurations(i) for i in shape.moved]
    moves = [j for j, variable in enumerate(shape.variables) if variable.name in DYNAMIC]
    now, later = np.zeros((2, len(moves), count), np.int32)
    for k, i in enumerate(shape.moved):
        later[k, moves[k]] = 1  # the variable's own bin is the fastest
        for parent, stride in zip(graph.parents[i], graph.strides(i), strict=True):
            step = stride * graph.bins[i]
            if parent < count:
                now[k, parent] = step
            else:
                later[k, moves[parent - count]] = step
    return Wiring(
        coarse,
        zero,
        np.cumprod([1, *shape.initial.bins[:-1]]).astype(np.int32),
        np.cumsum([0, *sizes[:-1]]).astype(np.int32),
        now,
        later,
    )
