"""Rates of every stage on one core, beside the I/O limit on the same data in the same run.

    .venv/bin/python bench/rates.py [--aircraft 20000] [--hours 1] [--repeats 3] [--out FILE]

Simulated hours (plain CSV) go through organize, archive, process and train, task by task in this process
with one thread. Each repeat times every step once, so that a slow moment of the machine hits all of them;
the table shows the median and the spread. Peers: polars reading the CSV and writing Parquet doing nothing
else, and polars copying the archive's Parquet. Kernels are compiled on a small data set first.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from jobs.threads import apply_threads

apply_threads(1)  # before polars and numba are imported

import polars as pl  # noqa: E402

from data_schemas.config import (  # noqa: E402
    ArchiveSettings,
    EnrichSettings,
    ModelSettings,
    OrganizeSettings,
    ProcessSettings,
    RegistrySettings,
    SimulateSettings,
)
from data_schemas.config.source import RegisterSource  # noqa: E402
from data_schemas.task import Counts, Task, Worker  # noqa: E402
from tracks.archive import archive_task, archive_tasks  # noqa: E402
from tracks.enrich import Enrichment  # noqa: E402
from tracks.leaves import LeafIndex  # noqa: E402
from tracks.models.task import train_task, train_tasks  # noqa: E402
from tracks.organize import hour_files, organize_task, organize_tasks  # noqa: E402
from tracks.process.task import process_task, process_tasks  # noqa: E402
from tracks.registry import build_registry  # noqa: E402
from tracks.simulate import simulate_task, simulate_tasks, write_registry  # noqa: E402

ENRICH = EnrichSettings(
    elevation_grids=("package:topo_5arcmin_demo_usa.tif",), region_file="package:admin1.geojson"
)


def run(tasks: list[Task], worker: Callable[..., Counts], **settings: object) -> list[Counts]:
    """Run all tasks, one after the other."""
    done: Worker = lambda task: worker(task, **settings)  # noqa: E731
    return [done(task) for task in tasks]


def one_pass(folder: Path, simulate: SimulateSettings) -> dict[str, tuple[float, int]]:
    """Time every step once: seconds and rows in (for `train`, seconds of track)."""
    found: dict[str, tuple[float, int]] = {}

    def timed(name: str, work: Callable[[], list[Counts]]) -> list[Counts]:
        start = time.perf_counter()
        counts = work()
        found[name] = time.perf_counter() - start, sum(c.rows_in for c in counts)
        return counts

    raw, register, table = folder / "raw", folder / "register.csv", folder / "registry.parquet"
    timed("simulate", lambda: run(simulate_tasks(raw, simulate), simulate_task, settings=simulate))
    write_registry(register, simulate)
    registry = RegistrySettings(sources=(RegisterSource(format="generic", path=str(register)),))
    build_registry(registry, table)
    leaves = LeafIndex.load(table, registry)
    hours = hour_files([raw])
    timed("peer: polars CSV to Parquet", lambda: [_convert(path) for path in hours])
    organized, archive, tracks = folder / "organized", folder / "archive", folder / "tracks"
    tasks = organize_tasks(hours, organized, "")
    timed("organize", lambda: run(tasks, organize_task, settings=OrganizeSettings(), leaves=leaves))
    merge = archive_tasks(organized, archive, "")
    timed("archive", lambda: run(merge, archive_task, settings=ArchiveSettings()))
    timed("peer: polars Parquet copy", lambda: [_copy(Path(task.output)) for task in merge])
    enrichment = Enrichment.load(ENRICH)
    clean = process_tasks(archive, tracks, "")
    process = ProcessSettings(altitude_mode="baro")
    timed("process, enriched", lambda: run(clean, process_task, settings=process, enrichment=enrichment))
    models = (ModelSettings(),)
    count = train_tasks(tracks, folder / "parts", "")
    timed("train, seconds of track", lambda: run(count, train_task, models=models, altitude_mode="baro"))
    return found


def _convert(path: Path) -> Counts:
    frame = pl.read_csv(path, infer_schema_length=10_000)
    frame.write_parquet(path.with_suffix(".peer"), compression="zstd")
    return Counts(frame.height, frame.height)


def _copy(path: Path) -> Counts:
    frame = pl.read_parquet(path)
    frame.write_parquet(path.with_suffix(".peer"), compression="zstd")
    return Counts(frame.height, frame.height)


def main() -> None:
    """Measure, print the table and write the figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--aircraft", type=int, default=20_000, help="aircraft of the simulated fleet")
    parser.add_argument("--hours", type=int, default=1, help="hours simulated")
    parser.add_argument("--repeats", type=int, default=3, help="how often every step is timed")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    arguments = parser.parse_args()
    simulate = SimulateSettings(aircraft=arguments.aircraft, hours=arguments.hours, form=".csv")
    passes: list[dict[str, tuple[float, int]]] = []
    with tempfile.TemporaryDirectory() as folder:
        one_pass(Path(folder) / "warm", SimulateSettings(aircraft=200, hours=1, form=".csv"))
        passes += [one_pass(Path(folder) / str(n), simulate) for n in range(arguments.repeats)]
    rates = {name: [p[name][1] / p[name][0] for p in passes] for name in passes[0]}
    print(f"{'step':<30}{'rows':>12}{'rows/s, median':>16}{'least':>12}{'most':>12}")
    for name, values in rates.items():
        middle = statistics.median(values)
        print(
            f"{name:<30}{passes[0][name][1]:>12,}{middle:>16,.0f}{min(values):>12,.0f}{max(values):>12,.0f}"
        )
    facts = {
        "rows_per_second": rates,
        "rows": {name: passes[0][name][1] for name in rates},
        "cores": os.cpu_count(),
        "machine": platform.processor() or platform.machine(),
        "python": sys.version.split()[0],
        "versions": {name: version(name) for name in ("trackmill", "polars", "pyarrow", "numba", "numpy")},
    }
    if arguments.out:
        arguments.out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
