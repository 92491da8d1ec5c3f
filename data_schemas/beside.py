"""Files that lie beside the registry, named after it."""

from __future__ import annotations

from pathlib import Path


def conflicts_beside(registry: Path) -> Path:
    """What the registry's sources disagree on (`data_schemas.tables.registry.CONFLICTS`)."""
    return registry.with_name(f"{registry.stem}_conflicts.parquet")


def summary_beside(registry: Path) -> Path:
    """What was read of each source, as JSON (`tracks.registry.Summary`)."""
    return registry.with_name(f"{registry.stem}_summary.json")
