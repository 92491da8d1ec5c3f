"""Section of `trackmill bench`: which launches are measured, on what, and for how long."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from data_schemas.config.launch import Count
from data_schemas.config.section import Section

Group = Literal["strategies", "distributions", "orders", "triples", "archive", "cache"]
Strategy = Literal[
    "serial",
    "process",
    "mpi",
    "dask",
    "dask-mpi",
    "futures",
    "process-a-task",
    "snakemake",
    "slurm-array",
    "slurm-steps",
]


class BenchSettings(Section):
    """What is measured, and what the model is asked."""

    dataset: str = ""
    """Data set of the configuration whose hours are worked on, with its settings. Empty: simulated hours."""
    hours: Count = 24
    """Simulated hours, one raw file each."""
    aircraft: Annotated[int, Field(ge=1, le=100_000)] = 2000
    """Aircraft of the simulated fleet."""
    hours_per_leaf: Annotated[float, Field(gt=0)] = 2000.0
    """Flight hours a year of a leaf of the simulated fleet: less makes more and shorter tasks."""
    include: Annotated[tuple[Group, ...], Field(min_length=1)] = get_args(Group)
    """Comparisons: `strategies` of launching; `distributions` and tasks a message; `orders`; `triples`,
    chronological beside largest first; `archive`, block beside cyclic; `cache`, warm beside cold."""
    strategies: tuple[Strategy, ...] = get_args(Strategy)
    """Strategies of launching that are compared; those that cannot run here are listed with the reason."""
    strategy_tasks: Count = 16
    """Tasks of the comparison of strategies, evenly drawn from the list: some start a process for each."""
    messages: Annotated[tuple[Count, ...], Field(min_length=1)] = (1, 4, 16, 64)
    """Tasks a message that `self` is compared with."""
    triples: tuple[tuple[Count, Count, Count], ...] = ()
    """Triples compared. Empty: all that fill this machine's cores, and some that oversubscribe it."""
    repeats: Count = 3
    """How often each configuration is run; all of them once, in random order, then all again."""
    minutes: Annotated[float, Field(gt=0)] = 30.0
    """Longest time of all runs together [min]: what does not fit is left out, from the last repeat on."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the order of runs, of the order `random` and of the sizes of extrapolated files."""
    ranks: tuple[Count, ...] = (256, 512, 1024, 2048, 4096)
    """Working processes that the model is asked about. Empty: nothing is extrapolated."""
    processes_per_node: Annotated[tuple[Count, ...], Field(min_length=1)] = (32, 16, 8)
    """Working processes a node there. The first fill a node and are the ones recommended; the others leave
    cores of it free, as in the paper's tables."""
    hour_files: Count = 2400
    """Hourly files, about as many as the first data set of Weinert et al. (2021) has."""
    hour_gigabytes: Annotated[float, Field(gt=0)] = 700.0
    """Their size together as CSV that is not compressed, about [GB]."""
    hour_sigma: Annotated[float, Field(ge=0)] = 0.35
    """Standard deviation of the logarithm of a file's size there: an assumption."""
    aerodrome_files: Count = 137_000
    """Files about aerodromes, about as many as their second data set has."""
    aerodrome_gigabytes: Annotated[float, Field(gt=0)] = 850.0
    """Their size together as CSV that is not compressed, about [GB]."""
    aerodrome_sigma: Annotated[float, Field(ge=0)] = 1.5
    """Standard deviation of the logarithm of a file's size there, the heavy tail: an assumption."""
