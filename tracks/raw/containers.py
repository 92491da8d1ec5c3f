"""The bytes of a CSV file out of the containers it is published in."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from data_schemas.errors import InputError

AGAIN = "download or copy the file again"
"""The remedy for a file that arrived damaged."""

_TEXTS = (".txt", ".md")
# OpenSky's archives may carry README.txt and LICENSE.txt beside the hour.

_NO_TEXT = "the file holds no text, not even a header"
_BLOCK_BYTES = 1 << 20


def csv_bytes(path: Path) -> bytes:
    """Return the whole CSV text of a `.csv`, `.csv.gz` or `.csv.tar` file, unpacked in memory.

    Raises
    ------
    InputError
        The file cannot be read, is empty, truncated or damaged, or the archive does not hold exactly one
        member in `.csv` or `.csv.gz` (folders and text files beside it are passed over).
    """
    with _packed(path, path.name) as (name, packed):
        data = packed.read()
        if name.endswith(".gz"):
            data = gzip.decompress(data)  # in one go: faster than a GzipFile's read()
    if not data or data.isspace():
        raise InputError(path, _NO_TEXT, AGAIN)
    return data


def read_through(path: Path, final_name: str) -> None:
    """Read all of a file that `csv_bytes` takes, its checksums included, and keep nothing of it.

    Parameters
    ----------
    path
        The file, under any name.
    final_name
        The name that says which container it is.

    Raises
    ------
    InputError
        As `csv_bytes`.
    """
    with _packed(path, final_name) as (name, packed):
        text = gzip.GzipFile(fileobj=packed) if name.endswith(".gz") else packed
        blank = True
        while block := text.read(_BLOCK_BYTES):
            blank = blank and block.isspace()
    if blank:
        raise InputError(path, _NO_TEXT, AGAIN)


@contextmanager
def _packed(path: Path, final_name: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Give the lower-case name and the bytes of the one hour in a file, still in gzip if its name says so.

    What is wrong with the bytes while they are read is told as an error of the file.
    """
    try:
        if not path.stat().st_size:
            raise InputError(path, "the file is empty", AGAIN)
        if not final_name.lower().endswith(".tar"):
            with path.open("rb") as handle:
                yield final_name.lower(), handle
            return
        with tarfile.open(path, "r:") as archive:
            member = _only_member(path, archive)
            yield member.name.lower(), cast("IO[bytes]", archive.extractfile(member))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(path, f"truncated or damaged gzip data ({error})", AGAIN) from None
    except (tarfile.TarError, OSError) as error:
        raise InputError(path, f"cannot be read ({error})", AGAIN) from None


def _only_member(path: Path, archive: tarfile.TarFile) -> tarfile.TarInfo:
    """Return the one hour inside a tar archive."""
    members = [m for m in archive if m.isfile() and not m.name.lower().endswith(_TEXTS)]
    if len(members) == 1 and members[0].name.lower().endswith((".csv", ".csv.gz")):
        return members[0]
    names = ", ".join(m.name for m in members) or "no file"
    raise InputError(path, f"expected one .csv or .csv.gz in the archive, found {names}", AGAIN)
