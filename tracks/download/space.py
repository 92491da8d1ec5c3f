"""Disk space: what the hours still to come need, and what there is."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from data_schemas.errors import InputError

GB = 1_000_000_000
"""Bytes in a gigabyte, as settings and messages have it."""


class NoSpaceError(Exception):
    """The disk has no room for the next file; the text says what is needed and what is free."""


class Space:
    """Disk space of a folder, shared by all transfers of a download.

    Parameters
    ----------
    folder
        Where the files are written.
    keep_free_gb
        What stays free [GB].
    hour_bytes
        Estimate for a file whose length is not known.
    """

    def __init__(self, folder: Path, keep_free_gb: float, hour_bytes: float) -> None:
        self._folder = folder
        self._keep_bytes = keep_free_gb * GB
        self._hour_bytes = hour_bytes
        self._coming: dict[str, float] = {}
        self._lock = threading.Lock()

    def check_all(self, hours: int, known_bytes: int) -> None:
        """Refuse to begin what will not fit: so many hours of unknown length, and so many bytes known.

        Raises
        ------
        InputError
            They need more than is free.
        """
        needed = hours * self._hour_bytes + known_bytes
        if needed > self._free():
            problem = (
                f"about {_gb(needed)} are needed, {hours} hours of {_gb(self._hour_bytes)}; {self._there()}"
            )
            remedy = "fetch fewer Mondays, name a folder on a larger disk, or correct download.hour_gb"
            raise InputError(self._folder, problem, remedy)

    def take(self, name: str, remaining: int | None) -> None:
        """Reserve what is still to come of a file; the estimate where its length is unknown.

        Raises
        ------
        NoSpaceError
            It does not fit beside what the other transfers have reserved.
        """
        with self._lock:
            others = sum(coming for file, coming in self._coming.items() if file != name)
            needed = self._hour_bytes if remaining is None else float(remaining)
            if needed + others > self._free():
                coming = f", {_gb(others)} for files under way" if others else ""
                message = f"{self._folder}: {_gb(needed)} are needed for {name}{coming}; {self._there()}"
                raise NoSpaceError(message)
            self._coming[name] = needed

    def came(self, name: str, received: int) -> None:
        """Note bytes written of a file: they are no longer to come."""
        with self._lock:
            self._coming[name] = max(0.0, self._coming.get(name, 0.0) - received)

    def release(self, name: str) -> None:
        """Give back what a file has reserved."""
        with self._lock:
            self._coming.pop(name, None)

    def _free(self) -> float:
        return shutil.disk_usage(self._folder).free - self._keep_bytes

    def _there(self) -> str:
        free = shutil.disk_usage(self._folder).free
        return f"{_gb(free)} are free, of which {_gb(self._keep_bytes)} stay (download.keep_free_gb)"


def _gb(size: float) -> str:
    return f"{size / GB:.3g} GB"
