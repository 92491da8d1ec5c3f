"""The whole benchmark: data, runs within the budget, model, extrapolation, and the files that hold them."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.config import BenchSettings, Config
from data_schemas.files import complete_file, write_text
from data_schemas.table import Table
from data_schemas.tables.bench import BENCH_EXTRAPOLATION, BENCH_MODEL, BENCH_RUNS, BENCH_TASKS
from jobs.node import this_node
from jobs.triple import Triple
from workflow.bench.cache import HOW_COLD
from workflow.bench.data import prepare_data
from workflow.bench.design import Configuration, design, rounds
from workflow.bench.extrapolate import CSV_BYTES, extrapolated, file_times, large_costs, of_full_nodes, reason
from workflow.bench.machine import processor, versions
from workflow.bench.measure import measure
from workflow.bench.model import Fed, Run, compared, median_error
from workflow.bench.strategies import cannot_run
from workflow.stages.registered import BY_NAME
from workflow.stages.stage import Job

SUMMARY: Final = "bench.json"
_PACKAGES: Final = (
    "trackmill",
    "numpy",
    "polars",
    "pyarrow",
    "numba",
    "mpi4py",
    "mpich",
    "distributed",
    "snakemake",
)


def run_bench(config: Config, out: Path) -> dict[str, Any]:
    """Measure, predict, extrapolate and write; return what `bench.json` holds.

    Raises
    ------
    StageFailedError
        The data could not be made.
    """
    settings = config.bench
    cores = this_node().cores
    not_run = {name: why for name in settings.strategies if (why := cannot_run(name))}
    runnable = [*settings.strategies, "serial", "process", "mpi"]
    configurations = design(settings, cores, [name for name in runnable if cannot_run(name) is None])
    jobs = prepare_data(config, {one.stage for one in configurations}, out / "data")
    for stage, job in jobs.items():
        _say(f"{stage}: a run that is not counted, in which what is not yet compiled is")
        measure(Configuration(stage, "serial", Triple(1, 1, 1), few=True), job, settings, out / "run")
    runs, rows, left_out = _measured(configurations, jobs, settings, out)
    plans = {stage: BY_NAME[stage].plan(job) for stage, job in jobs.items()}
    fed = Fed(runs, plans, settings, cores)
    model, far = compared(runs, fed), extrapolated(runs, fed, settings, cores)
    facts = {
        "machine": _machine(cores),
        "settings": settings.model_dump(mode="json"),
        "cold_cache": HOW_COLD,
        "not_run": not_run,
        "failed": {row["configuration"]: row["error"] for row in rows if row["error"]},
        "left_out": dict(sorted(left_out.items())),
        "model": {
            "median_error": median_error(model),
            "configurations": len(model),
            **_fed(fed, runs, cores),
        },
        "recommendations": _recommendations(far, settings),
    }
    _write(out, BENCH_RUNS, rows)
    _write(out, BENCH_TASKS, [{"run": run.facts["run"], **task} for run in runs for task in run.tasks])
    _write(out, BENCH_MODEL, model)
    _write(out, BENCH_EXTRAPOLATION, far)
    write_text(out / SUMMARY, json.dumps(facts, indent=1) + "\n")
    return facts


def _measured(
    configurations: Sequence[Configuration], jobs: Mapping[str, Job], settings: BenchSettings, out: Path
) -> tuple[list[Run], list[dict[str, Any]], Counter[str]]:
    """Return the runs that were done, the rows of all runs, and how many of a configuration were left out.

    A configuration that failed is not tried again. An interrupt ends the budget.
    """
    ends_at = time.monotonic() + 60 * settings.minutes
    runs: list[Run] = []
    rows: list[dict[str, Any]] = []
    failed: set[Configuration] = set()
    left_out: Counter[str] = Counter()
    for number, one_round in enumerate(rounds(configurations, settings), start=1):
        for place, one in enumerate(one_round, start=1):
            if one in failed:
                continue
            if time.monotonic() > ends_at:
                left_out[one.name] += 1
                continue
            _say(f"round {number} of {settings.repeats}, {place} of {len(one_round)}: {one.name}")
            try:
                facts, tasks = measure(one, jobs[one.stage], settings, out / "run")
            except KeyboardInterrupt:  # what was measured is kept and evaluated
                ends_at = 0.0
                left_out[one.name] += 1
                continue
            facts = {"run": len(rows) + 1, "round": number, **facts}
            rows.append(facts)
            if facts["error"]:
                failed.add(one)
                _say(f"  failed: {facts['error']}")
            else:
                runs.append(Run(one, facts, tasks))
    return _alike(runs, rows), rows, left_out


def _alike(runs: Sequence[Run], rows: Sequence[dict[str, Any]]) -> list[Run]:
    """Return the runs whose tasks read the rows that those of the first run of their stage did.

    A time counts only if the work was done: each task has as many rows in every run.
    """
    expected: dict[tuple[str, str], int] = {}
    kept = []
    for run in runs:
        stage = run.configuration.stage
        if all(expected.setdefault((stage, t["task"]), t["rows_in"]) == t["rows_in"] for t in run.tasks):
            kept.append(run)
        else:
            row = rows[run.facts["run"] - 1]
            row |= {"status": "failed", "error": "its tasks did not read the rows that others read"}
    return kept


def _machine(cores: int) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "node": platform.node(),
        "system": platform.platform(),
        "processor": processor(),
        "cores": cores,
        "memory_bytes": psutil.virtual_memory().total,
        "load_average": os.getloadavg(),
        "python": platform.python_version(),
        "packages": versions(_PACKAGES),
    }


def _fed(fed: Fed, runs: Sequence[Run], cores: int) -> dict[str, Any]:
    """Return the numbers behind the model, for a reader to judge it by."""
    costs, times = large_costs(fed, cores), file_times(runs)
    return {
        "sharing": {stage: fed.sharing(stage) for stage in sorted({run.configuration.stage for run in runs})},
        "costs_extrapolated": None
        if costs is None
        else {name: getattr(costs, name) for name in costs.__slots__},
        "file_fixed_s": None if times is None else times.fixed_s,
        "file_s_per_million_rows": None if times is None else times.s_per_row * 1e6,
        "assumptions": ASSUMPTIONS,
    }


ASSUMPTIONS: Final = (
    "about as many files and bytes as the data sets of Weinert et al. (2021); section bench sets them",
    "sizes of files log-normal with the sigma of the settings, in no order of time",
    f"{CSV_BYTES:.0f} bytes of CSV a row; a row takes what one of this run took in stage 1, with its scatter",
    "one core a rank; a file system that gives every rank what this machine's gave",
    "processes of a full node slow each other down as all cores did here, one alone does not, between evenly",
    "nodes start side by side: the launch takes what it took here",
    "a manager answers a message in the time it took here, on cores it shared with the workers",
)


def _recommendations(rows: Sequence[dict[str, Any]], settings: BenchSettings) -> dict[str, Any]:
    found = {}
    for row in rows:
        if row["recommended"]:
            mine = of_full_nodes([other for other in rows if other["data"] == row["data"]], settings)
            names = ("order", "distribution", "tasks_per_message", "ranks", "job_s")
            triple = [row["nodes"], row["processes"], row["threads"]]
            found[row["data"]] = {"triple": triple, **{name: row[name] for name in names}}
            found[row["data"]]["reason"] = reason(mine, row)
    return found


def _write(out: Path, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write a table to `<its name without bench_>.parquet`."""
    with complete_file(out / f"{table.name.removeprefix('bench_')}.parquet") as part:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=table.schema()), part, compression="zstd")


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
