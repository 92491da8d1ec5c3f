"""Rates of sampling on one core: drawing tracks, writing them, and both.

    .venv/bin/python bench/sample.py MODEL [--seconds 120] [--tracks 40000] [--repeats 5]

Track-seconds a second of one thread, in this process, after the kernels are compiled. `draw` fills the arrays
of the columns, `table` makes rows of them, `parquet` draws and writes one file a block at a time as
`trackmill sample` does. Each repeat does every step once; the table shows the median and the spread.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from jobs.threads import apply_threads

apply_threads(1)  # before polars and numba are imported

from tracks.models.file import read_model  # noqa: E402
from tracks.models.sample import Sampler  # noqa: E402
from tracks.models.sample_tasks import write_tracks  # noqa: E402


def one_pass(model: Path, folder: Path, tracks: int, seconds: int) -> dict[str, float]:
    """Return the CPU seconds of every step."""
    network = read_model(model)
    found = {}
    for name, reject in (("all tracks", False), ("rejecting", True)):
        sampler = Sampler(network, seconds, 7, reject=reject)
        first = time.process_time()
        for begin in range(0, tracks, sampler.block):
            sampler.values(begin, min(sampler.block, tracks - begin))
        found[f"draw, {name}"] = time.process_time() - first
        first = time.process_time()
        for _ in sampler.blocks(0, tracks):
            pass
        found[f"draw and table, {name}"] = time.process_time() - first
        for form in ("parquet", "waypoints"):
            first = time.process_time()
            write_tracks(folder / form, sampler, 0, tracks, form)
            found[f"draw and {form}, {name}"] = time.process_time() - first
    return found


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="model file")
    parser.add_argument("--tracks", type=int, default=40_000, help="tracks drawn in each step")
    parser.add_argument("--seconds", type=int, default=120, help="length of a track")
    parser.add_argument("--repeats", type=int, default=5, help="how often every step is timed")
    arguments = parser.parse_args()
    total = arguments.tracks * arguments.seconds
    with tempfile.TemporaryDirectory() as folder:
        one_pass(arguments.model, Path(folder), 1000, arguments.seconds)
        passes = [
            one_pass(arguments.model, Path(folder), arguments.tracks, arguments.seconds)
            for _ in range(arguments.repeats)
        ]
    print(f"{total:,} track-seconds{'millions a second: median':>32}{'least':>9}{'most':>9}")
    for name in passes[0]:
        rates = [total / p[name] / 1e6 for p in passes]
        print(f"{name:<42}{statistics.median(rates):>12.1f}{min(rates):>9.1f}{max(rates):>9.1f}")


if __name__ == "__main__":
    main()
