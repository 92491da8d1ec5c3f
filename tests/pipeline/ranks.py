"""Real ranks of the small stage in `jobs_mpi_program.py`, and what is expected of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from jobs.launcher import find_mpiexec
from jobs.ledger import read_ledger

HERE = Path(__file__).parent
PROGRAM = [sys.executable, str(HERE / "jobs_mpi_program.py")]
ENVIRONMENT = os.environ | {"TRACKMILL_OVERSUBSCRIBE": "1"}
DEADLINE_S = 60  # far more than any run takes: reaching it means that ranks hang

# Task i holds the numbers 1 … 11 i; 7 divides floor(11 i / 7) of them.
TASKS = 13
ROWS_IN = sum(11 * i for i in range(1, TASKS + 1))
SEVENFOLD = sum(11 * i // 7 for i in range(1, TASKS + 1))


def write_inputs(folder):
    (folder / "in").mkdir()
    for i in range(1, TASKS + 1):
        numbers = range(1, 11 * i + 1)
        (folder / "in" / f"t{i:02d}.txt").write_text("".join(f"{n}\n" for n in numbers))


class Run:
    """Ranks of the program, started and not yet waited for."""

    def __init__(self, folder, ranks, environment=ENVIRONMENT, **options):
        start = [str(find_mpiexec()), "-n", str(ranks)] if ranks else []
        command = [*start, *PROGRAM, str(folder), json.dumps(options)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, env=environment, start_new_session=True
        )
        self.out = self.err = ""

    def ranks(self):
        """The program's processes, by rank."""
        found = {}
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if "jobs_mpi_program.py" in " ".join(child.cmdline()):
                found[int(child.environ()["PMI_RANK"])] = child
        return found

    def kill(self, *processes):
        """Kill processes at once, and remove the shared memory that MPICH would have removed at its end."""
        maps = [m.path for rank in self.ranks().values() for m in rank.memory_maps() if "mpich_shm" in m.path]
        for process in processes:
            process.kill()
        self.process.wait(DEADLINE_S)
        # A killed rank holds its lock on the ledger until it is gone, be it some milliseconds later.
        for process in processes:
            wait_until_gone(process.pid)
        for path in maps:
            Path(path).unlink(missing_ok=True)

    def wait(self):
        """The exit code; what was said is in `out` and `err`."""
        try:
            self.out, self.err = self.process.communicate(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            pytest.fail(f"ranks hang; they said {self.process.communicate()}")
        return self.process.returncode


def wait_until_gone(pid):
    """Wait until a process has ended; one that nobody has asked for its exit code has, and holds nothing."""
    deadline = time.monotonic() + DEADLINE_S
    while psutil.pid_exists(pid):
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return
        assert time.monotonic() < deadline, f"process {pid} lives on"
        time.sleep(0.01)


def run(folder, ranks, **options):
    started = Run(folder, ranks, **options)
    started.wait()
    return started


def rows(folder, stage="count"):
    return read_ledger(folder / f"ledger-{stage}")


def outputs(folder):
    """Return all files in the folder of the outputs by name, unfinished ones too."""
    return {path.name: path.read_bytes() for path in sorted((folder / "out").iterdir())}


def wait_for_rows(folder, count):
    """Wait until a live run has done `count` tasks."""
    deadline = time.monotonic() + DEADLINE_S
    while len(rows(folder)) < count:
        assert time.monotonic() < deadline, f"only {len(rows(folder))} rows"
        time.sleep(0.01)


def expected_outputs(folder):
    texts = {path.name: path.read_text().split() for path in (folder / "in").iterdir()}
    return {name: "".join(f"{n}\n" for n in texts[name] if int(n) % 7).encode() for name in sorted(texts)}
