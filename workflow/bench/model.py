"""The model of jobs.simulation, fed with calibrations and probes, beside the measured job times."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from data_schemas.config import BenchSettings
from data_schemas.task import Task
from jobs.order import ORDERS
from jobs.simulation import LaunchCosts, Ranks, predict
from jobs.tasklist import TaskList
from workflow.bench.design import Configuration, probe_of
from workflow.bench.measure import described
from workflow.bench.strategies import SINGLE
from workflow.bench.work import drawn


@dataclass(frozen=True)
class Run:
    """A run that was done: its configuration, its row of `bench_runs`, and its tasks."""

    configuration: Configuration
    facts: dict[str, Any]
    tasks: list[dict[str, Any]]


class Fed:
    """What the runs that feed the model say.

    Parameters
    ----------
    runs
        All runs that were done; those that feed the model are taken.
    plans
        The task list of each stage.
    settings
        Section `bench`.
    cores
        Cores of this machine.
    """

    def __init__(
        self, runs: Iterable[Run], plans: dict[str, Sequence[Task]], settings: BenchSettings, cores: int
    ) -> None:
        self._plans, self._settings, self._cores = plans, settings, cores
        self._found: dict[Configuration, list[Run]] = {}
        for run in runs:
            if run.configuration.role != "measured":
                self._found.setdefault(run.configuration, []).append(run)

    def seconds(self, stage: str, threads: int = 1, cache: str = "warm") -> dict[str, float] | None:
        """Return the time of each task of a stage on a machine of its own, median of the serial runs [s]."""
        runs = self._runs(stage, lambda one: one.strategy == "serial", threads, cache)
        times: dict[str, list[float]] = {}
        for run in runs:
            for task in run.tasks:
                times.setdefault(task["task"], []).append(task["seconds"])
        return {task: statistics.median(found) for task, found in times.items()} or None

    def first_s(self, stage: str, threads: int = 1, cache: str = "warm") -> float:
        """Return how much longer a task takes as the first of its process, median of the serial runs [s]."""
        found = []
        for run in self._runs(stage, lambda one: one.strategy == "serial", threads, cache):
            first, *others = run.tasks  # by start
            again = min(others, key=lambda task: (task["cost"], task["task"]))
            found.append(max(0.0, first["seconds"] - again["seconds"]))
        return statistics.median(found) if found else 0.0

    def sharing(self, stage: str, threads: int = 1, cache: str = "warm") -> float:
        """Return how much longer tasks take when all cores run some: what they share is memory and caches.

        Runs are compared with the serial ones of the same round, since a noisy machine is slow for both, and
        without the first task of each process.
        """
        serial = {
            run.facts["round"]: run
            for run in self._runs(stage, lambda one: one.strategy == "serial", threads, cache)
        }
        full = self._runs(stage, lambda one: one.strategy != "serial", threads, cache)
        ratios = [_longer(run, serial[run.facts["round"]]) for run in full if run.facts["round"] in serial]
        return max(1.0, statistics.median(ratios)) if ratios else 1.0

    def costs(self, one: Configuration) -> LaunchCosts | None:
        """Return the costs of a configuration's launch, medians of its probes; None without a probe."""
        probes = self._found.get(probe_of(one))
        if not probes:
            return None
        turn_s = _median(probes, "turn_s")
        task_s = min(turn_s, self.task_s())
        workers = one.triple.workers
        first = [min(_firsts(run)) for run in probes]
        last = [max(_firsts(run)) for run in probes]
        alone = self.sharing(one.stage, one.triple.threads, one.cache) if workers > 1 else 1.0
        crowd = max(1.0, one.triple.total_threads / self._cores) if not _elsewhere(one) else 1.0
        return LaunchCosts(
            launch_s=statistics.median(first),
            spread_s=statistics.median(last) - statistics.median(first),
            together=False,
            first_s=self.first_s(one.stage, one.triple.threads, one.cache),
            task_s=task_s,
            message_s=turn_s - task_s,
            end_s=_median(probes, "end_s"),
            slowdown=alone * crowd,
        )

    def task_s(self) -> float:
        """Return what a task costs at its worker beside its own time: the turn of a serial probe [s]."""
        serial = [
            run.facts["turn_s"]
            for one, runs in self._found.items()
            for run in runs
            if one.role == "probe" and one.strategy in {"serial", "mpi"}
        ]
        return min(serial, default=0.0)

    def predicted(self, one: Configuration) -> float | None:
        """Return the job time of a configuration [s]; None where the runs it takes were not done."""
        seconds = self.seconds(one.stage, one.triple.threads, one.cache)
        costs = self.costs(one)
        if seconds is None or costs is None:
            return None
        if one.strategy in SINGLE:  # every task is the first of its process
            seconds = {task: time + costs.first_s for task, time in seconds.items()}
            costs = replace(costs, first_s=0.0)
        tasks = drawn(self._plans[one.stage], self._settings.strategy_tasks if one.few else None)
        ordered = [tasks[i] for i in ORDERS[one.order](TaskList.pack(tasks), self._settings.seed)]
        return predict(
            [seconds[task.id] for task in ordered],
            [task.cost for task in ordered],
            Ranks(one.triple.nodes, one.triple.processes),
            one.distribution,
            one.tasks_per_message,
            costs,
        ).job_s

    def _runs(
        self, stage: str, wanted: Callable[[Configuration], bool], threads: int, cache: str
    ) -> list[Run]:
        return [
            run
            for one, runs in self._found.items()
            for run in runs
            if (one.stage, one.role, one.triple.threads, one.cache) == (stage, "calibration", threads, cache)
            and wanted(one)
        ]


def _elsewhere(one: Configuration) -> bool:
    return one.strategy.startswith("slurm")


def _median(runs: Sequence[Run], name: str) -> float:
    return statistics.median(run.facts[name] for run in runs)


def _longer(run: Run, serial: Run) -> float:
    """Return how much longer a run's tasks took than in a serial run, without the first of each worker."""
    alone = {task["task"]: task["seconds"] for task in serial.tasks}
    seen: set[int] = set()
    took = expected = 0.0
    for task in run.tasks:
        if task["worker"] in seen:
            took += task["seconds"]
            expected += alone[task["task"]]
        seen.add(task["worker"])
    return took / expected if expected else 1.0


def _firsts(run: Run) -> list[float]:
    """Return when each worker of a run began its first task [s]."""
    firsts: dict[int, float] = {}
    for task in run.tasks:
        firsts.setdefault(task["worker"], task["start_s"])
    return list(firsts.values())


def compared(runs: Sequence[Run], fed: Fed) -> list[dict[str, Any]]:
    """Return the rows of table `bench_model`: every configuration that was measured and can be predicted."""
    measured: dict[Configuration, list[float]] = {}
    for run in runs:
        if run.configuration.role == "measured":
            measured.setdefault(run.configuration, []).append(run.facts["job_s"])
    rows = []
    for one, times in measured.items():
        predicted_s = fed.predicted(one)
        if predicted_s is None:
            continue
        middle = statistics.median(times)
        rows.append(
            described(one)
            | {
                "repeats": len(times),
                "measured_s": middle,
                "measured_min_s": min(times),
                "measured_max_s": max(times),
                "predicted_s": predicted_s,
                "error": predicted_s / middle - 1,
            }
        )
    return sorted(rows, key=lambda row: row["configuration"])


def median_error(rows: Sequence[dict[str, Any]]) -> float | None:
    """Return the median of the errors' sizes; None without rows."""
    return statistics.median(abs(row["error"]) for row in rows) if rows else None
