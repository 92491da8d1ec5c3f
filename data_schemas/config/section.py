"""The base of every section."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen section whose unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    def digest(self) -> str:
        """Return a short digest of every value, for telling whether a finished task is stale."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]
