"""Processes started by one run of a program and ended by another: recorded, recognised, ended."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_TERM_SECONDS: Final = 15.0
_KILL_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process that was started: what tells it from another that later got its number.

    Attributes
    ----------
    name
        What it is here, and the name of its log.
    pid
        Its number.
    started
        When it started, in clock ticks since the machine did.
    command
        Its command line.
    """

    name: str
    pid: int
    started: int
    command: tuple[str, ...]

    def is_running(self) -> bool:
        """Whether the process of this number is this one, and not a dead one waiting for its parent."""
        return _identity(self.pid) == (self.started, self.command)

    def end(self, *, at_once: bool = False) -> bool:
        """End it, with SIGTERM unless that is to be at once, then with SIGKILL; whether it was running."""
        was_running = self.is_running()
        kinds = ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _KILL_SECONDS))
        for number, seconds in kinds[1:] if at_once else kinds:
            if not self.is_running():
                break
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
            until = time.monotonic() + seconds
            while self.is_running() and time.monotonic() < until:
                time.sleep(0.02)
        return was_running


def start(name: str, command: Sequence[str], log: Path, user: str | None = None) -> Process:
    """Start a process that outlives this one, in a session of its own, away from the terminal's signals.

    Parameters
    ----------
    name
        What it is here.
    command
        A program that stays in the foreground, and its arguments.
    log
        Where it writes.
    user
        Who runs it, where that is not this process's user; with a group of the same name.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    # Not yet waited for: the number is still the child's, even if it has ended. For a moment after the
    # program was loaded the kernel shows no command line.
    while (found := _identity(child.pid)) and not found[1]:
        time.sleep(0.001)
    child.returncode = 0  # it outlives this process: without this Popen warns that nobody waits for it
    started, shown = found or (0, tuple(command))
    return Process(name, child.pid, started, shown)


def save(processes: Sequence[Process], record: Path) -> None:
    """Write the record."""
    record.write_text(json.dumps([asdict(process) for process in processes], indent=1) + "\n")


def load(record: Path) -> list[Process]:
    """Read the record; none where there is none."""
    try:
        entries = json.loads(record.read_text())
    except FileNotFoundError:
        return []
    return [Process(**entry | {"command": tuple(entry["command"])}) for entry in entries]


def _identity(pid: int) -> tuple[int, tuple[str, ...]] | None:
    folder = Path("/proc") / str(pid)
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        command = (folder / "cmdline").read_bytes().decode().split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, started = fields[0], int(fields[19])
    return None if state in "ZX" else (started, tuple(command))
