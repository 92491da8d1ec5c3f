"""What `trackmill bench` left in its folder, read for the page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data_schemas.errors import InputError

TRIPLE = pl.format("[{},\u00a0{},\u00a0{}]", "nodes", "processes", "threads")
CORES = pl.col("nodes") * pl.col("processes") * pl.col("threads")
SPREAD = ("job_s", "launch_s", "busy_min_s", "busy_median_s", "busy_max_s", "imbalance")
"""Numbers of which the page shows the least and the most of the repeats beside the median."""


@dataclass(frozen=True)
class Results:
    """Tables of `data_schemas.tables.bench` and what `bench.json` holds.

    Attributes
    ----------
    runs, tasks
        Runs that were done, whatever their role, and their tasks.
    model, extrapolation
        Predicted beside measured, and the model's answers for large data sets.
    facts
        Machine, settings, what was not run, the model's costs, the recommendations.
    """

    runs: pl.DataFrame
    tasks: pl.DataFrame
    model: pl.DataFrame
    extrapolation: pl.DataFrame
    facts: dict[str, Any]

    @staticmethod
    def load(folder: Path) -> Results:
        """Read a folder of `trackmill bench`.

        Raises
        ------
        InputError
            A file is missing or unreadable.
        """
        try:
            facts = json.loads((folder / "bench.json").read_text(encoding="utf-8"))
            names = ("runs", "tasks", "model", "extrapolation")
            tables = [pl.read_parquet(folder / f"{name}.parquet") for name in names]
        except (OSError, ValueError, pl.exceptions.PolarsError) as error:
            raise InputError(
                folder, f"no results of a benchmark ({error})", "run trackmill bench first"
            ) from None
        runs, *others = tables
        return Results(runs.filter(pl.col("status") == "done"), *others, facts)

    def compared(self, group: str) -> pl.DataFrame:
        """Return one row a configuration of a comparison: medians of its repeats, the fastest first.

        Numbers of `SPREAD` have their least and most as `<name>_least` and `<name>_most`.
        """
        return medians(self.measured.filter(pl.col("groups").list.contains(group)))

    @property
    def measured(self) -> pl.DataFrame:
        """Runs of configurations that are compared: neither those that feed the model nor probes."""
        return self.runs.filter(pl.col("role") == "measured")


def medians(runs: pl.DataFrame) -> pl.DataFrame:
    """Return one row a configuration, medians of its runs, by job time."""
    numbers = [name for name, kind in runs.schema.items() if kind.is_numeric() and name not in _FIXED]
    return (
        runs.group_by("configuration")
        .agg(
            pl.len().alias("repeats"),
            *(pl.col(name).first() for name in _FIXED),
            *(pl.col(name).median() for name in numbers),
            *(pl.col(name).min().alias(f"{name}_least") for name in SPREAD),
            *(pl.col(name).max().alias(f"{name}_most") for name in SPREAD),
        )
        .sort("job_s", "configuration")
        .with_columns(triple=TRIPLE, cores=CORES, mark=MARK)
    )


_FIXED = (
    "stage",
    "strategy",
    "nodes",
    "processes",
    "threads",
    "order",
    "distribution",
    "tasks_per_message",
    "cache",
    "oversubscribed",
    "virtual_nodes",
    "tasks",
    "workers",
)
MARK = pl.when("oversubscribed").then(pl.lit("†")).otherwise(pl.lit("")) + pl.when("virtual_nodes").then(
    pl.lit("‡")
).otherwise(pl.lit(""))
"""† oversubscribed, ‡ virtual nodes."""
