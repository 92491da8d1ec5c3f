"""One live run a folder: two at once would do the same work and write the same files."""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from data_schemas.errors import InputError

LOCK: Final = "lock"


def is_locked(folder: Path) -> bool:
    """Return whether a run holds a folder's lock; True also where that cannot be known."""
    try:
        handle = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold a folder's lock while the block runs; the kernel lets go of it if this process dies.

    Where the file system knows no locks (Lustre mounted without `flock`) nothing is locked.

    Raises
    ------
    InputError
        Another run holds it, or the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise InputError(
            folder, f"not a folder that can be written ({error.strerror})", "give another"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
            remedy = "wait for its end, or end it"
            raise InputError(folder, f"another run is at work here: {holder}", remedy) from None
        except OSError:
            pass
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()} on host {platform.node()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
