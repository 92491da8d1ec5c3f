"""A file on its way: the bytes that have come so far, and what the server said of the file they are of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from data_schemas.files import write_text


@dataclass(frozen=True, slots=True)
class Origin:
    """What a server said of a file.

    Attributes
    ----------
    address
        Where it lies.
    length
        Its bytes; None where the server does not say.
    etag, last_modified
        The headers by which a changed file is known, as they came.
    md5
        Its MD5 in hexadecimal, where the server's ETag is one.
    """

    address: str
    length: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    md5: str | None = None

    @property
    def validator(self) -> str | None:
        """The value of If-Range (RFC 9110, 13.1.5): a strong ETag or the date; None: no part may be kept."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified

    def contradicts(self, other: Origin) -> bool:
        """Return whether the two cannot be of the same file."""
        pairs = ((self.length, other.length), (self.etag, other.etag))
        return any(one is not None and two is not None and one != two for one, two in pairs)


class Part:
    """The part of a file that has come: `NAME.part` beside the final name, and `NAME.part.json`, its origin.

    Both outlive the process: whoever comes next goes on from there, if the server still has the same file.
    """

    def __init__(self, final: Path) -> None:
        self.final = final
        self.path = final.with_name(f"{final.name}.part")
        self._record = final.with_name(f"{final.name}.part.json")

    @property
    def bytes(self) -> int:
        """How many bytes have come."""
        return self.path.stat().st_size if self.path.exists() else 0

    def origin(self) -> Origin | None:
        """Return what the bytes are of; None where there are none that could be gone on with."""
        try:
            found = Origin(**json.loads(self._record.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        usable = found.validator and 0 < self.bytes <= (found.length or self.bytes)
        return found if usable else None

    def begin(self, origin: Origin) -> None:
        """Start from nothing."""
        self.drop()
        write_text(self._record, json.dumps(asdict(origin)) + "\n")

    def drop(self) -> None:
        """Forget what has come."""
        self.path.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)

    def forget_origin(self) -> None:
        """Remove the record, once the file has its final name."""
        self._record.unlink(missing_ok=True)
