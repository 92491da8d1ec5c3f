"""The list, beside the data, of what was fetched from where, with its checksum: `download.jsonl`."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

MANIFEST = "download.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One hour of the list.

    Attributes
    ----------
    name
        Name of the file.
    at
        When the line was written (UTC, ISO 8601).
    addresses
        Where it was fetched from; of an absent hour, every address that was asked.
    bytes, sha256
        Length and SHA-256 of the file; None: the server has no such hour.
    etag, last_modified
        What the server said of it.
    """

    name: str
    at: str
    addresses: tuple[str, ...]
    bytes: int | None = None
    sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None

    @property
    def absent(self) -> bool:
        """Whether the server had no such hour."""
        return self.bytes is None


class Manifest:
    """The list of a folder: JSON lines that are only added to; the last one of a name holds."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / MANIFEST
        self._lock = threading.Lock()
        self._entries = _read(self._file)

    @property
    def entries(self) -> Mapping[str, Entry]:
        """What is listed, by name."""
        return self._entries

    def add(self, entry: Entry) -> None:
        """Write one entry; it is on disk when this returns."""
        line = json.dumps(asdict(entry)) + "\n"
        with self._lock, self._file.open("ab") as handle:
            if handle.tell() and not _ends_with_newline(self._file):
                handle.write(b"\n")  # a line that a killed process did not finish
            handle.write(line.encode())
            handle.flush()
            os.fsync(handle.fileno())
            self._entries[entry.name] = entry


def _read(file: Path) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    if not file.exists():
        return found
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            fields = json.loads(line)
            entry = Entry(**fields | {"addresses": tuple(fields["addresses"])})
        except (ValueError, TypeError, KeyError):
            continue  # a line that a killed process did not finish
        found[entry.name] = entry
    return found


def _ends_with_newline(file: Path) -> bool:
    with file.open("rb") as handle:
        handle.seek(-1, os.SEEK_END)
        return handle.read(1) == b"\n"
