"""What a step is given, and the steps that a child process knows by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Given:
    """The place whose rows are worked on, an empty folder for what is written, and the memory setting."""

    place: Path
    out: Path
    memory_bytes: int


@dataclass(frozen=True)
class Did:
    """How many rows a step has read, and other numbers it has to tell."""

    rows: int
    made: Mapping[str, int]


Work = Callable[[], Did]
Prepare = Callable[[Given], Work]
"""Loads what the step finds in memory, untimed, and returns what is timed."""

STEPS: dict[str, Prepare] = {}


def step(prepare: Prepare) -> Prepare:
    """Register a step under the name of its function."""
    STEPS[prepare.__name__] = prepare
    return prepare
