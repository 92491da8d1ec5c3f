"""A worker's part of the ledger: JSON lines that only it appends to, readable after a kill at any moment.

The first line says whose part it is. Each attempt has two lines: what began, before it begins, and how it
ended. A `began` line with nothing after it is what was in flight when the process died. Any other text is a
note of the dying process (a traceback of `faulthandler`, a limit that was passed) on the attempt above it.

A system call a line would cost more than a very short task: the end of such a task waits for the next
`began` line and is written with it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any, Final

from data_schemas.task import Task
from jobs.fingerprint import Fingerprint
from jobs.ledger.row import Place

SHORT_S: Final = 200e-6
"""The end of a task shorter than this may be lost with its process: running it again costs no more."""

# One encoder for all lines: json.dumps with separators makes a new one each time.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def part_path(folder: Path, run: str, worker: int) -> Path:
    """Return the file a worker appends to."""
    return folder / f"part-{run}-{worker}.jsonl"


def part_run(path: Path) -> str:
    """Return the run that a part belongs to."""
    return path.name.split("-")[1]


def create_part(folder: Path, run: str, worker: int) -> None:
    """Create the empty part of a worker.

    The leading process creates all of them before any worker starts: a shared file system may show a new
    name half a minute late, but what an opened file holds at once.
    """
    os.close(os.open(part_path(folder, run, worker), os.O_WRONLY | os.O_CREAT, 0o644))


class PartWriter:
    """Appends the attempts of one worker."""

    def __init__(self, folder: Path, place: Place) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        self._handle = os.open(part_path(folder, place.run, place.worker), flags, 0o644)
        self._pending = b""
        size = os.fstat(self._handle).st_size
        if size == 0:
            names = ("run", "stage", "worker", "workers", "node")
            self._write((_encode({name: getattr(place, name) for name in names}) + "\n").encode())
        else:
            self._cut_half_line(size)

    def began(self, task: Task, attempt: int, at_s: float, found: Fingerprint) -> None:
        """Note an attempt before it begins."""
        # By hand, not by the encoder, which takes four times as long; so too below.
        line = (
            f'{{"began":{_quoted(task.id)},"attempt":{attempt},"at":{at_s!r},"output":{_quoted(task.output)},'
            f'"settings":{_quoted(task.settings)},"fingerprint":"{found.digest}",'
            f'"bytes_in":{found.bytes_in},"cost":{float(task.cost)!r}}}\n'
        ).encode()
        pending, self._pending = self._pending, b""
        self._write(pending + line)

    def ended(
        self, task: str, seconds: float, status: str, peak_bytes: int, facts: Mapping[str, Any]
    ) -> None:
        """Note how it ended.

        Parameters
        ----------
        task
            Its id.
        seconds
            Its duration.
        status
            See `Status`.
        peak_bytes
            Largest resident memory of the process.
        facts
            Further columns of the ledger; those that are 0 or empty may be left out.
        """
        more = f",{_encode(facts)[1:-1]}" if facts else ""
        self._pending += (
            f'{{"ended":{_quoted(task)},"seconds":{seconds!r},"status":"{status}",'
            f'"peak_rss_bytes":{peak_bytes}{more}}}\n'
        ).encode()
        if seconds >= SHORT_S:
            self.flush()

    def flush(self) -> None:
        """Write what has waited; it survives a kill of the process from here on."""
        pending, self._pending = self._pending, b""
        self._write(pending)

    def note(self, text: str) -> None:
        """Leave a note on the attempt in flight, from any thread."""
        os.write(self._handle, printable(text).replace("\n", " ").encode() + b"\n")

    def fileno(self) -> int:
        """Return the file descriptor: `faulthandler` leaves its notes there."""
        return self._handle

    def close(self) -> None:
        """Write what has waited, flush to disk and close."""
        self.flush()
        os.fsync(self._handle)
        os.close(self._handle)

    def _cut_half_line(self, size: int) -> None:
        """Remove what a process that died while it wrote has left after the last line end."""
        tail, length = b"", 0
        while length < size and b"\n" not in tail:
            length = min(size, max(4096, 4 * length))
            tail = os.pread(self._handle, length, size - length)
        os.ftruncate(self._handle, size - length + tail.rfind(b"\n") + 1)

    def _write(self, rest: bytes) -> None:
        while rest:
            rest = rest[os.write(self._handle, rest) :]


def tally(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return counts by name as JSON that Arrow reads: a list of names and counts."""
    return [{"name": name, "count": int(count)} for name, count in counts.items()]


def printable(text: str) -> str:
    """Return text that UTF-8 can hold: file names with undecodable bytes cannot go into Parquet."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _quoted(text: str) -> str:
    return encode_basestring_ascii(text if text.isascii() else printable(text))
