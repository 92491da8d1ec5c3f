"""Tables of any family of a network, cut out of the tables that the network holds, and their scores."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from data_schemas.config.structure import StructureSettings
from tracks.models.network import Network
from tracks.models.variables import IntArray
from tracks.structure.score import log_score

Graph = tuple[frozenset[int], ...]
"""Parents of each variable."""


class Families:
    """The families that a network's counts can tell: those within one of its tables.

    A table counts its variable together with all its parents, so the counts of fewer of them are sums over
    it. The published initial network tells all families, since its last variable has all others as parents;
    a transition network tells those with fewer parents than it was counted with.
    """

    def __init__(self, network: Network, settings: StructureSettings) -> None:
        self.network = network
        self.children = tuple(i for i, table in enumerate(network.tables) if table is not None)
        self._settings = settings
        self._scores: dict[tuple[int, frozenset[int]], float] = {}
        # a family is summed over the smallest table that tells it
        self._tables = sorted(
            ((i, table) for i, table in enumerate(network.tables) if table is not None),
            key=lambda pair: pair[1].size,
        )

    def table(self, child: int, parents: Collection[int]) -> IntArray | None:
        """Return the counts of a family as `Network.tables` has them; None where no table tells them."""
        wanted, bins = {child, *parents}, self.network.bins
        for i, counts in self._tables:
            known = (i, *self.network.parents[i])
            if wanted <= set(known):
                cube = counts.reshape([bins[k] for k in known], order="F")
                cube = cube.sum(axis=tuple(axis for axis, k in enumerate(known) if k not in wanted))
                kept = [k for k in known if k in wanted]
                cube = cube.transpose([kept.index(k) for k in (child, *sorted(parents))])
                return np.asarray(cube.reshape((bins[child], -1), order="F"), np.int64)
        return None

    def score(self, child: int, parents: Collection[int]) -> float:
        """Return the log score of a family, -inf where no table tells it."""
        key = (child, frozenset(parents))
        if key not in self._scores:
            table = self.table(child, parents)
            self._scores[key] = -math.inf if table is None else log_score(table, self._settings)
        return self._scores[key]
