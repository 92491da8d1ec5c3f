"""The paper's two data sets on hundreds to thousands of ranks, by the model, and what it recommends."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
CSV_BYTES: Final = 700e9 / 4.4e9
"""Bytes of a row of raw CSV: the hours of Weinert et al. (2021) are some 700 GB of about 4.4 billion rows."""
_MESSAGED: Final = ("self", "counter")
_PAPERS: Final = (("self", 1),)
"""The launch of the paper's tables: what is asked of nodes that are not full."""
_SIMPLE: Final = ("block", "cyclic", "self", "counter", "lpt", "factoring", "guided")
"""Simplest first; `lpt` needs good estimates, the last two a reader who knows them."""
_STAGE: Final = "organize"


@dataclass(frozen=True, slots=True)
class FileTimes:
    """How long a file takes, from this run's serial times: time = (fixed + rate × rows) × scatter.

    Attributes
    ----------
    fixed_s
        Of each file, however few its rows [s]: the tax of small files.
    s_per_row
        Of each row [s].
    scatter
        Measured over fitted time of each file of this run, mean 1.
    """

    fixed_s: float
    s_per_row: float
    scatter: tuple[float, ...]

    def draw(self, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return times of files of so many rows, each with a scatter of this run's [s]."""
        scatter = np.asarray(self.scatter)
        chosen = scatter[np.minimum((random.random(rows.size) * scatter.size).astype(int), scatter.size - 1)]
        return np.asarray((self.fixed_s + self.s_per_row * rows) * chosen)


def file_times(runs: Sequence[Run]) -> FileTimes | None:
    """Fit stage 1's serial times against the rows of its inputs, neither part below 0; None without runs."""
    times: dict[str, list[float]] = {}
    rows: dict[str, int] = {}
    for run in runs:
        one = run.configuration
        serial = one.stage == _STAGE and one.strategy == "serial" and one.triple == Triple(1, 1, 1)
        if serial and one.role == "calibration" and one.cache == "warm":
            for task in run.tasks[1:]:  # without the warm-up
                times.setdefault(task["task"], []).append(task["seconds"])
                rows[task["task"]] = task["rows_in"]
    if not times:
        return None
    y = np.array([statistics.median(times[name]) for name in rows])
    x = np.array([float(rows[name]) for name in rows])
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
    full = settings.processes_per_node[0]
    for name, (sizes, random) in data_sets(settings).items():
        seconds = times.draw(sizes / CSV_BYTES, random)
        found: list[dict[str, Any]] = []
        for order, places in (("chronological", slice(None)), ("largest-first", _largest_first(sizes))):
            times_s, estimates = seconds[places].tolist(), sizes[places].tolist()
            for shape in _shapes(settings):
                asked = _launches(settings) if _fills(shape, full) else _PAPERS
                shared = replace(costs, slowdown=_slowdown(costs.slowdown, shape.processes, full))
                found += [
                    {"order": order, **row} for row in _predicted(times_s, estimates, shape, asked, shared)
                ]
        best = recommended(of_full_nodes(found, settings))
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


def of_full_nodes(rows: Sequence[dict[str, Any]], settings: BenchSettings) -> list[dict[str, Any]]:
    """Return the launches that leave no core of their nodes free: nodes are had whole."""
    full = settings.processes_per_node[0]
    return [row for row in rows if _fills(Ranks(row["nodes"], row["processes"]), full)]


def _fills(ranks: Ranks, full: int) -> bool:
    return ranks.processes == min(ranks.workers, full)


def _shapes(settings: BenchSettings) -> list[Ranks]:
    """Return nodes and processes a node of every number of ranks, each once."""
    found = []
    for ranks in settings.ranks:
        for processes in settings.processes_per_node:
            mine = min(ranks, processes)
            found.append(Ranks(max(1, ranks // mine), mine))
    return list(dict.fromkeys(found))


def _slowdown(all_cores: float, processes: int, full: int) -> float:
    """Return how much tasks slow each other down on a node: from nothing alone to what was measured here."""
    return 1 + (all_cores - 1) * (processes - 1) / max(1, full - 1)


def _largest_first(sizes: np.ndarray) -> np.ndarray:
    return np.argsort(-sizes, kind="stable")


def _launches(settings: BenchSettings) -> list[tuple[str, int]]:
    """Return every distribution, with every number of tasks a message where it has a say."""
    return [(name, n) for name in DISTRIBUTIONS for n in (settings.messages if name in _MESSAGED else (1,))]


def _predicted(
    seconds: Sequence[float],
    estimates: Sequence[float],
    ranks: Ranks,
    asked: Sequence[tuple[str, int]],
    costs: LaunchCosts,
) -> list[dict[str, Any]]:
    """Predict distributions and message sizes for one order and shape."""
    total = sum(seconds) * costs.slowdown
    bound_s = max(max(seconds) * costs.slowdown, total / ranks.workers)
    rows = []
    for name, messages in asked:
        found = predict(seconds, estimates, ranks, name, messages, costs)
        rows.append(
            {
                "nodes": ranks.nodes,
                "processes": ranks.processes,
                "threads": 1,
                "ranks": ranks.workers,
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
    above = f"{more:.1%} above the shortest" if more else "the shortest"
    near = sum(row["job_s"] <= shortest["job_s"] * (1 + WITHIN) for row in rows)
    over = best["job_s"] / best["bound_s"] - 1
    return (
        f"{best['job_s']:.0f} s, {above} of {len(rows)} launches "
        f"({shortest['ranks']} ranks, {shortest['order']}, {shortest['distribution']}); of the {near} within "
        f"{WITHIN:.0%} it has the fewest ranks and the simplest distribution; {over:.1%} above what the "
        f"longest task and the mean allow, workers busy {best['utilization']:.0%} of the time"
    )
