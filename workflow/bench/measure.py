"""One measured run: what it took, and where the time of its workers went."""

from __future__ import annotations

import heapq
import os
import shutil
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from data_schemas.config import BenchSettings, LaunchSettings
from jobs.ledger import read_ledger
from jobs.ledger.row import Row
from workflow.bench.cache import prepare_cache
from workflow.bench.data import run_job
from workflow.bench.design import FOREIGN, Configuration
from workflow.bench.others import Others
from workflow.bench.strategies import SINGLE, start
from workflow.bench.work import CPU_US, QUEUED_US, Work
from workflow.stages.stage import Job

_PROBED: Final = 200
"""Tasks of a probe whose launch starts no process for each; else three a worker."""
_MEMORY_GB: Final = 1.0
"""Memory of a process, so that oversubscribed triples fit small machines [GiB]."""


def work_of(one: Configuration, job: Job, settings: BenchSettings, folder: Path) -> Work:
    """Return what a configuration's run is told.

    Parameters
    ----------
    one
        The configuration.
    job
        Its stage on the benchmark's data.
    settings
        Section `bench`.
    folder
        The run's own.
    """
    backend = "mpi" if one.strategy == "futures" else one.strategy.partition("-")[0]
    launch = LaunchSettings(
        triple=(one.triple.nodes, one.triple.processes, one.triple.threads),
        backend="serial" if one.strategy in SINGLE else backend,  # type: ignore[arg-type]
        dask="mpi" if one.strategy == "dask-mpi" else "local",
        order=one.order,  # type: ignore[arg-type]
        distribution=one.distribution,  # type: ignore[arg-type]
        tasks_per_message=one.tasks_per_message,
        memory_gb=_MEMORY_GB,
        seed=settings.seed,
    )
    probe = 0
    if one.role == "probe":
        probe = 3 * one.triple.workers if one.strategy in SINGLE else _PROBED
    warm_up = one.role == "calibration" and one.strategy == "serial"
    few = settings.strategy_tasks if one.few else None
    work = Work(run_job(job, folder), launch, one.strategy, few, probe, warm_up)
    return replace(work, listed=tuple(work.ordered())) if one.strategy in SINGLE else work


def measure(
    one: Configuration, job: Job, settings: BenchSettings, folder: Path
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run a configuration once; return its row of table `bench_runs` and its rows of `bench_tasks`.

    Both lack the number of the run and the round.
    """
    shutil.rmtree(folder, ignore_errors=True)
    work = work_of(one, job, settings, folder)
    work.job.ledger.mkdir(parents=True)
    file = folder / "work.pickle"
    work.save(file)
    resident = 1.0
    if one.role != "probe":
        resident = prepare_cache((path for task in work.plan() for path in task.inputs), one.cache)
    others, submitted_at_s, clock = Others(), time.time(), time.monotonic()
    error = start(work, file)
    job_s = time.monotonic() - clock
    others_core_s = None if _on_slurm(one) else others.core_s()
    rows = [row for row in read_ledger(work.job.ledger) if row.done]
    expected = len(work.plan())
    if error is None and len(rows) != expected:
        error = f"{len(rows)} of {expected} tasks done"
    tasks = _tasks(rows, submitted_at_s, one)
    shutil.rmtree(folder, ignore_errors=True)
    facts = described(one) | {
        "role": one.role,
        "status": "failed" if error else "done",
        "error": error,
        "submitted_at_s": submitted_at_s,
        "resident": resident,
        "others_core_s": others_core_s,
    }
    return facts | taxes(tasks, one, job_s), tasks


def described(one: Configuration) -> dict[str, Any]:
    """Return the columns that name a configuration."""
    triple = one.triple
    return {
        "configuration": one.name,
        "groups": list(one.groups),
        "stage": one.stage,
        "strategy": one.strategy,
        "nodes": triple.nodes,
        "processes": triple.processes,
        "threads": triple.threads,
        "order": one.order,
        "distribution": one.distribution,
        "tasks_per_message": one.tasks_per_message,
        "cache": one.cache,
        "oversubscribed": triple.total_threads > len(os.sched_getaffinity(0)) and not _on_slurm(one),
        "virtual_nodes": triple.nodes > 1 and not _on_slurm(one),
    }


def _on_slurm(one: Configuration) -> bool:
    return one.strategy.startswith("slurm")


def _tasks(rows: Sequence[Row], submitted_at_s: float, one: Configuration) -> list[dict[str, Any]]:
    ordered = sorted(rows, key=lambda row: (row.started_at_s, row.task))
    workers = [row.worker for row in ordered]
    if one.strategy in FOREIGN and one.role == "probe":
        # Tasks that take no time are in nobody's way: each place starts as many as the others.
        workers = [1 + place % one.triple.workers for place in range(len(ordered))]
    elif one.strategy in FOREIGN:
        workers = slots([(row.started_at_s, row.started_at_s + row.seconds) for row in ordered])
    return [
        {
            "task": row.task,
            "worker": worker,
            "node": row.node,
            "start_s": row.started_at_s - submitted_at_s,
            "seconds": row.seconds,
            "cpu_s": row.made.get(CPU_US, 0) / 1e6,
            "queued_s": row.made.get(QUEUED_US, 0) / 1e6,
            "rows_in": row.rows_in,
            "bytes_in": row.bytes_in,
            "cost": row.cost,
            "peak_rss_bytes": row.peak_rss_bytes,
        }
        for row, worker in zip(ordered, workers, strict=True)
    ]


def slots(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Return a slot from 1 for each span of time, in the order of their starts: the lowest that is free."""
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    found = []
    for begin, end in spans:
        while busy and busy[0][0] <= begin:
            heapq.heappush(free, heapq.heappop(busy)[1])
        slot = heapq.heappop(free) if free else len(busy) + 1
        heapq.heappush(busy, (end, slot))
        found.append(slot)
    return found


def taxes(tasks: Sequence[dict[str, Any]], one: Configuration, job_s: float) -> dict[str, Any]:
    """Return where the time of a run's workers went: columns of table `bench_runs`.

    Workers × job time = busy + launch + dispatch + barrier, exactly. A worker without tasks is taken to have
    been ready when the first task started.

    Parameters
    ----------
    tasks
        Rows of table `bench_tasks`, by start.
    one
        The configuration.
    job_s
        Duration of the run [s].
    """
    seats: dict[int, list[dict[str, Any]]] = {}
    for task in tasks:
        seats.setdefault(task["worker"], []).append(task)
    workers = max(one.triple.workers, len(seats))
    launch_s = min((task["start_s"] for task in tasks), default=0.0)
    ends = [_end(mine[-1]) for mine in seats.values()]
    idle = workers - len(seats)
    busy = [sum(task["seconds"] for task in mine) for mine in seats.values()] + [0.0] * idle
    begun = sum(mine[0]["start_s"] for mine in seats.values()) + idle * launch_s
    ended = sum(ends) + idle * launch_s
    turns = [b["start_s"] - _end(a) for mine in seats.values() for a, b in pairwise(mine)]
    rows = sum(task["rows_in"] for task in tasks)
    cores = workers * one.triple.threads
    waited = [max(0.0, task["seconds"] - task["cpu_s"] - task["queued_s"]) for task in tasks]
    return {
        "tasks": len(tasks),
        "workers": workers,
        "job_s": job_s,
        "launch_s": launch_s,
        "turn_s": statistics.median(turns) if turns else 0.0,
        "end_s": job_s - max(ends, default=0.0),
        "busy_min_s": min(busy),
        "busy_median_s": statistics.median(busy),
        "busy_max_s": max(busy),
        "imbalance": max(busy) * workers / sum(busy) - 1 if sum(busy) else 0.0,
        "busy_core_s": sum(busy),
        "launch_core_s": begun,
        "dispatch_core_s": ended - begun - sum(busy),
        "barrier_core_s": workers * job_s - ended,
        "io_core_s": sum(waited),
        "queued_core_s": sum(task["queued_s"] for task in tasks),
        "cpu_core_s": sum(task["cpu_s"] for task in tasks),
        "rows": rows,
        "rows_per_s": rows / job_s,
        "core_s_per_billion_rows": cores * job_s / rows * 1e9 if rows else 0.0,
        "peak_rss_bytes": max((task["peak_rss_bytes"] for task in tasks), default=0),
    }


def _end(task: dict[str, Any]) -> float:
    return float(task["start_s"] + task["seconds"])
