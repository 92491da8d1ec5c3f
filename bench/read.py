"""Reading of raw hours on one core: rows a second, and memory of long files. Peers are in `bench/suite`.

    .venv/bin/python bench/read.py [--aircraft 20000] [--repeats 5] [--hours FILE ...]

A simulated hour, all digits as the simulator writes them, as `.csv` and as `.csv.tar` (gzip within), and any
hour files named. `read_blocks` gives parsed, converted columns. Beside the tar stands its unpacking alone.
Every repeat does every step once; processor time of all threads, median, and elapsed time, the least (other
work on the machine only adds to it). Memory: the peak of a process that reads a file, and of one that reads
its header.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jobs.threads import apply_threads

apply_threads(1)  # before polars and numba are imported

from data_schemas.config import SimulateSettings  # noqa: E402
from tracks.raw import hour_files, read_blocks  # noqa: E402
from tracks.raw.containers import open_text, read_through  # noqa: E402
from tracks.simulate import simulate_task, simulate_tasks  # noqa: E402

PEAK = """
import sys
from pathlib import Path
from tracks.raw import read_blocks
rows = sum(len(block) for block in read_blocks(sys.argv[1]))
print(rows, int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) >> 10)
"""


def simulated(folder: Path, aircraft: int, form: str) -> Path:
    """Write an hour and return its file."""
    settings = SimulateSettings(aircraft=aircraft, hours=1, form=form)
    for task in simulate_tasks(folder, settings):
        simulate_task(task, settings=settings)
    return hour_files([folder])[0]


def rows_of(file: Path) -> int:
    return sum(len(block) for block in read_blocks(file))


def measure(steps: dict[str, tuple[int, Callable[[], object]]], repeats: int) -> None:
    """Do every step once a repeat, after one that compiles and warms; print rows a second."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    for repeat in range(repeats + 1):
        for name, (_, work) in steps.items():
            cpu, elapsed = time.process_time(), time.perf_counter()
            work()
            if repeat:
                found[name].append((time.process_time() - cpu, time.perf_counter() - elapsed))
    print(f"{'step':<40}{'rows':>10}{'rows/s, processor':>19}{'rows/s, elapsed':>17}")
    for name, (rows, _) in steps.items():
        processor, clock = zip(*found[name], strict=True)
        cpu, elapsed = statistics.median(processor), min(clock)
        print(f"{name:<40}{rows:>10,}{rows / cpu:>19,.0f}{rows / elapsed:>17,.0f}")


def peak(file: Path) -> tuple[int, int]:
    """Return the rows of a file and the peak memory, MiB, of a process that reads it."""
    done = subprocess.run([sys.executable, "-c", PEAK, file], check=True, capture_output=True, text=True)
    rows, mebibytes = done.stdout.split()
    return int(rows), int(mebibytes)


def memory(file: Path, folder: Path) -> None:
    """Print peaks for the header of a file alone, the file, and its lines ten times."""
    with open_text(file) as stream:
        header, _, lines = stream.read().partition(b"\n")
    for name, times in (("header alone", 0), ("file", 1), ("its lines ten times", 10)):
        text = folder / f"{times}.csv"
        with text.open("wb") as out:
            out.write(header + b"\n")
            for _ in range(times):
                out.write(lines)
        rows, mebibytes = peak(text)
        print(f"{name:<24}{rows:>12,} rows{text.stat().st_size >> 20:>8,} MiB{mebibytes:>8,} MiB at most")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--aircraft", type=int, default=20_000, help="aircraft of the simulated fleet")
    parser.add_argument("--repeats", type=int, default=5, help="how often every step is timed")
    parser.add_argument(
        "--hours", type=Path, nargs="*", default=[], help="further hour files or folders of them"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain, tar = (simulated(folder / form[1:], arguments.aircraft, form) for form in (".csv", ".csv.tar"))
        rows = rows_of(plain)
        steps: dict[str, tuple[int, Callable[[], object]]] = {
            "read_blocks, csv": (rows, lambda: rows_of(plain)),
            "read_blocks, tar with gzip": (rows, lambda: rows_of(tar)),
            "unpacking of the tar alone": (rows, lambda: read_through(tar, tar.name)),
        }
        if arguments.hours:
            files = hour_files(arguments.hours)
            count = sum(map(rows_of, files))
            steps[f"read_blocks, {len(files)} files named"] = count, lambda: [rows_of(file) for file in files]
        measure(steps, arguments.repeats)
        memory(plain, folder)


if __name__ == "__main__":
    main()
