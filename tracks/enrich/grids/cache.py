"""Tiles by need, in bounded memory: shared by the processes of a node, and some of the process's own."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np

from tracks.enrich.arrays import Integers
from tracks.enrich.grids.bilinear import TILE, Kind, Slots, Tiles
from tracks.enrich.grids.raster import Raster
from tracks.enrich.grids.shared import SharedTiles

OWN_TILES: Final = 64
"""Tiles of a process's own: 8 MiB of whole metres, 16 MiB of fractions."""


class TileCache:
    """The tiles of some rasters that are in memory.

    A tile that is needed goes into the pool of the node, as long as that has room, and stays there; after
    that into the process's own pool, from which the one looked at longest ago leaves.

    Parameters
    ----------
    rasters
        Their tiles are numbered through, raster after raster.
    node_bytes
        Most memory of the pool that the processes of the node share; 0 for none.
    key
        What the tiles depend on; processes share the pool if they have the same.
    """

    def __init__(self, rasters: Sequence[Raster], node_bytes: int, key: str) -> None:
        self._rasters = rasters
        counts = [raster.tiles for raster in rasters]
        self.first_tiles: list[int] = [0, *np.cumsum(counts).tolist()][:-1]
        tiles = sum(counts)
        whole = all(raster.whole_metres for raster in rasters)
        self._kind: Kind = np.dtype(np.int16) if whole else np.dtype(np.float32)
        self._shared = self._open_shared(key, tiles, node_bytes)
        none = np.empty((0, TILE + 1, TILE + 1), self._kind)
        self.slots = Slots(
            slot_of=np.full(tiles, -1, np.int32),
            shared=none if self._shared is None else self._shared.values,
            own=np.empty((OWN_TILES, TILE + 1, TILE + 1), self._kind),
            used=np.zeros(OWN_TILES, np.int64),
        )
        self._owner = np.full(OWN_TILES, -1)
        self.now = 0
        self.tiles_read = 0
        """Tiles this process has read from files."""

    def _open_shared(self, key: str, tiles: int, node_bytes: int) -> SharedTiles | None:
        if node_bytes == 0:
            return None
        try:
            return SharedTiles(key, tiles, node_bytes, self._kind)
        except OSError:  # a machine without room for it: slower, not wrong
            return None

    def load(self, wanted: Integers) -> None:
        """Load tiles, distinct and in none of the slots: as many as can be held at once, at least one."""
        self.now += 1  # later than any look, so that what is loaded here stays until it is looked at
        here = np.full(wanted.size, -1, np.int32)
        if self._shared is not None:
            here = self._shared.slots_of(wanted)
        self.slots.slot_of[wanted[here >= 0]] = here[here >= 0]
        for tile in wanted[here < 0][:OWN_TILES].tolist():
            raster = bisect_right(self.first_tiles, tile) - 1
            values = self._rasters[raster].read_tile(tile - self.first_tiles[raster], self._kind)
            self.tiles_read += 1
            slot = -1 if self._shared is None else self._shared.add(tile, values)
            self.slots.slot_of[tile] = slot if slot >= 0 else self._keep(tile, values)

    def _keep(self, tile: int, values: Tiles) -> int:
        slots = self.slots
        own = int(np.argmin(slots.used))
        if self._owner[own] >= 0:
            slots.slot_of[self._owner[own]] = -1
        self._owner[own], slots.used[own], slots.own[own] = tile, self.now, values
        return len(slots.shared) + own
