"""The registers of aircraft: what each gave, and how they get on with each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tracks.registry import read_summary
from workflow.report import page


def registers_part(registry: Path) -> str:
    """Return a table of all registers in order of precedence, and what is odd about them."""
    summary = read_summary(registry)
    if summary is None:
        return page.paragraph("The registry has no summary beside it: it was not built here.")
    rows = [
        (
            f"{source.source} ({source.file})",
            source.rows_in,
            source.rows_out,
            _words(source.left),
            _words(source.made),
            source.addresses,
            _words(source.conflicts),
        )
        for source in summary.sources
    ]
    head = ("source", "rows read", "kept", "left, by reason", "kept, but", "addresses", "disagrees with")
    caption = f"In order of precedence; {page.text(summary.addresses)} addresses in all"
    return page.table(head, rows, caption) + (page.bullets(summary.warnings) if summary.warnings else "")


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {page.text(count)}" for name, count in counts.items()) or "none"
