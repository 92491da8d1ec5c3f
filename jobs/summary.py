"""What a run did, in numbers and as text for a person."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jobs.attempt import Failure, Totals

_SHOWN_FAILURES = 20


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did; only the process that leads the run has one.

    Attributes
    ----------
    stage, run
        The stage, and the run's name in the ledger (empty where nothing had to be done).
    ledger
        Folder of the ledger.
    tasks, skipped, done, failed, left
        Tasks of the list; those found finished; done, failed and not tried in this run.
    workers
        Working processes.
    seconds
        Duration of the run, planning included.
    totals
        Sums over the tasks done in this run.
    stage_totals
        Sums over all finished tasks of the list: those of this run and those found finished.
    failures
        The first failed tasks of each worker; the ledger has all.
    orphans
        Outputs of tasks that are no longer in the list; `jobs.resume.remove_orphans` removes them.
    """

    stage: str
    run: str
    ledger: Path
    tasks: int
    skipped: int
    done: int
    failed: int
    left: int
    workers: int
    seconds: float
    totals: Totals
    stage_totals: Totals
    failures: tuple[Failure, ...]
    orphans: tuple[Path, ...]

    def line(self) -> str:
        """Return the run in one line."""
        parts = [f"{self.done} of {self.tasks} tasks done"]
        parts += [f"{self.skipped} were up to date"] if self.skipped else []
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{self.left} left"] if self.left else []
        rows = f"{self.totals.rows_in:,} rows in, {self.totals.rows_out:,} out"
        workers = f"{self.workers} worker{'' if self.workers == 1 else 's'}"
        return f"{self.stage}: {', '.join(parts)}; {rows}; {self.seconds:.1f} s on {workers}"


def failures_text(summary: RunSummary) -> str:
    """Return a table of failed tasks: task, attempts, place, error; where the rest is to be found."""
    shown = summary.failures[:_SHOWN_FAILURES]
    head = ("task", "attempts", "where", "error")
    lines = [head, *((f.task, str(f.attempts), f.where, f.error) for f in shown)]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    text = ["  ".join((*(c.ljust(w) for c, w in zip(line, widths, strict=False)), line[3])) for line in lines]
    if summary.failed > len(shown):
        text.append(f"and {summary.failed - len(shown)} more")
    text.append(f"inputs and tracebacks: {summary.ledger}")
    return "\n".join(text)
