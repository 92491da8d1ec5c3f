"""Runs that died: what was in flight, and which tasks are to blame.

A run whose record still says `running` although nobody holds the ledger's lock has died. Each worker's part
names the task that was in flight. Which of them the run died of is known where a worker left a note (a
segmentation fault, a limit passed) or where one task alone was in flight; else all are suspects. A worker
that was asked to stop before it died (SIGTERM: the end of a job's time, `scancel`) accuses nobody.

A task that may have ended as many runs as the setting `deaths` allows, less one, runs after all others and
alone, so that the next death is certainly its own; with that it is set aside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from data_schemas.files import remove_parts
from jobs.ledger import InFlight, PartReader, PartWriter, Place, Status, part_run

STOP_NOTE: Final = "asked to stop"
"""Note of a worker that was asked to stop while its task was in flight."""
FATAL_NOTE: Final = "Fatal Python error: "
TIME_NOTE: Final = "Timeout ("
"""How the notes of `faulthandler` begin: of a fatal error, of the limit of time."""
MEMORY_NOTE: Final = "Memory limit: "
"""How the note of a worker that passed its limit of memory begins."""


@dataclass(slots=True)
class Deaths:
    """Runs that one task may have ended.

    Attributes
    ----------
    known
        Runs that died of this task for certain.
    suspected
        Runs that died with this task and others in flight, of what nobody knows.
    """

    known: set[str] = field(default_factory=set)
    suspected: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """Return how many runs it may have ended."""
        return len(self.known) + len(self.suspected)


def bury(folder: Path, dead: Mapping[str, bool]) -> list[str]:
    """Write down how the attempts in flight of dead runs ended, so that their parts can be merged.

    Parameters
    ----------
    folder
        The ledger, which nobody else writes.
    dead
        Runs that have died, and whether they died of a task: not so where another process watches the workers
        (backends `process` and `dask`), which outlives them.

    Returns
    -------
    list of str
        The tasks that runs died of for certain.
    """
    found: dict[str, list[tuple[PartReader, InFlight]]] = defaultdict(list)
    for path in sorted(folder.glob("part-*.jsonl")):
        if part_run(path) in dead:
            reader = PartReader(path)
            for _ in reader.batches():
                pass
            flight = reader.in_flight()
            if flight is not None:
                found[part_run(path)].append((reader, flight))
    culprits: list[str] = []
    for run, flights in found.items():
        guilty = {id(flight) for _, flight in flights if note_of_death(flight)}
        if not guilty and dead[run] and len(flights) == 1 and not _stopped(flights[0][1]):
            guilty = {id(flights[0][1])}
        for reader, flight in flights:
            crashed = id(flight) in guilty
            cleared = bool(guilty) or not dead[run] or _stopped(flight)
            end_attempt(folder, reader.header, flight, crashed=crashed, cleared=cleared)
            if crashed:
                culprits.append(flight.began["began"])
    return culprits


def end_attempt(
    folder: Path, header: dict[str, Any], flight: InFlight, *, crashed: bool, cleared: bool, why: str = ""
) -> None:
    """Append the end of an attempt whose worker has died to the worker's part; remove its unfinished file.

    Parameters
    ----------
    folder
        The ledger.
    header
        Whose part it is.
    flight
        The attempt.
    crashed
        The worker died of this task.
    cleared
        It is known that the worker died of something else.
    why
        What is known beside the notes (a signal, an exit code).
    """
    notes = " ".join(note for note in flight.notes if note != STOP_NOTE)
    text = "; ".join(filter(None, (why, notes[:2000])))
    if crashed:
        error, status = f"the worker died of it: {text or 'without a note'}", Status.CRASHED
    elif cleared:
        error, status = "in flight when the run ended, of something else", Status.INTERRUPTED
    else:
        error, status = f"{_SUSPECT} {text}".strip(), Status.INTERRUPTED
    writer = PartWriter(folder, Place(**header))
    writer.ended(flight.began["began"], 0.0, status, 0, {"error": error})
    writer.close()
    if flight.began["output"]:
        remove_parts(flight.began["output"])


DEATH_COLUMNS: Final = ("task", "fingerprint", "run", "status", "error")
"""Columns of the ledger that tell of deaths."""

_SUSPECT: Final = "in flight when the run died, perhaps of it"


def count_deaths(tables: Iterable[pa.Table]) -> dict[tuple[str, str], Deaths]:
    """Return the deaths of each task and fingerprint: with another input or setting a task starts afresh.

    Parameters
    ----------
    tables
        Rows of the ledger with the columns `DEATH_COLUMNS`.
    """
    deaths: dict[tuple[str, str], Deaths] = defaultdict(Deaths)
    for table in tables:
        bad = table.filter(pc.is_in(table["status"], pa.array([Status.CRASHED, Status.INTERRUPTED])))
        for task, fingerprint, run, status, error in zip(
            *(bad[name].to_pylist() for name in DEATH_COLUMNS), strict=True
        ):
            known = deaths[task, fingerprint]
            if status == Status.CRASHED:
                known.known.add(run)
            elif error.startswith(_SUSPECT):
                known.suspected.add(run)
    return dict(deaths)


def note_of_death(flight: InFlight | None, seconds: float | None = None) -> str:
    """Return in words what a process that left a note died of; nothing if it left none that tells.

    Parameters
    ----------
    flight
        What was in flight, with the notes.
    seconds
        Limit of a task's time [s].
    """
    for note in flight.notes if flight is not None else ():
        if note.startswith(TIME_NOTE):
            return f"ended at the time limit of {seconds or 0:g} s, in a call that did not return"
        if note.startswith(MEMORY_NOTE):
            return f"ended at the memory limit: {note.removeprefix(MEMORY_NOTE)}"
        if note.startswith(FATAL_NOTE):
            return note
    return ""


def _stopped(flight: InFlight) -> bool:
    return STOP_NOTE in flight.notes
