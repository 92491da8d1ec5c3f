"""What one pass saves: stages 2 to 5 one by one beside the fused pass, on the same data in the same run.

    python -m bench.fuse [--hours 4] [--aircraft 4000] [--repeats 3] [--json FILE]

Simulated hours are organized once; then archive, process, statistics and train are run as `trackmill run`
does, each started anew with two workers, and after them the fused pass (fuse.from_stage: archive, no tracks).
Both must make the same models, byte for byte, or nothing is said. Three taxes, in seconds of a worker:

launch    from the start of the command to each worker's first task, and from the last task until it returns
barrier   workers that have nothing left to do while the slowest task of the stage runs (from the ledgers)
locality  writing the tracks, and reading archive and tracks again, in processor time of one process

Times are wall clock but for locality; medians of the repeats, the first of which compiles kernels if none are
cached. On a machine that others use they vary.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics as averages
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from jobs.threads import apply_threads

apply_threads(1)  # before polars and numba are imported

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import yaml  # noqa: E402

from bench.suite.stages import SETTINGS  # noqa: E402
from data_schemas.config import ModelSettings, ProcessSettings  # noqa: E402
from jobs.ledger import read_ledger  # noqa: E402
from tracks.models.leaf import needed  # noqa: E402
from tracks.process.leaf_file import read_observations  # noqa: E402
from tracks.process.write import tracks_writer  # noqa: E402
from tracks.statistics.counter import NEEDED  # noqa: E402
from tracks.track_rows import read_rows  # noqa: E402

SINGLE = ("archive", "process", "statistics", "train")
WORKERS = 2
HOURS_PER_LEAF = 20_000
"""Some 40 leaves of the default fleet."""
_NAME = "simulation"
_LAUNCH = ("--backend", "process", "--triple", f"1,{WORKERS},1")


def trackmill(*words: object) -> None:
    """Run a command, or end with what it said."""
    command = [sys.executable, "-m", "workflow.cli.main", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"trackmill {words[0]}: {done.stderr[-2000:]}")


def prepare(folder: Path, hours: int, aircraft: int) -> Path:
    """Simulate and organize; return the configuration."""
    trackmill("simulate", folder, "--set", f"hours={hours}", "--set", f"aircraft={aircraft}")
    file = folder / "config.yaml"
    tree = yaml.safe_load(file.read_text()) | SETTINGS | {"results": str(folder / "single")}
    tree["registry"]["leaves"] = {"hours_per_leaf": HOURS_PER_LEAF}
    file.write_text(yaml.safe_dump(tree))
    trackmill("registry", "build", "--config", file)
    trackmill("organize", "--config", file, *_LAUNCH)
    return file


def taxes(stage: str, config: Path, results: Path) -> dict[str, float]:
    """Run a stage on two workers; return its wall time and the workers' seconds before, between and after."""
    start_s = time.time()
    trackmill("run", stage, "--config", config, *_LAUNCH)
    end_s = time.time()
    rows = read_ledger(results / _NAME / "ledger" / stage)
    first = {row.worker: row.started_at_s for row in sorted(rows, key=lambda row: -row.started_at_s)}
    ends = {w: max(r.started_at_s + r.seconds for r in rows if r.worker == w) for w in first}
    idle = WORKERS - len(first)  # workers that got no task
    last_s = max(ends.values())
    return {
        "wall": end_s - start_s,
        "launch": sum(s - start_s for s in first.values()) + WORKERS * (end_s - last_s),
        "barrier": sum(last_s - s for s in ends.values()) + idle * (last_s - start_s),
    }


def timed(work: Callable[[], object]) -> float:
    """Return the processor time of something [s]."""
    start_s = time.process_time()
    work()
    return time.process_time() - start_s


def locality(results: Path) -> tuple[float, int]:
    """Return the seconds to write the tracks and to read archive and tracks again, and the bytes written."""
    archive = sorted((results / _NAME / "archive").rglob("*.parquet"))
    tracks = sorted((results / _NAME / "tracks").rglob("*.parquet"))

    def write(tables: Iterable[tuple[pa.Table, Path]]) -> None:
        for table, path in tables:
            with tracks_writer(path, table.schema, ProcessSettings()) as take:
                take(table)

    def read() -> None:
        for leaf in archive:
            for _ in read_observations(leaf):
                pass
        for leaf in tracks:
            pq.read_table(leaf, columns=list(NEEDED), partitioning=None)
            for _ in read_rows(leaf, needed((ModelSettings(),), "both")):
                pass

    with tempfile.TemporaryDirectory() as name:
        held = [
            (pq.read_table(leaf, partitioning=None), Path(name) / f"{i}.parquet")
            for i, leaf in enumerate(tracks)
        ]
        seconds = timed(lambda: write(held)) + timed(read)
    return seconds, sum(leaf.stat().st_size for leaf in tracks)


def models(results: Path) -> dict[str, bytes]:
    """Return every model file."""
    return {path.name: path.read_bytes() for path in sorted((results / _NAME / "models").glob("*.txt"))}


def one_repeat(folder: Path, config: Path) -> dict[str, float]:
    """Run both ways from the organized hours on; return the taxes."""
    found: dict[str, float] = {}
    for way, stages in (("single", SINGLE), ("fused", ("fuse",))):
        results = folder / way
        fuse = {"from_stage": "archive" if way == "fused" else "none"}
        own = folder / f"{way}.yaml"
        own.write_text(
            yaml.safe_dump(yaml.safe_load(config.read_text()) | {"results": str(results), "fuse": fuse})
        )
        for name in ("archive", "tracks", "fused", "statistics", "models", "ledger"):
            shutil.rmtree(results / _NAME / name, ignore_errors=True)
        (results / _NAME).mkdir(parents=True, exist_ok=True)
        for name in ("registry.parquet", f"{_NAME}/organized"):
            if not (results / name).exists():
                (results / name).symlink_to(folder / "single" / name)
        for stage in stages:
            for tax, seconds in taxes(stage, own, results).items():
                found[f"{way} {tax}"] = found.get(f"{way} {tax}", 0.0) + seconds
    single, fused = models(folder / "single"), models(folder / "fused")
    if not single or single != fused:
        sys.exit("the models differ: nothing to compare" if single else "no model was made")
    found["locality"], found["bytes"] = locality(folder / "single")
    return found


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=int, default=4, help="simulated hours")
    parser.add_argument("--aircraft", type=int, default=4000, help="simulated aircraft")
    parser.add_argument("--repeats", type=int, default=3, help="how often both ways are run")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        config = prepare(Path(name), arguments.hours, arguments.aircraft)
        repeats = [one_repeat(Path(name), config) for _ in range(arguments.repeats)]
    middle = {what: averages.median(one[what] for one in repeats) for what in repeats[0]}
    figures = {
        "job time, single stages, s": round(middle["single wall"], 2),
        "job time, fused, s": round(middle["fused wall"], 2),
        "launch tax, single → fused, worker s": _pair(middle, "launch"),
        "barrier tax, single → fused, worker s": _pair(middle, "barrier"),
        "locality tax saved, processor s": round(middle["locality"], 2),
        "tracks not written, MB": round(middle["bytes"] / 1e6, 1),
    }
    width = max(map(len, figures))
    print("\n".join(f"{what:<{width}}  {value:>16}" for what, value in figures.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")


def _pair(middle: dict[str, float], tax: str) -> str:
    return f"{middle[f'single {tax}']:.2f} → {middle[f'fused {tax}']:.2f}"


if __name__ == "__main__":
    main()
