"""Stage 0: national registers and aircraft databases become one table of aircraft (pipeline.md)."""

from tracks.registry.build import build_registry, registry_digest
from tracks.registry.lookup import lookup

__all__ = ["build_registry", "lookup", "registry_digest"]
