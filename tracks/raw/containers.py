"""The bytes of a CSV file out of the containers it is published in."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from isal import igzip, isal_zlib

from data_schemas.errors import InputError

AGAIN = "download or copy the file again"
"""The remedy for a file that arrived damaged."""

_TEXTS = (".txt", ".md")
# OpenSky's archives may carry README.txt and LICENSE.txt beside the hour.

_GZIP_FAULTS: Any = (EOFError, igzip.BadGzipFile, isal_zlib.IsalError)
_BLOCK_BYTES = 1 << 20


@contextmanager
def open_text(path: Path, final_name: str | None = None) -> Iterator[IO[bytes]]:
    """Open the CSV text of a `.csv`, `.csv.gz` or `.csv.tar` file as a stream, unpacked as it is read.

    Parameters
    ----------
    path
        The file.
    final_name
        The name that says which container it is, where it is not the file's own.

    Raises
    ------
    InputError
        The file cannot be read, is empty, truncated or damaged, or the archive does not hold exactly one
        member in `.csv` or `.csv.gz` (folders and text files beside it are passed over). Also while it is
        read, within the context; a gzip's checksum is compared at its end.
    """
    name = (final_name or path.name).lower()
    try:
        if not path.stat().st_size:
            raise InputError(path, "the file is empty", AGAIN)
        if name.endswith(".tar"):
            with tarfile.open(path, "r:") as archive:
                member = _only_member(path, archive)
                packed = cast("IO[bytes]", archive.extractfile(member))
                yield _unpacked(packed, member.name.lower())
        else:
            with path.open("rb") as handle:
                yield _unpacked(handle, name)
    except _GZIP_FAULTS as error:
        raise InputError(path, f"truncated or damaged gzip data ({error})", AGAIN) from None
    except (tarfile.TarError, OSError) as error:
        raise InputError(path, f"cannot be read ({error})", AGAIN) from None


def read_through(path: Path, final_name: str) -> None:
    """Read all of a file that `open_text` takes, its checksums included, and keep nothing of it.

    Parameters
    ----------
    path
        The file, under any name.
    final_name
        The name that says which container it is.

    Raises
    ------
    InputError
        As `open_text`, or the file holds no text.
    """
    with open_text(path, final_name) as text:
        blank = True
        while block := text.read(_BLOCK_BYTES):
            blank = blank and block.isspace()
    if blank:
        raise no_text(path)


def no_text(path: Path) -> InputError:
    """Return the error of a file that holds nothing, or only blanks."""
    return InputError(path, "the file holds no text, not even a header", AGAIN)


def _unpacked(packed: IO[bytes], name: str) -> IO[bytes]:
    if not name.endswith(".gz"):
        return packed
    return cast("IO[bytes]", igzip.GzipFile(fileobj=packed))  # type: ignore[no-untyped-call]


def _only_member(path: Path, archive: tarfile.TarFile) -> tarfile.TarInfo:
    """Return the one hour inside a tar archive."""
    members = [m for m in archive if m.isfile() and not m.name.lower().endswith(_TEXTS)]
    if len(members) == 1 and members[0].name.lower().endswith((".csv", ".csv.gz")):
        return members[0]
    names = ", ".join(m.name for m in members) or "no file"
    raise InputError(path, f"expected one .csv or .csv.gz in the archive, found {names}", AGAIN)
