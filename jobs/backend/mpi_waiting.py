"""Waiting for other ranks in a way that leaves the cores to those who work."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mpi4py import MPI

from data_schemas.errors import InputError

_SHORTEST_SLEEP_S: Final = 20e-6
_DENSE_S: Final = 150e-6
"""Questions closer than this are waited for without a sleep, which with its waking takes some 100 µs."""


def longest_sleep_s() -> float:
    """Return how long a waiting rank sleeps at most between looks (`TRACKMILL_POLL_S`, 5 ms).

    Longer leaves more of the core to others, shorter answers sooner: at 5 ms a waiting manager takes about
    1 % of a core, at 1 ms 6 %.
    """
    text = os.environ.get("TRACKMILL_POLL_S", "0.005")
    try:
        return float(text)
    except ValueError:
        raise InputError("TRACKMILL_POLL_S", f"'{text}' is not a number of seconds", "unset it") from None


def sharpen_sleep() -> None:
    """Let short sleeps of this process end on time; Linux lets them last 50 µs longer."""
    try:
        Path("/proc/self/timerslack_ns").write_text("1000", encoding="ascii")
    except OSError:
        return


class Pause:
    """Pauses between looks: none at first, then sleeps of a quarter of the time waited so far.

    So a short wait is answered soon, and a long one costs little.

    Parameters
    ----------
    polls_s
        How long to look without a pause.
    """

    def __init__(self, polls_s: float) -> None:
        self._polls_s = polls_s
        self._longest_s = longest_sleep_s()
        self._since: float | None = None

    def __call__(self) -> None:
        """Pause once."""
        now = time.perf_counter()
        if self._since is None:
            self._since = now
        waited_s = now - self._since
        if waited_s > self._polls_s:
            time.sleep(min(max(waited_s / 4, _SHORTEST_SLEEP_S), self._longest_s))
        else:
            os.sched_yield()  # where cores are fewer than ranks, whoever is waited for may need this one


class Rhythm:
    """Pauses of a rank that answers others, half as long as the time between their questions.

    Questions are asked some time before the answer is needed, so it may take so long. Half, since those who
    do wait ask no sooner than they are answered: with pauses as long as the time between questions that time
    would never become shorter. Where they come one upon the other there is no sleep, which takes longer.
    """

    def __init__(self) -> None:
        self._longest_s = longest_sleep_s()
        self._asked = False
        self._last = time.perf_counter()
        self._between_s = 0.0

    def came(self) -> None:
        """Note a question."""
        now = time.perf_counter()
        if self._asked:
            self._between_s += 0.2 * (now - self._last - self._between_s)
        self._asked, self._last = True, now

    def __call__(self) -> None:
        """Pause once."""
        waited_s = time.perf_counter() - self._last
        if self._between_s < _DENSE_S and waited_s < _DENSE_S:
            os.sched_yield()
        else:
            time.sleep(min(max(self._between_s / 2, waited_s / 4, _SHORTEST_SLEEP_S), self._longest_s))


def wait_until(ready: Callable[[], bool], polls_s: float = 0.0) -> None:
    """Return when `ready` says so; look for `polls_s` without a pause, then sleep between looks."""
    pause = Pause(polls_s)
    # MPICH takes a message in at one look and tells of it at the next, so each look is two.
    while not (ready() or ready()):
        pause()


def wait_for_all(comm: MPI.Intracomm) -> None:
    """Wait until all ranks are here. MPI's own barrier would keep a core busy until then."""
    wait_until(comm.Ibarrier().Test)
