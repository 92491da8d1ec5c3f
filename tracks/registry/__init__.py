"""Stage 0: national registers and aircraft databases become one table of aircraft (pipeline.md)."""

from tracks.registry.build import build_registry, registry_digest
from tracks.registry.lookup import lookup
from tracks.registry.summary import Summary, read_summary

__all__ = ["Summary", "build_registry", "lookup", "read_summary", "registry_digest"]
