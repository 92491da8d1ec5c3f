"""Memory of every rank for a million tasks that do nothing, through the ledger: first run, then a rerun.

    python bench/memory.py [--tasks 1000000] [--ranks 3] [--distribution self]

The peak is that of the kernel (`VmHWM`), shared memory that a rank has touched included.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from data_schemas.config.launch import LaunchSettings
from data_schemas.task import Counts, Task
from jobs.launcher import find_mpiexec, launched_rank
from jobs.run import run_tasks

NOTHING = Counts()


def make_worker():
    return lambda task: NOTHING  # noqa: ARG005


def on_rank(options: dict) -> None:
    """Run the list and print this rank's peak."""
    launch = LaunchSettings(distribution=options["distribution"], tasks_per_message=16)
    tasks = options["tasks"]
    clock = time.perf_counter()
    run_tasks(
        lambda: (Task(f"t{i:07d}", (), "") for i in range(tasks)),
        make_worker,
        launch,
        options["ledger"],
        "million",
        progress=False,
    )
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps([launched_rank() or 0, round(peak), time.perf_counter() - clock]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--ranks", type=int, default=3)
    parser.add_argument("--distribution", default="self")
    parser.add_argument("--rank", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.rank:
        on_rank(json.loads(arguments.rank))
        return
    print(f"{arguments.tasks:,} tasks, {arguments.distribution}, {arguments.ranks} ranks")
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "tasks": arguments.tasks,
            "distribution": arguments.distribution,
            "ledger": f"{folder}/ledger",
        }
        for name in ("first run", "rerun, all up to date"):
            command = [str(find_mpiexec()), "-n", str(arguments.ranks), sys.executable, __file__]
            done = subprocess.run(
                [*command, "--rank", json.dumps(options)],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                env=os.environ
                | {"TRACKMILL_OVERSUBSCRIBE": "1", "PYTHONPATH": str(Path(__file__).parents[1])},
            )
            # Ranks share the line: their texts may stand one after another.
            found = sorted(json.loads(text) for text in re.findall(r"\[[^]]*\]", done.stdout))
            peaks = ", ".join(f"{peak} MB" for _, peak, _ in found)
            seconds = max(seconds for _, _, seconds in found)
            each = seconds / arguments.tasks * 1e6
            print(f"{name}: {seconds:.1f} s, {each:.1f} us a task; peak of each rank: {peaks}", flush=True)


if __name__ == "__main__":
    main()
