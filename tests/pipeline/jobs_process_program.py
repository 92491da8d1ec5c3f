"""The small stage of `jobs_mpi_program.py` for backend process: same command line.

Its tasks can die in more ways, or only at the first try, and so can its set-up.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import jobs_mpi_program as small

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError, TrackmillError
from data_schemas.task import Counts, Task
from jobs.run import run_tasks


def hang() -> None:
    """Wait for ever for a mutex that this thread holds: no signal ends it, and Python's lock is held too."""
    library, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(256)
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)


def allocate() -> None:
    blocks = []
    while True:
        blocks.append(b"x" * 2**24)


POISONS = small.POISONS | {"hang": hang, "exit": lambda: os._exit(5), "allocate": allocate}


def work(task: Task, options: dict, folder: Path) -> Counts:
    poison, _, once = options.get("poison", {}).get(task.id, "").partition(" ")
    if poison and (first_time(folder / f"tried-{task.id}") or not once):
        POISONS[poison]()
    slow = options.get("slow")
    if slow is None or task.id in slow:
        time.sleep(options.get("seconds", 0))
    return small.work(task, [], {}, 0, [])


def first_time(marker: Path) -> bool:
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def make_worker(folder: Path, options: dict):
    if options.get("set_up") == "dies":
        os.abort()
    if options.get("set_up") == "input":
        raise InputError("registry.parquet", "not found", "run stage registry")
    if options.get("set_up") == "late" and list(folder.glob("tried-*")):
        raise InputError("registry.parquet", "has gone", "run stage registry")
    if options.get("set_up") == "dies when it is done":  # while it waits for the other worker's
        if first_time(folder / "tried-set-up"):
            signal.setitimer(signal.ITIMER_REAL, 0.2)
        else:
            time.sleep(1)
    if options.get("show"):
        names = ("OMP_NUM_THREADS", "POLARS_MAX_THREADS")
        shown = {name: os.environ.get(name) for name in names} | {"cores": sorted(os.sched_getaffinity(0))}
        print(json.dumps(shown), flush=True)
    return partial(work, options=options, folder=folder)


def main() -> int:
    folder, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    launch = LaunchSettings(**{"backend": "process", "order": "as-given", **options.get("launch", {})})
    make = partial(make_worker, folder, options)
    try:
        summary = run_tasks(
            lambda: small.plan(folder, options),
            (lambda *_: make()) if options.get("lambda") else make,
            launch,
            folder / "ledger-count",
            "count",
            progress=False,
        )
        print(summary.line(), flush=True)
    except TrackmillError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
