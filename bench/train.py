"""Counting of stage 5 on one core: seconds of track a second, beside general tools on the same data.

    .venv/bin/python bench/train.py [--seconds 2000000] [--repeats 5]

Synthetic tracks (1 Hz, slowly varying, 600 s a segment), the default kind of model. `count` is of columns in
memory: the joint histogram, the three transition tables, changes and repeats. `train_task` reads a leaf from
Parquet, counts and writes. Peers: `numpy.histogramdd` and `polars` group-by make the joint histogram alone of
the columns in memory; reading the leaf's columns is the part of `train_task` that is not ours. Every repeat
times every step once; processor time, the median and the spread; a step counts only if its sum is right.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jobs.threads import apply_threads

apply_threads(1)  # before polars and numba are imported

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from data_schemas.config import ModelSettings  # noqa: E402
from data_schemas.tables.tracks import TRACKS  # noqa: E402
from data_schemas.task import Task  # noqa: E402
from tracks.models.counts import Counter  # noqa: E402
from tracks.models.leaf import needed  # noqa: E402
from tracks.models.task import train_task, train_tasks  # noqa: E402
from tracks.track_rows import ROWS_AT_ONCE, read_rows  # noqa: E402

SEGMENT_S = 600
SETTINGS = ModelSettings()


def observations(seconds: int) -> dict[str, np.ndarray]:
    """Return slowly varying values of every variable, all of them observations."""
    t = np.arange(seconds, dtype=np.float64)
    noise = np.random.default_rng(1).normal(0, 1, (4, seconds))
    return {
        "G": np.ones(seconds, np.int8),
        "A": np.where(t % 4000 < 500, 3, 4).astype(np.int8),
        "L": np.round(2000 + 1900 * np.sin(t / 700)),
        "v": 110 + 60 * np.sin(t / 900) + noise[0],
        "dv": 0.6 * np.sin(t / 40) + 0.1 * noise[1],
        "dh": 500 * np.sin(t / 300) + 60 * noise[2],
        "dpsi": np.where(t % 120 < 20, 3.0, 0.0) + 0.4 * noise[3],
    }


def ours(columns: dict[str, np.ndarray], follows: np.ndarray, group: np.ndarray) -> int:
    """Count batch by batch, as a task does."""
    counter = Counter(SETTINGS)
    for first in range(0, len(group), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        counter.add({n: c[rows] for n, c in columns.items()}, follows[rows], group[rows])
    return counter.tables("all").observations


def edges() -> list[np.ndarray]:
    """Return bin edges of every variable, the outer bins open."""
    cuts = [SETTINGS.cuts_of(n) or np.arange(SETTINGS.bins_of(n) + 1) + 0.5 for n in SETTINGS.variables]
    return [np.array([-np.inf, *c[1:-1], np.inf]) for c in cuts]


def with_numpy(columns: dict[str, np.ndarray]) -> int:
    """Count the joint histogram with numpy.histogramdd."""
    bounded = [np.clip(e, -1e9, 1e9) for e in edges()]
    return int(np.histogramdd(np.column_stack([columns[n] for n in SETTINGS.variables]), bounded)[0].sum())


def with_polars(columns: dict[str, np.ndarray]) -> int:
    """Count the joint histogram with polars: bins by comparison, then a group-by."""
    bins = [
        pl.sum_horizontal(*(pl.col(n) >= cut for cut in e[1:-1])).cast(pl.Int8).alias(n)
        for n, e in zip(SETTINGS.variables, edges(), strict=True)
    ]
    found = pl.DataFrame(columns).lazy().select(bins).group_by(SETTINGS.variables).len().collect()
    return int(found["len"].sum())


def leaf(columns: dict[str, np.ndarray], folder: Path) -> None:
    """Write the same seconds as a leaf of tracks of one aircraft."""
    count = len(columns["G"])
    own = {
        "icao24": np.full(count, "A00001"),
        "segment": np.arange(count) // SEGMENT_S,
        "time_s": np.arange(count) + 100 * (np.arange(count) // SEGMENT_S),
        "squawk": np.full(count, 1200),
        "alt_baro_ft_agl": columns["L"],
        "speed_estimate_kt": columns["v"],
        "dv_estimate_kt_s": columns["dv"],
        "dh_baro_ft_s": columns["dh"] / 60,
        "dpsi_deg_s": columns["dpsi"],
        "onground": np.zeros(count, bool),
        **{n: columns[n] for n in "GA"},
    }
    arrays = []
    for column in TRACKS.columns:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        arrays.append(pa.array(own.get(column.name, np.zeros(count))).cast(kind))
    path = folder / "year=2020" / "aircraft_type=Other" / "Seats_1_10" / "leaf.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(arrays, names=TRACKS.names).cast(TRACKS.schema()), path, compression="zstd")


def read(task: Task) -> int:
    """Read the columns that are counted, and do nothing with them."""
    return sum(len(rows) for rows in read_rows(Path(task.inputs[0]), needed((SETTINGS,), "baro")))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=2_000_000, help="seconds of track")
    parser.add_argument("--repeats", type=int, default=5, help="how often every step is timed")
    arguments = parser.parse_args()
    columns = observations(arguments.seconds)
    follows = np.arange(arguments.seconds) % SEGMENT_S != 0
    group = np.ones(arguments.seconds, np.int8)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        leaf(columns, folder / "tracks")
        (task,) = train_tasks(folder / "tracks", folder / "parts", "")
        steps: dict[str, Callable[[], int]] = {
            "count, in memory": lambda: ours(columns, follows, group),
            "train_task, from Parquet": lambda: (
                train_task(task, models=(SETTINGS,), altitude_mode="baro").rows_out
            ),
            "peer: reading the leaf": lambda: read(task),
            "peer: numpy.histogramdd": lambda: with_numpy(columns),
            "peer: polars group-by": lambda: with_polars(columns),
        }
        found: dict[str, list[float]] = {step: [] for step in steps}
        for step, work in steps.items():  # compiles the kernels, and checks
            if (sums := work()) != arguments.seconds:
                parser.error(f"{step} counted {sums} of {arguments.seconds} seconds")
        for _ in range(arguments.repeats):
            for step, work in steps.items():
                start = time.process_time()
                work()
                found[step].append(arguments.seconds / (time.process_time() - start) / 1e6)
    mine = statistics.median(found["count, in memory"])
    print(f"{'step':<28}{'million s/s':>12}{'least':>8}{'most':>8}{'ours is':>10}")
    for step, rates in found.items():
        middle = statistics.median(rates)
        print(f"{step:<28}{middle:>12.2f}{min(rates):>8.2f}{max(rates):>8.2f}{mine / middle:>9.1f}x")


if __name__ == "__main__":
    main()
