"""The bytes of a CSV file out of the containers it is published in."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from pathlib import Path

from data_schemas.errors import InputError

AGAIN = "download or copy the file again"
"""The remedy for a file that arrived damaged."""

_TEXTS = (".txt", ".md")
# OpenSky's archives may carry README.txt and LICENSE.txt beside the hour.


def csv_bytes(path: Path) -> bytes:
    """Return the whole CSV text of a `.csv`, `.csv.gz` or `.csv.tar` file, unpacked in memory.

    Raises
    ------
    InputError
        The file cannot be read, is empty, truncated or damaged, or the archive does not hold exactly one
        member in `.csv` or `.csv.gz` (folders and text files beside it are passed over).
    """
    name = path.name.lower()
    try:
        if not path.stat().st_size:
            raise InputError(path, "the file is empty", AGAIN)
        if name.endswith(".tar"):
            name, data = _only_member(path)
        else:
            data = path.read_bytes()
        if name.endswith(".gz"):
            data = gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(path, f"truncated or damaged gzip data ({error})", AGAIN) from None
    except (tarfile.TarError, OSError) as error:
        raise InputError(path, f"cannot be read ({error})", AGAIN) from None
    if not data or data.isspace():
        raise InputError(path, "the file holds no text, not even a header", AGAIN)
    return data


def _only_member(path: Path) -> tuple[str, bytes]:
    """Return the lower-case name and the bytes of the one hour inside a tar archive."""
    with tarfile.open(path, "r:") as archive:
        members = [m for m in archive if m.isfile() and not m.name.lower().endswith(_TEXTS)]
        names = ", ".join(m.name for m in members) or "no file"
        fits = len(members) == 1 and members[0].name.lower().endswith((".csv", ".csv.gz"))
        if not fits:
            raise InputError(path, f"expected one .csv or .csv.gz in the archive, found {names}", AGAIN)
        handle = archive.extractfile(members[0])
        data = handle.read() if handle else b""
        if len(data) != members[0].size:
            raise InputError(path, f"the archive ends within {members[0].name}", AGAIN)
        return members[0].name.lower(), data
