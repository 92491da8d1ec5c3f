"""The formats of sampled tracks."""

from __future__ import annotations

SAMPLE_FORMATS = {"parquet": ".parquet", "waypoints": ".dat", "csv": "", "samples": ""}
"""Suffix of the one file of each format; those without one write several files into a folder."""
