"""Thread pools and memory of the libraries, set before any of them is imported."""

from __future__ import annotations

import os
import sys

# Arrow sizes its CPU pool by OMP_NUM_THREADS, so it needs no variable of its own.
_VARIABLES = (
    "OMP_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "NUMBA_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)
# Polars' allocator (jemalloc) gives what is unused for half a second back to the system, and a worker's next
# piece of work takes it again page by page: a tenth to a fifth of the time of organizing and archiving.
_MEMORY = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:3000,muzzy_decay_ms:-1"}
# Libraries that size their pool when they are imported (or first used) and never again.
_LIBRARIES = ("polars", "numba", "numpy", "pyarrow")


def thread_environment(threads: int) -> dict[str, str]:
    """Return the environment variables that give each library of a process `threads` threads.

    And Polars' memory for its next use, unless the user's environment says what to do with it.

    Parameters
    ----------
    threads
        Threads a process, the last number of a triple.
    """
    memory = {name: value for name, value in _MEMORY.items() if name not in os.environ}
    return {name: str(threads) for name in _VARIABLES} | memory


def apply_threads(threads: int) -> tuple[str, ...]:
    """Set the thread variables of this process; call it before Polars, Numba, NumPy or Arrow are imported.

    Returns
    -------
    tuple of str
        The libraries that were imported already, and so keep the threads they have. Empty when in time.
    """
    late = tuple(name for name in _LIBRARIES if name in sys.modules)
    os.environ.update(thread_environment(threads))
    return late
