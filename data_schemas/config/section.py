"""The base of every section."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from data_schemas.stamps import stamps


class Section(BaseModel):
    """A frozen section whose unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    def digest(self) -> str:
        """Return a short digest of every value, for telling whether a finished task is stale."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def stamped(digest: str, files: Sequence[str]) -> str:
    """Return a digest joined with the state of the files that settings name; see `stamps`."""
    states = [digest, *map(str, stamps(files))]
    return hashlib.sha256("\n".join(states).encode()).hexdigest()[:16]
