"""Files that appear complete or not at all."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A leading dot hides a part from every glob of ours; the suffix stays, since writers look at it.
_PART = re.compile(r"\.part-\d+-[0-9a-f]{8}-")


def _new_part(final: Path) -> Path:
    return final.with_name(f".part-{os.getpid()}-{uuid.uuid4().hex[:8]}-{final.name}")


@contextmanager
def complete_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; on success flush it to disk and rename it to `path`.

    The folder is made where missing. On any error the temporary file is removed and whatever stood at
    `path` before stays as it was. A reader therefore never sees half a file, and a kill at any moment
    leaves at worst a file whose name starts with `.part-`; see `remove_parts`.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    part = _new_part(final)
    try:
        yield part
        put_in_place(part, final)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def scratch_file(path: str | Path) -> Iterator[Path]:
    """Give the name of a hidden file beside `path` for the time it is being made; it is removed at the end.

    What a kill leaves of it `remove_parts` removes.
    """
    scratch = _new_part(Path(path))
    scratch.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


def put_in_place(part: Path, final: Path) -> None:
    """Flush a complete file to disk and rename it, within its folder, to its final name."""
    with part.open("rb") as handle:
        os.fsync(handle.fileno())
    part.replace(final)


def remove_parts(path: str | Path) -> None:
    """Remove what killed processes have left of a file; nobody may be writing it."""
    final = Path(path)
    for part in final.parent.glob(".part-*"):
        begins = _PART.match(part.name)
        if begins and part.name[begins.end() :] == final.name:
            part.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write a whole text file, complete or not at all (UTF-8)."""
    with complete_file(path) as part:
        part.write_text(text, encoding="utf-8")
