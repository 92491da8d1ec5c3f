"""One hour: attempts until its file is there whole, checked from its first byte to its last."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from data_schemas.errors import InputError
from data_schemas.files import put_in_place
from tracks.download.hours import Hour
from tracks.download.manifest import Entry, Manifest
from tracks.download.part import Origin, Part
from tracks.download.transfer import AbsentError, AgainError, RefusedError, Shared, transfer
from tracks.raw.containers import read_through


def fetch_hour(hour: Hour, folder: Path, manifest: Manifest, shared: Shared) -> Entry:
    """Have an hour's file in the folder, whole, and in the list; or list it as absent from the server.

    A file that is there already but not in the list is read through and kept if it is whole.

    Raises
    ------
    RefusedError
        It cannot be had; the text says why.
    NoSpaceError, Stopped, OSError
        As `transfer`.
    """
    part = Part(folder / hour.name)
    try:
        entry = _adopted(part.final, manifest) or _fetched(hour, part, manifest, shared)
    finally:
        shared.space.release(hour.name)
    return entry


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _adopted(final: Path, manifest: Manifest) -> Entry | None:
    """List a file that somebody else has put here, if it is whole."""
    listed = manifest.entries.get(final.name)
    if (listed and not listed.absent) or not final.exists():
        return None
    try:
        read_through(final, final.name)
    except InputError:
        return None
    entry = Entry(final.name, _now(), (), final.stat().st_size, sha256_of(final))
    manifest.add(entry)
    return entry


def _fetched(hour: Hour, part: Part, manifest: Manifest, shared: Shared) -> Entry:
    for address in hour.addresses:
        try:
            found = _attempts(address, part, shared)
        except AbsentError:
            continue
        origin, size, sha256 = found.origin, found.bytes, found.sha256
        entry = Entry(hour.name, _now(), (address,), size, sha256, origin.etag, origin.last_modified)
        manifest.add(entry)  # before it has its name: a file that has it is in the list
        put_in_place(part.path, part.final)
        part.forget_origin()
        return entry
    part.drop()
    entry = Entry(hour.name, _now(), hour.addresses)
    manifest.add(entry)
    return entry


@dataclass(frozen=True, slots=True)
class _Whole:
    """A part that has come whole."""

    origin: Origin
    bytes: int
    sha256: str


def _attempts(address: str, part: Part, shared: Shared) -> _Whole:
    """Fetch and check until all is there; only attempts that bring nothing new count against the file."""
    settings = shared.settings
    furthest, failures = part.bytes, 0
    damaged: set[str] = set()
    while True:
        try:
            return _checked(part, transfer(address, part, shared), damaged)
        except AgainError as again:
            if part.bytes > furthest:
                furthest, failures = part.bytes, 0
            failures += 1
            if again.from_start:
                part.drop()
            if failures >= settings.attempts:
                message = f"{again}; given up after {failures} attempts in a row without progress"
                raise RefusedError(message) from None
            _wait(again, part.final.name, failures, shared)


def _checked(part: Part, origin: Origin, damaged: set[str]) -> _Whole:
    """Read a part through from its first byte to its last."""
    sha256 = sha256_of(part.path)
    problem = _problem(part, origin)
    if problem is None:
        return _Whole(origin, part.bytes, sha256)
    if sha256 in damaged:
        part.drop()
        message = f"{problem}; the same bytes came twice: it is the server's file, or the length it announces"
        raise RefusedError(message)
    damaged.add(sha256)
    raise AgainError(problem, from_start=True)


def _problem(part: Part, origin: Origin) -> str | None:
    if origin.md5:
        with part.path.open("rb") as handle:
            md5 = hashlib.file_digest(handle, partial(hashlib.md5, usedforsecurity=False)).hexdigest()
        if md5 != origin.md5:
            return "its MD5 is not the one that the server gives as its ETag"
    try:
        read_through(part.path, part.final.name)
    except InputError as error:
        return error.problem
    return None


def _wait(again: AgainError, name: str, failures: int, shared: Shared) -> None:
    """Wait as long as the server asks, or longer after each failure."""
    longest_s = shared.settings.longest_wait_s
    if again.wait_s is not None and again.wait_s > longest_s:
        message = (
            f"{again}; come again in {again.wait_s:.0f} s, it says (download.longest_wait_s: {longest_s:g})"
        )
        raise RefusedError(message) from None
    wait_s = again.wait_s
    if wait_s is None:
        wait_s = shared.pace.backoff_s(name, failures)
    if again.busy:
        shared.pace.hold(wait_s)
    else:
        shared.pace.wait(wait_s)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
