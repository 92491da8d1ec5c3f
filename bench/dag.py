"""What the graph of jobs costs the login node: `snakemake -n` on a large run, its files simulated as empty.

    python bench/dag.py [--hours 2400] [--leaves 50000]

The same run at a hundredth of its size and whole; at the start, and with the hours organized and archived.
The jobs are Snakemake's; the tasks within them are the launcher's business.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from workflow.layout import Layout

ROOT = Path(__file__).parents[1]


def simulate(folder: Path, hours: int, leaves: int) -> Path:
    """Write a configuration, and empty raw hours and leaves where it looks for them."""
    raw, archive = folder / "raw", folder / "results" / "large" / "archive"
    raw.mkdir(parents=True)
    for hour in range(hours):
        (raw / f"states_{hour:05d}.csv.tar").touch()
    for leaf in range(leaves):
        place = archive / f"{2018 + leaf % 3}" / f"{leaf // 1000:03d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{leaf:06d}.parquet").touch()
    config = folder / "config.yaml"
    tree = {"results": str(folder / "results"), "datasets": {"large": {"raw": str(raw)}}}
    tree["registry"] = {"sources": [{"format": "generic", "path": "package:aircraft.csv"}]}
    config.write_text(yaml.safe_dump(tree))
    return config


def finish(results: Path, *stages: str) -> None:
    """Have Snakemake see these stages as done."""
    layout = Layout(results)
    for file in (layout.registry, *layout.registry_beside):
        file.touch()
    for stage in stages:
        summary = results / "large" / "ledger" / f"{stage}.json"
        summary.parent.mkdir(parents=True, exist_ok=True)
        summary.touch()


def dry_run(config: Path) -> tuple[int, float, float]:
    """Return the jobs of a dry run, its seconds and its peak memory [MB]."""
    words = [sys.executable, "-m", "snakemake", "-n", "--quiet", "rules", "--cores", "1", "--configfile"]
    clock = time.perf_counter()
    with subprocess.Popen(
        [*words, str(config)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        told = run.stdout.read().decode()  # type: ignore[union-attr]
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - clock
    total = re.search(r"^total +(\d+)", told, re.MULTILINE)
    if run.returncode or total is None:
        raise SystemExit(told)
    return int(total[1]), seconds, used.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=int, default=2400)
    parser.add_argument("--leaves", type=int, default=50_000)
    arguments = parser.parse_args()
    print(f"{'hours':>8}{'leaves':>8}  {'done before':<22}{'jobs':>6}{'s':>8}{'MB':>8}")
    for part in (100, 1):
        hours, leaves = arguments.hours // part, arguments.leaves // part
        with tempfile.TemporaryDirectory() as name:
            config = simulate(Path(name), hours, leaves)
            for done in ((), ("organize", "archive")):
                if done:
                    finish(Path(name) / "results", *done)
                jobs, seconds, megabytes = dry_run(config)
                before = ", ".join(done) or "nothing"
                print(f"{hours:>8}{leaves:>8}  {before:<22}{jobs:>6}{seconds:>8.1f}{megabytes:>8.0f}")


if __name__ == "__main__":
    main()
