"""What the part of a worker tells after its process has died, and what is to be done with its tasks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.attempt import Failure, Outcome
from jobs.deaths import end_attempt
from jobs.ledger import InFlight, PartReader, Place, Status, part_path
from jobs.resume import add_rows
from jobs.stage import Job


@dataclass(slots=True)
class Aftermath:
    """What a process left in its worker's part.

    Attributes
    ----------
    header
        Whose part it is; empty where no process came as far as its first task.
    outcome
        What it did, in place of what it would have sent at its end.
    ended
        Number of attempts that ended.
    last
        The last of them of each task that was asked about: its number, and whether it was done.
    flight
        The attempt in flight.
    """

    header: dict[str, Any]
    outcome: Outcome = field(default_factory=Outcome)
    ended: int = 0
    last: dict[str, tuple[int, bool]] = field(default_factory=dict)
    flight: InFlight | None = None


class DeadReader:
    """Reads a worker's part each time one of its processes has died, on from where the one before ended.

    Parameters
    ----------
    folder, run, worker
        The ledger, and whose part it is.
    retries
        How often a failed task is tried again.
    """

    def __init__(self, folder: Path, run: str, worker: int, retries: int) -> None:
        self._reader = PartReader(part_path(folder, run, worker))
        self._retries = retries

    def read(self, names: Collection[str]) -> Aftermath:
        """Return what a process that has died did.

        Parameters
        ----------
        names
            Ids, as the ledger writes them, of the tasks it was given last.
        """
        found = Aftermath({})
        asked = pa.array(names, pa.string())
        for table in self._reader.batches():
            done = table.filter(pc.equal(table["status"], Status.DONE))
            failed = table.filter(pc.equal(table["status"], Status.FAILED))
            found.ended += len(done) + len(failed)
            add_rows(found.outcome.totals, done)
            self._fail(found.outcome, failed)
            mine = table.filter(pc.is_in(table["task"], asked))
            columns = (mine[name].to_pylist() for name in ("task", "attempt", "status"))
            for task, attempt, status in zip(*columns, strict=True):
                found.last[task] = attempt, status == Status.DONE
        found.header = self._reader.header
        found.flight = self._reader.in_flight()
        return found

    def _fail(self, outcome: Outcome, failed: pa.Table) -> None:
        """Count the tasks that are out of retries."""
        last = failed.filter(pc.greater(failed["attempt"], self._retries))
        for row in last.select(["task", "attempt", "error"]).to_pylist():
            place = str(Place(**self._reader.header))
            outcome.fail(Failure(row["task"], row["attempt"], place, row["error"]))


def rest_of(
    job: Job,
    names: Mapping[str, int],
    found: Aftermath,
    attempts: MutableMapping[int, int],
    why: str,
    *,
    blamed: bool,
) -> Sequence[int]:
    """Return what a dead process was given and has not ended; its task in flight is retried or fails.

    Parameters
    ----------
    job
        Ledger and retries.
    names
        Indices of the tasks it was given last, by their ids.
    found
        What it left; the end of the attempt in flight is added to it and to the ledger.
    attempts
        Number of the next attempt at tasks that a process died of; added to.
    why
        What it died of, in words.
    blamed
        Whether it died of the task in flight; else of the end of the job, which accuses nobody.
    """
    retries, flight = job.launch.retries, found.flight
    if flight is not None:
        name, attempt = flight.began["began"], flight.began["attempt"]
        end_attempt(job.ledger, found.header, flight, crashed=blamed, cleared=not blamed, why=why)
        found.last[name] = attempt, False
        if blamed and attempt > retries:
            where = str(Place(**found.header))
            found.outcome.fail(Failure(name, attempt, where, f"the worker died of it: {why}"))
    rest: list[int] = []
    for name, index in names.items():
        attempt, done = found.last.get(name, (0, False))
        if not done and attempt <= retries:
            rest.append(index)
            if attempt:
                attempts[index] = attempt + 1
    return rest
