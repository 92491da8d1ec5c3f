"""The file cache: warm it for a run's inputs, or drop them from it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

HOW_COLD: Final = (
    "posix_fadvise(POSIX_FADV_DONTNEED) on every input after fsync: the inputs leave the file cache, "
    "the software and outputs of earlier runs stay"
)

_LOOKS: Final = 16
"""Pages of a file that are looked at, evenly spread."""


def prepare_cache(files: Iterable[str], cache: str) -> float:
    """Read files (`warm`), or drop them from the file cache (`cold`); return the share that is then in it.

    Parameters
    ----------
    files
        Their paths.
    cache
        `warm` or `cold`.

    Returns
    -------
    float
        Share of the pages looked at that are in the cache, each file alike; 1 where that cannot be told.
    """
    shares = []
    for file in sorted(set(files)):
        handle = os.open(file, os.O_RDONLY)
        try:
            if cache == "cold":
                os.fsync(handle)
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            else:
                Path(file).read_bytes()
            shares.append(_resident(handle))
        finally:
            os.close(handle)
    return sum(shares) / len(shares) if shares else 1.0


def _resident(handle: int) -> float:
    """Return the share of a file's pages that can be read without waiting for the disk."""
    size = os.fstat(handle).st_size
    if not size:
        return 1.0
    found, byte = 0, bytearray(1)
    for look in range(_LOOKS):
        with suppress(BlockingIOError):
            try:
                found += os.preadv(handle, [byte], size * look // _LOOKS, os.RWF_NOWAIT)
            except OSError as error:
                if isinstance(error, BlockingIOError):
                    raise
                return 1.0  # a file system that cannot tell
    return found / _LOOKS
