"""The base of every section."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from data_schemas.packaged import resolve


class Section(BaseModel):
    """A frozen section whose unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    def digest(self) -> str:
        """Return a short digest of every value, for telling whether a finished task is stale."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def stamped(digest: str, files: Sequence[str]) -> str:
    """Return a digest joined with the size and modification time of files that settings name.

    A file that does not exist counts as such here; whoever reads it says so.
    """
    states = [digest, *(_state(resolve(file)) for file in files)]
    return hashlib.sha256("\n".join(states).encode()).hexdigest()[:16]


def _state(file: Path) -> str:
    if not file.exists():
        return "absent"
    facts = file.stat()
    return f"{facts.st_size} {facts.st_mtime_ns}"
