"""Tiles that the processes of a node share: a file in memory, first come, first kept.

The file is sparse and grows by a tile at a time up to its bound; a tile in it never changes and never leaves,
so it is read without a lock. Every process holds the file by a shared lock while it lives, and the last one
out removes it. What processes that were killed left behind is removed by the next that comes.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tracks.enrich.arrays import Integers
from tracks.enrich.grids.bilinear import TILE, Kind, Tiles

_PAGE: Final = mmap.PAGESIZE
_MEMORY: Final = Path("/dev/shm")
"""Where files are memory. Where it is absent, a temporary file in the page cache serves."""
_SHAPE: Final = (TILE + 1, TILE + 1)


class SharedTiles:
    """A pool of tiles in a file that all processes of a node which open the same grids map.

    Parameters
    ----------
    key
        What the tiles depend on: the grids and the state of their files.
    tiles
        How many tiles the grids have.
    most_bytes
        Most memory of the pool's values.
    kind
        Type of the values.

    Raises
    ------
    OSError
        There is no room for the file, or somebody else's has its name.
    """

    def __init__(self, key: str, tiles: int, most_bytes: int, kind: Kind) -> None:
        folder = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
        self._tile_bytes = int(np.prod(_SHAPE)) * kind.itemsize
        slots = min(most_bytes // self._tile_bytes, tiles)
        digest = hashlib.sha256(f"{key} {tiles} {slots} {kind} {TILE}".encode()).hexdigest()[:16]
        prefix = f"trackmill-terrain-{os.getuid()}-"
        _remove_abandoned(folder, prefix)
        self._file = _hold(folder / f"{prefix}{digest}")
        weakref.finalize(self, _release, self._file, folder / f"{prefix}{digest}")
        self._values_at = _PAGE + -(-4 * tiles // _PAGE) * _PAGE  # behind the count and the index
        size = self._values_at + slots * self._tile_bytes
        with self._locked():
            if os.fstat(self._file).st_size != size:
                os.ftruncate(self._file, size)
                os.posix_fallocate(self._file, 0, self._values_at)
        memory = mmap.mmap(self._file, size)
        self._count: NDArray[np.int64] = np.frombuffer(memory, np.int64, 1)
        # Slot + 1 of each tile, 0 where it is absent.
        self._index: NDArray[np.int32] = np.frombuffer(memory, np.int32, tiles, _PAGE)
        self.values: Tiles = np.ndarray((slots, *_SHAPE), kind, memory, self._values_at)

    def slots_of(self, tiles: Integers) -> NDArray[np.int32]:
        """Return the slots of tiles, -1 for those that are not here."""
        with self._locked():
            return self._index[tiles] - np.int32(1)

    def add(self, tile: int, values: Tiles) -> int:
        """Put a tile in, if no other process has by now; return its slot, -1 where there is no more room."""
        with self._locked():
            if self._index[tile] == 0:
                slot = int(self._count[0])
                if slot == len(self.values):
                    return -1
                try:  # writing where the machine has no memory left would end the process
                    start = self._values_at + slot * self._tile_bytes
                    os.posix_fallocate(self._file, start, self._tile_bytes)
                except OSError:
                    return -1
                self.values[slot] = values
                self._count[0] = slot + 1
                self._index[tile] = slot + 1
            return int(self._index[tile]) - 1

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Be the only one who reads or writes the index. It also orders the memory of two processors."""
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)


def _hold(path: Path) -> int:
    """Open a file, made where missing, and hold it by a shared lock (of another kind than `_locked`)."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        fcntl.flock(file, fcntl.LOCK_SH)
        facts = os.fstat(file)
        if facts.st_uid == os.getuid() and facts.st_nlink:
            return file
        os.close(file)  # removed meanwhile by the last one out
        if facts.st_uid != os.getuid():
            raise PermissionError(path)


def _release(file: int, path: Path) -> None:
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody else holds it
        if os.fstat(file).st_nlink:  # else the name is another file's by now
            path.unlink()
    os.close(file)


def _remove_abandoned(folder: Path, prefix: str) -> None:
    for path in folder.glob(f"{prefix}*"):
        with suppress(OSError):
            _release(os.open(path, os.O_RDWR | os.O_NOFOLLOW), path)
