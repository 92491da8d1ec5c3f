"""Which runs are made, and in which order: a design, not the product of everything with everything."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from data_schemas.config import BenchSettings
from jobs.triple import Triple

FOREIGN: Final = ("futures", "process-a-task", "snakemake", "slurm-array", "slurm-steps")
"""Strategies that are not ours; their distribution is `self`: the next task to whoever is free."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a run is a repeat of.

    Attributes
    ----------
    stage, strategy, triple, order, distribution, tasks_per_message
        The launch.
    cache
        `warm` or `cold`.
    role
        `measured`; `calibration`, which feeds the model; or `probe`, whose tasks do nothing.
    few
        Whether only the setting `strategy_tasks` of the stage's tasks are run.
    groups
        Comparisons it is part of.
    """

    stage: str
    strategy: str
    triple: Triple
    order: str = "largest-first"
    distribution: str = "self"
    tasks_per_message: int = 1
    cache: str = "warm"
    role: str = "measured"
    few: bool = False
    groups: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The configuration in one word."""
        shape = f"{self.triple.nodes}x{self.triple.processes}x{self.triple.threads}"
        words = [self.stage, self.strategy, shape, self.order, self.distribution, str(self.tasks_per_message)]
        words += [self.cache] if self.cache != "warm" else []
        words += ["few"] if self.few else []
        return "/".join(words + ([self.role] if self.role != "measured" else []))


def design(settings: BenchSettings, cores: int, strategies: Iterable[str]) -> list[Configuration]:
    """Return every configuration once: those compared, then what the model needs to predict them.

    Parameters
    ----------
    settings
        Section `bench`.
    cores
        Cores of this machine.
    strategies
        Those that can run here.
    """
    can = set(strategies)
    found: dict[Configuration, set[str]] = {}
    for group in settings.include:
        for one in _GROUPS[group](settings, Triple(1, cores, 1), cores):
            if one.strategy in can:
                found.setdefault(one, set()).add(group)
    measured = [replace(one, groups=tuple(sorted(groups))) for one, groups in found.items()]
    large = [large_launch(cores)] if settings.ranks and "mpi" in can else []
    return measured + feeding([*measured, *large], cores)


def large_launch(cores: int) -> Configuration:
    """Return the launch on this machine whose probe stands for launches on a cluster."""
    return Configuration("organize", "mpi", Triple(1, cores, 1))


def feeding(measured: Sequence[Configuration], cores: int) -> list[Configuration]:
    """Return the runs that feed the model, none of which is a run it is checked with.

    Serial runs time the tasks of each stage, one for each number of threads; a run on all cores tells how
    much the tasks slow each other down; and each launch is probed with tasks that do nothing.
    """
    feeds: list[Configuration] = []
    for one in measured:
        serial = Configuration(
            one.stage,
            "serial",
            Triple(1, 1, one.triple.threads),
            "as-given",
            "block",
            cache=one.cache,
            role="calibration",
        )
        feeds.append(serial)
        if one.triple.workers > 1:
            full = Triple(1, max(2, cores // one.triple.threads), one.triple.threads)
            feeds.append(replace(serial, strategy="process", triple=full, order="random"))
        feeds.append(probe_of(one))
    return list(dict.fromkeys(feeds))


def probe_of(one: Configuration) -> Configuration:
    """Return the probe of a configuration's launch."""
    return Configuration(one.stage, one.strategy, one.triple, "as-given", _probed(one), role="probe")


def _probed(one: Configuration) -> str:
    """Distributions that differ in nothing but who gets which task are probed together."""
    if one.distribution in {"block", "cyclic", "lpt"}:
        return "cyclic"
    return "counter" if one.distribution.startswith("counter") else "self"


def rounds(configurations: Sequence[Configuration], settings: BenchSettings) -> list[list[Configuration]]:
    """Return the runs in their order: everything once, shuffled, then all again in another order.

    So a noisy minute of the machine hits no configuration alone.
    """
    made = []
    for number in range(settings.repeats):
        one = list(configurations)
        random.Random(f"{settings.seed}/{number}").shuffle(one)
        made.append(one)
    return made


def triples(settings: BenchSettings, cores: int) -> list[Triple]:
    """Return the triples compared: those set, or one process, all cores in each way, and twice the cores."""
    if settings.triples:
        return [Triple.parse(one) for one in settings.triples]
    found = [Triple(1, 1, 1), Triple(1, cores, 1), Triple(1, 1, cores)]
    found += [Triple(2, cores, 1), Triple(1, 2 * cores, 1)]  # two names for one machine; two workers a core
    return list(dict.fromkeys(found))


def _strategies(settings: BenchSettings, full: Triple, _cores: int) -> list[Configuration]:
    one_process = Triple(1, 1, 1)
    return [
        Configuration("process", name, one_process if name == "serial" else full, few=True)
        for name in settings.strategies
    ]


def _distributions(settings: BenchSettings, full: Triple, _cores: int) -> list[Configuration]:
    names = ("block", "cyclic", "lpt", "guided", "factoring", "counter", "counter-guided")
    plain = [*names, "counter-factoring"]
    made = [Configuration("process", "mpi", full, distribution=name) for name in plain]
    return made + [Configuration("process", "mpi", full, tasks_per_message=n) for n in settings.messages]


def _orders(_settings: BenchSettings, full: Triple, _cores: int) -> list[Configuration]:
    names = ("chronological", "largest-first", "random")
    return [Configuration(stage, "mpi", full, name) for stage in ("organize", "process") for name in names]


def _triples(settings: BenchSettings, _full: Triple, cores: int) -> list[Configuration]:
    shapes = triples(settings, cores)
    orders = ("chronological", "largest-first")
    return [Configuration("organize", "mpi", shape, order) for shape in shapes for order in orders]


def _archive(_settings: BenchSettings, full: Triple, _cores: int) -> list[Configuration]:
    return [Configuration("archive", "mpi", full, "chronological", name) for name in ("block", "cyclic")]


def _cache(_settings: BenchSettings, full: Triple, _cores: int) -> list[Configuration]:
    stages = ("organize", "process")
    return [Configuration(stage, "mpi", full, cache=cache) for stage in stages for cache in ("warm", "cold")]


_GROUPS: Final = {
    "strategies": _strategies,
    "distributions": _distributions,
    "orders": _orders,
    "triples": _triples,
    "archive": _archive,
    "cache": _cache,
}
