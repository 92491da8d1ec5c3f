"""Stopping in order: SIGTERM lets the tasks in flight finish and starts no new ones."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")


class Drain:
    """Whether this process was asked to stop."""

    def __init__(self) -> None:
        self._asked_at: float | None = None
        self._told: list[Callable[[], None]] = []

    @property
    def asked(self) -> bool:
        """Whether no new task may be started."""
        return self._asked_at is not None

    def ask(self) -> None:
        """Start no new task from now on."""
        if self._asked_at is None:
            self._asked_at = time.monotonic()
            for told in self._told:
                told()

    def tell(self, told: Callable[[], None]) -> None:
        """Have a function called as soon as this process is asked to stop."""
        self._told.append(told)

    def until_asked(self, tasks: Iterable[T]) -> Iterator[T]:
        """Yield tasks until this process is asked to stop."""
        for task in tasks:
            if self._asked_at is not None:
                return
            yield task

    def on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  Python's signature
        """Note the first signal; a second interrupt from the keyboard ends the process at once."""
        # One Ctrl-C may arrive twice: from the terminal and passed on by mpiexec.
        again = self._asked_at is not None and time.monotonic() - self._asked_at > 1
        if number == signal.SIGINT and again:
            raise KeyboardInterrupt
        self.ask()


@contextmanager
def draining() -> Iterator[Drain]:
    """Catch SIGTERM and SIGINT while the block runs; outside the main thread only `ask` stops it."""
    drain = Drain()
    if threading.current_thread() is not threading.main_thread():
        yield drain
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, drain.on_signal) for number in numbers}
    try:
        yield drain
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
