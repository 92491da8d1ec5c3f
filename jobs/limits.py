"""Limits of time and memory for each task, kept by the process that runs it.

Time: at the limit an error is raised in the task (where the process's main thread runs it), which costs that
task alone. A task that cannot be interrupted, in a kernel that never returns to Python, is ended with its
process soon after, by a thread of `faulthandler` that needs nothing of Python.

Memory: a thread looks at the resident memory of the process, and ends the process beyond the limit.

A process that ends so leaves a note in its part of the ledger, which names the task it died of.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Final

from jobs.deaths import MEMORY_NOTE
from jobs.ledger import PartWriter

LOOK_EVERY_S: Final = 0.02
"""How often the memory is looked at: a process may grow by 0.1 GB and more in between."""

EXIT_CODE: Final = 3
"""Exit code of a process that ended itself at its memory limit."""


class TaskTimeoutError(Exception):
    """A task ran longer than the limit."""


class Limits:
    """Keeps the limits of one process; call `begin` and `end` around each task.

    Parameters
    ----------
    part
        The worker's part of the ledger, where notes are left.
    seconds
        Longest time of a task [s]; None for no limit.
    memory_bytes
        Largest resident memory of the process [byte]; None for no limit.
    """

    def __init__(self, part: PartWriter, seconds: float | None, memory_bytes: int | None) -> None:
        self._part = part
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._armed_at = 0.0
        self._ended = threading.Event()
        self._running = False
        self._alarm = threading.current_thread() is threading.main_thread()

    def start(self) -> None:
        """Begin to keep the limits, and let a fatal error (a segmentation fault) leave its note."""
        self._was_enabled = faulthandler.is_enabled()
        faulthandler.enable(self._part.fileno(), all_threads=False)
        if self._seconds is not None and self._alarm:
            self._handler = signal.signal(signal.SIGALRM, self._on_alarm)
        if self._memory_bytes is not None:
            threading.Thread(target=self._watch_memory, name="memory limit", daemon=True).start()

    def stop(self) -> None:
        """Stop keeping the limits."""
        self._ended.set()
        faulthandler.disable()
        if self._was_enabled:
            faulthandler.enable(2)  # stderr, by its number: what stands for it may be no file
        if self._seconds is not None:
            faulthandler.cancel_dump_traceback_later()
            if self._alarm:
                signal.signal(signal.SIGALRM, self._handler)

    def begin(self) -> None:
        """Begin a task: `TaskTimeoutError` is raised in it when its time is up."""
        if self._seconds is None:
            return
        self._arm(self._seconds)
        if self._alarm:
            self._running = True
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def end(self) -> None:
        """End a task, however it ended."""
        if self._running:
            self._running = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _arm(self, seconds: float) -> None:
        """Have the process ended 1.25 to 1.5 times the limit from now.

        Arming takes 50 µs, too long for each of many short tasks, so it is done a few times a limit.
        """
        now = time.monotonic()
        if now - self._armed_at > seconds / 4 or not self._armed_at:
            faulthandler.dump_traceback_later(seconds * 1.5, exit=True, file=self._part.fileno())
            self._armed_at = now

    def disarm(self) -> None:
        """Stop the clock while no task runs: a worker may wait for long."""
        if self._seconds is not None:
            faulthandler.cancel_dump_traceback_later()
            self._armed_at = 0.0

    def _on_alarm(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  Python's signature
        if self._running:
            raise TaskTimeoutError(f"longer than the limit of {self._seconds:g} s")

    def _watch_memory(self) -> None:
        limit = self._memory_bytes
        assert limit is not None
        while not self._ended.wait(LOOK_EVERY_S):
            found = resident_bytes()
            if found > limit:
                gib = 2**30
                self._part.note(f"{MEMORY_NOTE}{found / gib:.2f} GiB, more than {limit / gib:.2f} GiB")
                os._exit(EXIT_CODE)  # nothing that might need memory


def resident_bytes() -> int:
    """Return the resident memory of this process [byte]."""
    pages = Path("/proc/self/statm").read_bytes().split()[1]
    return int(pages) * _PAGE_BYTES


_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class PeakMemory:
    """The largest resident memory of this process while a task ran [byte].

    Reading it takes 10 µs. It is read after tasks of at least a millisecond; a shorter one is given what was
    read last, which is at least its own unless it grew the process by much in no time.
    """

    def __init__(self) -> None:
        try:
            self._reset = os.open("/proc/self/clear_refs", os.O_WRONLY)
        except OSError:
            self._reset = -1
        self._status = os.open("/proc/self/status", os.O_RDONLY)
        self._last = self._read()

    def of_task(self, seconds: float) -> int:
        """Return the peak of a task that has just ended, and begin anew."""
        if seconds >= 1e-3:
            self._last = self._read()
            if self._reset >= 0:
                os.pwrite(self._reset, b"5", 0)
        return self._last

    def close(self) -> None:
        """Close the files of /proc."""
        os.close(self._status)
        if self._reset >= 0:
            os.close(self._reset)

    def _read(self) -> int:
        text = os.pread(self._status, 8192, 0)
        start = text.find(b"VmHWM:")
        return int(text[start:].split(None, 2)[1]) * 1024 if start >= 0 else 0
