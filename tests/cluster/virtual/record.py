"""The record of the virtual cluster's processes, changed by one program at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.cluster.virtual.configuration import STATE

RECORD: Final = STATE / "processes.json"


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other program starts, stops or changes the cluster, and keep it so."""
    # On the folder above, which is always there: a lock file would be one more thing to leave behind.
    handle = os.open(STATE.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
