"""The model of launches (`jobs/simulation/`) beside real ranks whose tasks sleep, and how fast it is.

    python bench/simulation.py [--tasks 96] [--ranks 6] [--repeats 3]

Tasks that sleep need no core, so the comparison holds on a busy machine with few cores: what is checked is
who gets which task, and what that does to the job time. Sleeps are log-normal with mean 0.1 s, ids in no
order of length. The time is from the first task to the end of the last, as the ledger has it; the model
is told the lengths and nothing that was measured. Speed: 137,000 tasks on 4096 and on 100,000 ranks.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from data_schemas.config import LaunchSettings
from data_schemas.task import Counts, Task, Worker
from jobs.distribution import DISTRIBUTIONS
from jobs.launcher import command
from jobs.ledger import read_ledger
from jobs.order import ORDERS
from jobs.run import run_tasks
from jobs.simulation import LaunchCosts, Ranks, predict
from jobs.tasklist import TaskList

LENGTHS: dict[str, float] = {}
ORDERS_SHOWN = ("chronological", "largest-first")


def sleeping_tasks(count: int) -> list[Task]:
    """Tasks whose cost is how long they sleep [s]."""
    draw = random.Random(1)
    lengths = [0.1 * draw.lognormvariate(-0.5, 1.0) for _ in range(count)]
    return [Task(f"t{number:05d}", (), "", length) for number, length in enumerate(lengths)]


def sleep(task: Task) -> Counts:
    time.sleep(LENGTHS[task.id])  # costs do not travel
    return Counts()


def make_sleeper() -> Worker:
    return sleep


def launch_of(ranks: int, order: str, distribution: str) -> LaunchSettings:
    return LaunchSettings(
        backend="mpi", triple=(1, ranks, 1), memory_gb=0.1, order=order, distribution=distribution
    )


def measured(tasks: int, ranks: int, order: str, distribution: str) -> float:
    """Run the tasks on real ranks; return the time from the first start to the last end [s]."""
    with tempfile.TemporaryDirectory() as folder:
        told = [sys.executable, __file__, "--rank", folder, str(tasks), str(ranks), order, distribution]
        subprocess.run(
            command(launch_of(ranks, order, distribution), told),
            env=os.environ | {"TRACKMILL_OVERSUBSCRIBE": "1", "PYTHONPATH": str(Path(__file__).parents[1])},
            check=True,
        )
        rows = read_ledger(folder)
    return max(row.started_at_s + row.seconds for row in rows) - min(row.started_at_s for row in rows)


def on_rank(folder: str, tasks: str, ranks: str, order: str, distribution: str) -> None:
    plan = sleeping_tasks(int(tasks))
    LENGTHS.update((task.id, task.cost) for task in plan)
    launch = launch_of(int(ranks), order, distribution)
    run_tasks(plan, make_sleeper, launch, folder, "sleep", progress=False)


def predicted(tasks: int, ranks: int, order: str, distribution: str) -> float:
    plan = TaskList.pack(sleeping_tasks(tasks))
    costs = plan.costs()
    ordered = [costs[index] for index in ORDERS[order](plan, 0)]
    return predict(ordered, ordered, Ranks(1, ranks), distribution).job_s


def speed() -> None:
    """Print how long the model takes for the paper's aerodromes."""
    draw = random.Random(2)
    times = [draw.lognormvariate(0, 1.5) for _ in range(137_000)]
    print(f"\n{'137,000 tasks':<24}{'4096 ranks, s':>16}{'100,000 ranks, s':>18}")
    for name in ("block", "lpt", "self", "counter", "factoring"):
        took = []
        for ranks in (Ranks(128, 32), Ranks(1000, 100)):
            clock = time.process_time()
            predict(times, times, ranks, name, 1, LaunchCosts(manager_s=1e-5))
            took.append(time.process_time() - clock)
        print(f"{name:<24}{took[0]:>16.2f}{took[1]:>18.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=96)
    parser.add_argument("--ranks", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    shapes = [(order, name) for order in ORDERS_SHOWN for name in DISTRIBUTIONS]
    found: dict[tuple[str, str], list[float]] = {shape: [] for shape in shapes}
    for _ in range(arguments.repeats):
        for shape in shapes:
            found[shape].append(measured(arguments.tasks, arguments.ranks, *shape))
    errors = []
    print(
        f"{'order':<16}{'distribution':<20}{'measured, s':>12}{'least':>8}{'most':>8}{'model, s':>10}  error"
    )
    for shape, times in found.items():
        model, median = predicted(arguments.tasks, arguments.ranks, *shape), statistics.median(times)
        errors.append(model / median - 1)
        print(
            f"{shape[0]:<16}{shape[1]:<20}{median:>12.3f}{min(times):>8.3f}{max(times):>8.3f}"
            f"{model:>10.3f}{errors[-1]:>8.1%}"
        )
    print(f"median error {statistics.median(map(abs, errors)):.1%}")
    speed()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--rank"]:
        on_rank(*sys.argv[2:])
    else:
        main()
