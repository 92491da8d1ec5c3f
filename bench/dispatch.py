"""What it costs to hand out a task: our distributions beside their peers, the same no-op tasks, one machine.

    python bench/dispatch.py [--tasks 20000] [--repeats 5]

Every configuration runs in turn, `--repeats` times over, so that a noisy minute hits all of them; the table
shows medians, the spread, and the ratio to the cheapest peer of the same run. Columns:

- `us/task`: wall time a task from the first to the last, start of processes excluded.
- efficiency (CPU-bound tasks of 0.5 ms on two workers): time of the same tasks in two plain loops, nothing
  handed out, over the time with dispatch; each round stands between two plain ones in the same processes, and
  the median of eleven rounds counts. Two plain loops on a noisy machine differ by a few per cent themselves.
- inside tasks: the part of the workers' time, first task to last, that they spent in the tasks. It does not
  depend on a second measurement, but does not see that a manager took a worker's core while it worked.

`index` rows hand out numbers; `task` rows run everything: the packed task is unpacked, its fingerprint taken,
two ledger lines written and merged at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from pathlib import Path

from data_schemas.config.launch import LaunchSettings
from data_schemas.task import Counts, Task
from jobs.launcher import find_mpiexec

SPINS = 0  # loops of a task of 0.5 ms, measured at the start
NOTHING = Counts()

Measured = tuple[float, ...]  # seconds a task; or efficiency and share inside tasks
Config = tuple[str, int, dict[str, object]]
# name, ranks (0: no mpiexec), options
CONFIGS: list[Config] = [
    ("counter, index, 2 workers", 2, {"mode": "counter", "n": 1}),
    ("self N=1, index, 1 worker", 2, {"mode": "self", "n": 1}),
    ("self N=16, index, 1 worker", 2, {"mode": "self", "n": 16}),
    ("self N=16, index, 2 workers", 3, {"mode": "self", "n": 16}),
    ("counter, task with ledger", 2, {"mode": "run", "distribution": "counter"}),
    ("self N=16, task with ledger", 3, {"mode": "run", "distribution": "self", "n": 16}),
    ("serial, task with ledger", 0, {"mode": "run", "backend": "serial"}),
    ("process N=16, task with ledger", 0, {"mode": "run", "backend": "process", "n": 16}),
    ("dask N=16, task with ledger", 0, {"mode": "run", "backend": "dask", "n": 16, "share": 0.1}),
    ("peer: mpi4py.futures", 2, {"mode": "futures", "n": 1, "share": 0.2}),
    ("peer: mpi4py.futures, chunks of 16", 2, {"mode": "futures", "n": 16}),
    ("peer: ProcessPoolExecutor", 0, {"mode": "pool", "n": 1, "share": 0.2}),
    ("peer: ProcessPoolExecutor, chunks of 16", 0, {"mode": "pool", "n": 16}),
    ("peer: dask", 0, {"mode": "dask", "share": 0.05}),
]
EFFICIENCY: list[Config] = [
    ("counter, 2 workers", 2, {"mode": "busy", "name": "counter", "n": 1}),
    ("self N=1, 2 workers and a manager", 3, {"mode": "busy", "name": "self", "n": 1}),
    ("self N=16, 2 workers and a manager", 3, {"mode": "busy", "name": "self", "n": 16}),
]


def noop(_index: int) -> None:
    """A task that does nothing."""


def spin(_index: int) -> None:
    """A CPU-bound task: a fixed number of loops, so that a rank without a core takes longer."""
    for _ in range(SPINS):
        pass


def timed_spin(spent: array[float], index: int) -> None:
    """A CPU-bound task that adds its time to `spent`."""
    clock = time.perf_counter()
    spin(index)
    spent.append(time.perf_counter() - clock)


def noop_task(_task: Task) -> Counts:
    return NOTHING


def make_noop() -> Callable[[Task], Counts]:
    return noop_task


def on_rank(options: dict[str, object]) -> None:
    """Run one configuration in this process (a rank, or alone); print seconds on the first."""
    global SPINS  # noqa: PLW0603
    SPINS = int(options["spins"])  # type: ignore[call-overload]
    modes = {"counter": ranks_index, "self": ranks_index, "busy": ranks_busy, "run": whole_run}
    modes |= {"futures": mpi_futures, "pool": pool, "dask": dask_peer}
    seconds = modes[str(options["mode"])](options)
    if seconds is not None:
        print(json.dumps(seconds), flush=True)


def ranks_index(options: dict) -> float | None:
    """Hand out numbers over MPI; return seconds a task."""
    from mpi4py import MPI

    seconds = dispatched(MPI.COMM_WORLD, options["mode"], options["n"], options["tasks"], noop)
    return seconds / options["tasks"] if MPI.COMM_WORLD.rank == 0 else None


def ranks_busy(options: dict) -> list[float] | None:
    """Return efficiency, as the module says, and the share of the workers' time inside tasks."""
    from mpi4py import MPI

    comm, tasks, workers = MPI.COMM_WORLD, options["tasks"] // 10, 2
    own = tasks // workers if comm.rank >= comm.size - workers else 0
    efficiencies, insides = [], []
    before = timed(comm, own)
    for _ in range(11):
        spent = array("d")
        handed_out = dispatched(comm, options["name"], options["n"], tasks, partial(timed_spin, spent))
        after = timed(comm, own)
        efficiencies.append((before + after) / 2 / handed_out)
        insides.append(comm.allreduce(sum(spent)) / workers / handed_out)
        before = after
    return [statistics.median(efficiencies), statistics.median(insides)] if comm.rank == 0 else None


def timed(comm, tasks: int) -> float:
    """Return the time from the common start to the end of the last rank's plain loop over its tasks."""
    from jobs.backend.mpi_waiting import wait_for_all

    comm.Barrier()
    clock = time.perf_counter()
    for index in range(tasks):  # a for statement as in `dispatched`: a list comprehension differs by 2 to 8 %
        spin(index)
    ended = time.perf_counter()
    wait_for_all(comm)
    return max(comm.allgather(ended)) - min(comm.allgather(clock))  # one clock for all processes of a machine


def dispatched(comm, name: str, chunk: int, tasks: int, work: Callable[[int], None]) -> float:
    """Return the time of tasks handed out by `counter` or `self`."""
    from mpi4py import MPI

    from jobs.backend.mpi_messages import indices_given, next_chunks, serve
    from jobs.backend.mpi_shared import Counter
    from jobs.backend.mpi_waiting import sharpen_sleep, wait_for_all
    from jobs.distribution import DISTRIBUTIONS
    from jobs.drain import Drain

    drain, ended = Drain(), 0.0
    sharpen_sleep()
    node = comm.Split_type(MPI.COMM_TYPE_SHARED)
    counter = Counter(node, tasks, None, drain) if name == "counter" else None
    ends: array[int] = DISTRIBUTIONS[name].cut(tasks, max(1, comm.size - 1), chunk)
    comm.Barrier()
    clock = time.perf_counter()
    if counter is None and comm.rank == 0:
        serve(comm, next_chunks(ends), drain)
    else:
        for index in counter.chunks() if counter else indices_given(comm, drain):
            work(index)
        ended = time.perf_counter()
        wait_for_all(comm)
    if counter:
        counter.free()
    return max(comm.allgather(ended)) - min(comm.allgather(clock))


def whole_run(options: dict) -> float | None:
    """Run tasks through `run_tasks`, ledger and all."""
    from jobs.run import run_tasks

    launch = LaunchSettings(
        backend=options.get("backend", "mpi"),
        triple=(1, 2, 1),
        distribution=options.get("distribution", "self"),
        tasks_per_message=options.get("n", 1),
        order="as-given",
    )
    plan = (Task(f"t{i:07d}", (), "") for i in range(options["tasks"]))
    summary = run_tasks(lambda: plan, make_noop, launch, options["folder"], "bench", progress=False)
    return summary.seconds / options["tasks"] if summary else None


def mpi_futures(options: dict) -> float | None:
    """mpi4py.futures, one worker and the manager."""
    from mpi4py.futures import MPICommExecutor

    with MPICommExecutor() as executor:
        if executor is None:
            return None
        return mapped(executor, options)


def pool(options: dict) -> float:
    """concurrent.futures.ProcessPoolExecutor with two processes."""
    with ProcessPoolExecutor(2) as executor:
        return mapped(executor, options)


def mapped(executor: Executor, options: dict) -> float:
    """Return seconds a task of an executor that has its processes running."""
    list(executor.map(noop, range(100), chunksize=options["n"]))
    clock = time.perf_counter()
    for _ in executor.map(noop, range(options["tasks"]), chunksize=options["n"]):
        pass
    return (time.perf_counter() - clock) / options["tasks"]


def dask_peer(options: dict) -> float:
    """dask.distributed with two worker processes of one thread."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.gather(client.map(noop, range(100)))
        clock = time.perf_counter()
        client.gather(client.map(noop, range(1000, 1000 + options["tasks"])))
        return (time.perf_counter() - clock) / options["tasks"]


def measure(config: Config, tasks: int, spins: int) -> Measured | None:
    """Run one configuration in processes of its own; return what it measured, None where it cannot run."""
    _, ranks, options = config
    tasks = max(200, int(tasks * float(options.get("share", 1.0))))  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        told = json.dumps(options | {"tasks": tasks, "folder": f"{folder}/ledger", "spins": spins})
        start = [str(find_mpiexec()), "-n", str(ranks)] if ranks else []
        done = subprocess.run(
            [*start, sys.executable, __file__, "--rank", told],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"TRACKMILL_OVERSUBSCRIBE": "1", "PYTHONPATH": str(Path(__file__).parents[1])},
        )
    if done.returncode:
        print(f"{config[0]}: not run: {(done.stderr.strip().splitlines() or ['?'])[-1]}", file=sys.stderr)
        return None
    measured = json.loads(done.stdout.strip().splitlines()[-1])
    return tuple(measured) if isinstance(measured, list) else (measured,)


def calibrate() -> int:
    """Return the loops that take 0.5 ms."""
    loops = 2_000_000
    best = min(_timed(loops) for _ in range(5))
    return int(loops * 0.5e-3 / best)


def _timed(loops: int) -> float:
    clock = time.perf_counter()
    for _ in range(loops):
        pass
    return time.perf_counter() - clock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="configurations whose name holds this text")
    parser.add_argument("--rank", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.rank:
        on_rank(json.loads(arguments.rank))
        return
    spins = calibrate()
    chosen = [c for c in [*CONFIGS, *EFFICIENCY] if arguments.only in c[0]]
    found: dict[str, list[Measured]] = {config[0]: [] for config in chosen}
    for _ in range(arguments.repeats):
        for config in chosen:
            measured = measure(config, arguments.tasks, spins)
            if measured:
                found[config[0]].append(measured)
    show({name: list(zip(*runs, strict=True)) for name, runs in found.items() if runs})


def show(found: dict[str, list[Measured]]) -> None:
    """Print both tables; `found`: for each configuration, what its runs measured, a sequence a quantity."""
    medians = {c[0]: statistics.median(found[c[0]][0]) for c in CONFIGS if c[0] in found}
    peers = [seconds for name, seconds in medians.items() if name.startswith("peer")]
    print(f"{'no-op tasks':<44}{'us/task':>9}{'min':>9}{'max':>9}{'of the cheapest peer':>22}")
    for name, median in medians.items():
        (times,) = found[name]
        ratio = f"{median / min(peers):.3f}" if peers else "-"
        print(f"{name:<44}{median * 1e6:>9.2f}{min(times) * 1e6:>9.2f}{max(times) * 1e6:>9.2f}{ratio:>22}")
    title = "CPU-bound tasks of 0.5 ms, two workers"
    print(f"\n{title:<44}{'efficiency':>11}{'min':>9}{'max':>9}{'inside tasks':>15}")
    for name in (c[0] for c in EFFICIENCY if c[0] in found):
        shares, insides = found[name]
        print(
            f"{name:<44}{statistics.median(shares):>11.1%}{min(shares):>9.1%}{max(shares):>9.1%}"
            f"{statistics.median(insides):>15.1%}"
        )


if __name__ == "__main__":
    main()
