"""The terms of the data: shown before the first download into a folder, written beside the data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from data_schemas.files import write_text

LICENCES = "LICENCES.txt"


def licences_text() -> str:
    """Return the key terms of the data, with the pages where the whole of them stand."""
    return (Path(__file__).parent / "licences.txt").read_text(encoding="utf-8")


def accepted(folder: Path) -> bool:
    """Return whether these terms, as they stand in this version, were accepted for a folder."""
    file = folder / LICENCES
    return file.is_file() and file.read_text(encoding="utf-8", errors="replace").startswith(licences_text())


def write_accepted(folder: Path, how: str) -> None:
    """Write the terms beside the data, with when and how they were accepted."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    write_text(folder / LICENCES, f"{licences_text()}\nAccepted {now}: {how}.\n")
