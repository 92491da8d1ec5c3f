"""A small stage to test backend mpi: `python jobs_mpi_program.py FOLDER OPTIONS(JSON)` on every rank.

Each task reads a file of whole numbers, one a line, and keeps those that 7 does not divide.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import platform
import signal
import sys
import time
from functools import partial
from pathlib import Path

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError, TrackmillError
from data_schemas.files import write_text
from data_schemas.task import Counts, Task
from jobs.launcher import launched_rank
from jobs.run import run_tasks


def plan(folder: Path, options: dict) -> list[Task]:
    if options.get("plan_fails"):
        raise InputError(folder / "in", "holds no hour file", "give the folder with the raw files")
    inputs = sorted((folder / "in").glob("*.txt"))
    settings = options.get("settings", "")
    return [
        Task(p.stem, (str(p),), str(folder / "out" / p.name), float(p.stat().st_size), settings)
        for p in inputs
    ]


def work(task: Task, fails: list[str], poison: dict[str, str], seconds: float, slow: list[str]) -> Counts:
    time.sleep(seconds if not slow or task.id in slow else 0.0)
    if task.id in fails:
        raise ValueError(f"cannot read\n{task.id}")
    if task.id in poison:
        POISONS[poison[task.id]]()
    numbers = [int(line) for line in Path(task.inputs[0]).read_text().split()]
    kept = [n for n in numbers if n % 7]
    write_text(task.output, "".join(f"{n}\n" for n in kept))
    left = {"sevenfold": len(numbers) - len(kept)}
    return Counts(len(numbers), len(kept), left, {"sum": sum(kept)})


def allocate_without_end() -> None:
    blocks = []
    while True:
        blocks.append(b"x" * 2**22)
        time.sleep(0.001)


POISONS = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "segfault": lambda: ctypes.string_at(0),
    "sleep": lambda: time.sleep(1000),
    "hang": lambda: sum(itertools.repeat(0)),  # never returns to Python, which could raise
    "allocate": allocate_without_end,
}


def make_worker(options: dict):
    rank = launched_rank() or 0
    if rank == options.get("set_up_fails_on"):
        raise options_error(options["set_up_error"])
    if options.get("affinity"):
        print(f"rank {rank} cores {sorted(os.sched_getaffinity(0))}", flush=True)
    fails, poison = options.get("fails", []), options.get("poison", {})
    seconds, slow = options.get("seconds", 0), options.get("slow", [])
    return partial(work, fails=fails, poison=poison, seconds=seconds, slow=slow)


def options_error(kind: str) -> Exception:
    return (
        InputError("registry.parquet", "not found", "run stage registry")
        if kind == "input"
        else KeyError("x")
    )


def main() -> int:
    folder, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    launch = LaunchSettings(**options.get("launch", {}))
    rank = launched_rank() or 0
    if options.get("own_host_each"):
        platform.node = lambda: f"n{rank}"
    cpu = time.process_time()
    try:
        for stage in options.get("stages", ["count"]):
            summary = run_tasks(
                lambda: plan(folder, options),
                partial(make_worker, options),
                launch,
                folder / f"ledger-{stage}",
                stage,
                progress=False,
            )
            if options.get("cpu"):
                print(f"rank {rank} cpu {time.process_time() - cpu:.3f}", flush=True)
            if summary is not None:
                print(summary.line(), flush=True)
    except TrackmillError as error:
        print(f"error on rank {rank}: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
