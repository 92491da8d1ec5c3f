"""What the C library does with memory that arrays give back."""

from __future__ import annotations

import ctypes
import functools
from typing import Final

_TRIM_THRESHOLD: Final = -1  # numbers of glibc's mallopt(3)
_MMAP_THRESHOLD: Final = -3
_KEPT_BYTES: Final = 64 << 20
_LARGE_BYTES: Final = 32 << 20


@functools.cache
def keep_freed_memory() -> None:
    """Let this process keep up to 64 MiB of freed memory for its next arrays, where the C library is glibc.

    Left alone, glibc gives the arrays of each piece of work back to the system, and the next piece takes the
    same memory page by page: a tenth of the time of stage 3. Arrays of 32 MiB and more are given back still.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
