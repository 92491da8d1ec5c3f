"""Progress of a run on stderr: a bar on a terminal, one plain line a minute in a batch log.

It follows the ledger, so it is the same for every backend and distribution and costs no messages.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import pyarrow as pa
import pyarrow.compute as pc

from jobs.ledger import PartReader, Status, part_path

PLAIN_INTERVAL_S: Final = 60.0
BAR_INTERVAL_S: Final = 0.5
TERMINAL: Final = "TRACKMILL_TERMINAL"
"""Environment variable with the terminal device to draw the bar on, where stderr is a log file."""


Look = Callable[[float], tuple[int, str]]
"""Says, so many seconds after the start, how much is done and the words to show beside it."""


@dataclass(slots=True)
class Pace:
    """How far a run is and how fast, from its ledger rows.

    Attributes
    ----------
    todo, todo_cost
        Tasks to run and the sum of their cost estimates.
    done, failed
        Tasks done; failed attempts.
    rows, cost
        Rows read by, and cost of, the done tasks.
    """

    todo: int
    todo_cost: float
    done: int = 0
    failed: int = 0
    rows: int = 0
    cost: float = 0.0

    def add(self, rows: pa.Table) -> None:
        """Add attempts."""
        done = rows.filter(pc.equal(rows["status"], Status.DONE))
        self.done += len(done)
        self.failed += len(rows) - len(done)
        self.rows += pc.sum(done["rows_in"]).as_py() or 0
        self.cost += pc.sum(done["cost"]).as_py() or 0.0

    def rows_per_second(self, seconds: float) -> float:
        """Return rows read a second since the start."""
        return self.rows / seconds if seconds > 0 else 0.0

    def seconds_left(self, seconds: float) -> float | None:
        """Return the time left [s] if cost goes on as in the first `seconds`; None before the first task.

        Cost and not the number of tasks, since the largest tasks come first.
        """
        share = self.cost / self.todo_cost if self.todo_cost > 0 else self.done / max(self.todo, 1)
        return None if share <= 0 else max(0.0, seconds * (1 - share) / share)

    def text(self, seconds: float) -> str:
        """Return done and left, rows a second and time left in one line."""
        parts = [f"{self.done} of {self.todo} tasks done", f"{rate_text(self.rows_per_second(seconds))}"]
        if self.failed:
            parts.insert(1, f"{self.failed} failed")
        left = self.seconds_left(seconds)
        return ", ".join([*parts, *([] if left is None else [f"about {duration_text(left)} left"])])


class Tail:
    """Follows the parts of one run: each call gives the rows that were completed since the one before."""

    def __init__(self, folder: Path, run: str, workers: int) -> None:
        self._parts = [PartReader(part_path(folder, run, worker)) for worker in range(1, workers + 1)]

    def new_rows(self) -> Iterator[pa.Table]:
        """Yield rows not given before."""
        for part in self._parts:
            yield from part.batches()


def rate_text(rows_per_second: float) -> str:
    """Return a rate of rows for a person."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if rows_per_second >= size:
            return f"{rows_per_second / size:.1f}{unit} rows/s"
    return f"{rows_per_second:.0f} rows/s"


def duration_text(seconds: float) -> str:
    """Return a duration for a person: 42 s, 3 min 05 s, 2 h 07 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def wants_bar() -> bool:
    """Whether there is a terminal to draw on: stderr is one, or the launcher says so (ranks hide it)."""
    said = os.environ.get("TRACKMILL_PROGRESS") == "bar" or TERMINAL in os.environ
    return said or sys.stderr.isatty()


@contextmanager
def progress(stage: str, tail: Tail, pace: Pace, *, shown: bool) -> Iterator[None]:
    """Show the progress of a run while the block runs.

    Parameters
    ----------
    stage
        Name of the stage.
    tail
        Gives the run's new ledger rows.
    pace
        Adds them up.
    shown
        False shows nothing.
    """
    if not shown:
        yield
        return

    def look(seconds: float) -> tuple[int, str]:
        for rows in tail.new_rows():
            pace.add(rows)
        return pace.done, pace.text(seconds)

    with follow(stage, pace.todo, look):
        yield


@contextmanager
def follow(name: str, total: int, look: Look) -> Iterator[None]:
    """Show on stderr how far something is while the block runs, from a thread of its own.

    Parameters
    ----------
    name
        What is under way.
    total
        How much there is to do.
    look
        Looks how much is done.
    """
    ended = threading.Event()
    show = _bar if wants_bar() else _plain
    thread = threading.Thread(target=show, args=(name, total, look, ended), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _looks(look: Look, ended: threading.Event, interval_s: float) -> Iterator[tuple[int, str]]:
    """Yield what a look gives, again and again until the end."""
    begun, wait_s = time.monotonic(), interval_s
    while not ended.wait(wait_s):
        clock = time.perf_counter()
        yield look(time.monotonic() - begun)
        # Looking at the parts of thousands of workers takes time: at most a twentieth of all.
        wait_s = max(interval_s, 20 * (time.perf_counter() - clock))


def _plain(name: str, _total: int, look: Look, ended: threading.Event) -> None:
    for _, text in _looks(look, ended, PLAIN_INTERVAL_S):
        print(f"{name}: {text}", file=sys.stderr, flush=True)


def _bar(name: str, total: int, look: Look, ended: threading.Event) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn(name), BarColumn(), TextColumn("{task.fields[text]}"))
    with (
        _screen() as screen,
        Progress(
            *columns,
            console=Console(file=screen, force_terminal=True),
            auto_refresh=False,
            transient=True,
        ) as bar,
    ):
        task = bar.add_task(name, total=total, text="")
        for done, text in _looks(look, ended, BAR_INTERVAL_S):
            bar.update(task, completed=done, text=text, refresh=True)


@contextmanager
def _screen() -> Iterator[TextIO]:
    """Give the terminal to draw on: the one that the launcher names, else stderr."""
    device = os.environ.get(TERMINAL)
    if device is None:
        yield sys.stderr
        return
    with Path(device).open("w", encoding="utf-8") as screen:
        yield screen
