"""The paper's two data sets on hundreds to thousands of ranks, by the model, and what it recommends."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from data_schemas.config import BenchSettings
from jobs.distribution import DISTRIBUTIONS
from jobs.simulation import LaunchCosts, Ranks, predict
from jobs.triple import Triple
from workflow.bench.design import large_launch
from workflow.bench.model import Fed, Run

WITHIN: Final = 0.02
"""Of the launches this close to the shortest job time the simplest is recommended."""
_MESSAGED: Final = ("self", "counter")
_SIMPLE: Final = ("block", "cyclic", "self", "counter", "lpt", "factoring", "guided")
"""Simplest first; `lpt` needs good estimates, the last two a reader who knows them."""
_STAGE: Final = "organize"


@dataclass(frozen=True, slots=True)
class FileTimes:
    """How long a file takes, from this run's serial times: time = (fixed + rate × size) × scatter.

    Attributes
    ----------
    fixed_s
        Of each file, whatever its size [s]: the tax of small files.
    s_per_byte
        Of each byte [s].
    scatter
        Measured over fitted time of each file of this run, mean 1.
    """

    fixed_s: float
    s_per_byte: float
    scatter: tuple[float, ...]

    def draw(self, sizes: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return times of files of these sizes [byte], each with a scatter of this run's [s]."""
        scatter = np.asarray(self.scatter)
        chosen = scatter[np.minimum((random.random(sizes.size) * scatter.size).astype(int), scatter.size - 1)]
        return np.asarray((self.fixed_s + self.s_per_byte * sizes) * chosen)


def file_times(runs: Sequence[Run]) -> FileTimes | None:
    """Fit stage 1's serial times against the sizes of its inputs, neither part below 0; None without runs."""
    times: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    for run in runs:
        one = run.configuration
        serial = one.stage == _STAGE and one.strategy == "serial" and one.triple == Triple(1, 1, 1)
        if serial and one.role == "calibration" and one.cache == "warm":
            for task in run.tasks[1:]:  # without the warm-up
                times.setdefault(task["task"], []).append(task["seconds"])
                sizes[task["task"]] = task["bytes_in"]
    if not times:
        return None
    y = np.array([statistics.median(times[name]) for name in sizes])
    x = np.array([float(sizes[name]) for name in sizes])
    spread = ((x - x.mean()) ** 2).sum()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / spread if spread else 0.0
    slope = min(max(slope, 0.0), y.mean() / x.mean())
    fixed = y.mean() - slope * x.mean()
    scatter = y / (fixed + slope * x)
    return FileTimes(float(fixed), float(slope), tuple((scatter / scatter.mean()).tolist()))


def data_sets(settings: BenchSettings) -> dict[str, tuple[np.ndarray, np.random.Generator]]:
    """Return the sizes of each data set's files [byte], log-normal with the settings' sum, and what is next.

    The numbers and sums of files are the paper's; the distribution of sizes is an assumption.
    """
    made = {}
    for number, (name, files, gigabytes, sigma) in enumerate(
        (
            ("hours", settings.hour_files, settings.hour_gigabytes, settings.hour_sigma),
            ("aerodromes", settings.aerodrome_files, settings.aerodrome_gigabytes, settings.aerodrome_sigma),
        )
    ):
        random = np.random.Generator(np.random.PCG64([settings.seed, number]))
        sizes = np.exp(sigma * random.standard_normal(files))
        made[name] = sizes * (gigabytes * 1e9 / sizes.sum()), random
    return made


def extrapolated(runs: Sequence[Run], fed: Fed, settings: BenchSettings, cores: int) -> list[dict[str, Any]]:
    """Return the rows of table `bench_extrapolation`; none where this run has not measured what it takes."""
    times = file_times(runs)
    costs = large_costs(fed, cores)
    if times is None or costs is None or not settings.ranks:
        return []
    rows: list[dict[str, Any]] = []
    for name, (sizes, random) in data_sets(settings).items():
        seconds = times.draw(sizes, random)
        found = [
            row
            for ranks in settings.ranks
            for order in ("chronological", "largest-first")
            for row in _launches(seconds, sizes, order, _shape(ranks, settings), settings, costs)
        ]
        best = recommended(found)
        rows += [{"data": name, "files": sizes.size, **row, "recommended": row is best} for row in found]
    return rows


def large_costs(fed: Fed, cores: int) -> LaunchCosts | None:
    """Return the costs of launching on a cluster, taken from this machine's probes of `mpi`.

    A manager answers a message in the turn that it took here, workers and manager on the same cores: more
    than it takes where it has a core. Nodes start side by side, so the launch takes what it takes here.
    """
    here = fed.costs(large_launch(cores))
    if here is None:
        return None
    return LaunchCosts(
        launch_s=here.launch_s,
        spread_s=here.spread_s,
        first_s=here.first_s,
        task_s=here.task_s,
        message_s=here.message_s,
        manager_s=here.message_s,
        counter_s=1e-6,
        end_s=here.end_s,
        slowdown=here.slowdown,
    )


def _shape(ranks: int, settings: BenchSettings) -> Ranks:
    processes = min(ranks, settings.processes_per_node)
    return Ranks(max(1, ranks // processes), processes)


def _launches(
    seconds: np.ndarray,
    sizes: np.ndarray,
    order: str,
    ranks: Ranks,
    settings: BenchSettings,
    costs: LaunchCosts,
) -> list[dict[str, Any]]:
    """Predict every distribution and message size for one order and number of ranks."""
    if order == "largest-first":
        places = np.argsort(-sizes, kind="stable")
        seconds, sizes = seconds[places], sizes[places]
    times, estimates = seconds.tolist(), sizes.tolist()
    total = float(seconds.sum()) * costs.slowdown
    bound_s = max(float(seconds.max()) * costs.slowdown, total / ranks.workers)
    rows = []
    for name in DISTRIBUTIONS:
        for messages in settings.messages if name in _MESSAGED else (1,):
            found = predict(times, estimates, ranks, name, messages, costs)
            rows.append(
                {
                    "nodes": ranks.nodes,
                    "processes": ranks.processes,
                    "threads": 1,
                    "ranks": ranks.workers,
                    "order": order,
                    "distribution": name,
                    "tasks_per_message": messages,
                    "job_s": found.job_s,
                    "bound_s": bound_s,
                    "busy_max_s": max(found.busy_s),
                    "imbalance": found.imbalance,
                    "utilization": total / (ranks.workers * found.job_s),
                }
            )
    return rows


def recommended(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the launch to take: within 2 % of the shortest job time, fewest ranks, then the simplest."""
    least = min(row["job_s"] for row in rows)
    near = [row for row in rows if row["job_s"] <= least * (1 + WITHIN)]
    return min(near, key=_complexity)


def _complexity(row: dict[str, Any]) -> tuple[int, int, bool, int]:
    name = row["distribution"]
    place = _SIMPLE.index(name) if name in _SIMPLE else len(_SIMPLE)
    return row["ranks"], place, row["order"] != "chronological", row["tasks_per_message"]


def reason(rows: Sequence[dict[str, Any]], best: dict[str, Any]) -> str:
    """Return why a launch is recommended, as one sentence with its numbers.

    Parameters
    ----------
    rows
        The launches of its data set.
    best
        The one.
    """
    shortest = min(rows, key=lambda row: row["job_s"])
    more = best["job_s"] / shortest["job_s"] - 1
    near = sum(row["job_s"] <= shortest["job_s"] * (1 + WITHIN) for row in rows)
    over = best["job_s"] / best["bound_s"] - 1
    return (
        f"{best['job_s']:.0f} s, {more:.1%} above the shortest of {len(rows)} launches "
        f"({shortest['ranks']} ranks, {shortest['order']}, {shortest['distribution']}); of the {near} within "
        f"{WITHIN:.0%} it has the fewest ranks and the simplest distribution; {over:.1%} above what the "
        f"longest task and the mean allow, workers busy {best['utilization']:.0%} of the time"
    )
