"""What was read of each register, and how they get on with each other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from data_schemas.beside import summary_beside
from data_schemas.config.source import RegisterSource
from data_schemas.files import write_text
from data_schemas.task import Counts

NATIONAL = frozenset({"faa", "transport_canada", "ilt", "iaa"})
"""Formats of national registers."""
DATABASES = frozenset({"opensky", "tar1090"})
"""Formats of aircraft databases, which collect what others say."""


@dataclass(frozen=True)
class SourceCounts:
    """One register: its name and file, rows read, kept and left by reason, addresses, disagreements.

    Attributes
    ----------
    made
        Kept rows worth a word, by what is special about them.
    addresses
        Different addresses of the kept rows.
    conflicts
        Disagreements with each source listed before it, by that source's name.
    """

    source: str
    format: str
    file: str
    rows_in: int
    rows_out: int
    left: Mapping[str, int]
    made: Mapping[str, int]
    addresses: int
    conflicts: Mapping[str, int]


@dataclass(frozen=True)
class Summary:
    """All registers in order of precedence, the different addresses of all, and what is odd."""

    sources: tuple[SourceCounts, ...]
    addresses: int
    warnings: tuple[str, ...]

    def counts(self) -> Counts:
        """Return rows read, kept and left by reason of all registers together."""
        left: Counter[str] = Counter()
        made: Counter[str] = Counter()
        for source in self.sources:
            left.update(source.left)
            made.update(source.made)
        rows_in = sum(source.rows_in for source in self.sources)
        rows_out = sum(source.rows_out for source in self.sources)
        return Counts(rows_in, rows_out, dict(sorted(left.items())), dict(sorted(made.items())))

    def lines(self) -> list[str]:
        """Say it for a terminal."""
        lines = []
        for source in self.sources:
            lines.append(f"{source.source} ({source.format}, {source.file}): {source.rows_in} rows read")
            lines += [f"  left, {reason}: {rows}" for reason, rows in source.left.items()]
            lines.append(f"  kept: {source.rows_out}, addresses: {source.addresses}")
            lines += [f"  of these, {what}: {rows}" for what, rows in source.made.items()]
            lines += [f"  disagrees with {other}: {n}" for other, n in source.conflicts.items()]
        lines.append(f"addresses of all registers: {self.addresses}")
        return lines + [f"warning: {warning}" for warning in self.warnings]

    def write(self, registry: Path) -> None:
        """Write it beside the registry, as JSON."""
        write_text(summary_beside(registry), json.dumps(asdict(self), indent=1) + "\n")


def read_summary(registry: Path) -> Summary | None:
    """Read the summary beside a registry; none where there is none."""
    file = summary_beside(registry)
    if not file.exists():
        return None
    facts = json.loads(file.read_text(encoding="utf-8"))
    sources = tuple(SourceCounts(**source) for source in facts["sources"])
    return Summary(sources, facts["addresses"], tuple(facts["warnings"]))


def precedence_warnings(sources: tuple[RegisterSource, ...]) -> tuple[str, ...]:
    """Name the national registers listed behind an aircraft database, which then wins over them."""
    warnings = []
    database = ""
    for source in sources:
        if source.format in DATABASES and not database:
            database = source.format
        elif source.format in NATIONAL and database:
            warnings.append(
                f"the register {source.format} stands behind the database {database}, which wins over it; "
                "list national registers first in registry.sources"
            )
    return tuple(warnings)
