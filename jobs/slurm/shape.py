"""Whether a job fits a partition, by the partition's own numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from data_schemas.errors import InputError, did_you_mean
from jobs.slurm.partitions import Partition
from jobs.slurm.request import Request


def check_shape(where: str, request: Request, partitions: Mapping[str, Partition]) -> None:
    """Refuse a job for a partition that does not exist, takes no jobs or is too small.

    Parameters
    ----------
    where
        What an error names.
    request
        What the job asks for; of several partitions with commas between them one must fit.
    partitions
        Those of the cluster, by name.

    Raises
    ------
    InputError
        The first thing that does not fit: what is asked for, what the partition has, which setting to change.
    """
    problems = [next(_problems(request, one), None) for one in _asked(where, request, partitions)]
    if None in problems:
        return
    problem, remedy = next(found for found in problems if found is not None)
    fit = [name for name, other in partitions.items() if next(_problems(request, other), None) is None]
    others = f", or set cluster.partition to one where it fits: {', '.join(fit)}" if fit else ""
    raise InputError(where, problem, remedy + others)


def chosen(request: Request, partitions: Mapping[str, Partition]) -> list[Partition]:
    """Return the partitions that a job may go to: those it names, or the cluster's default."""
    if request.cluster.partition is None:
        return [partition for partition in partitions.values() if partition.is_default]
    named = request.cluster.partition.split(",")
    return [partitions[name] for name in named if name in partitions]


def _asked(where: str, request: Request, partitions: Mapping[str, Partition]) -> list[Partition]:
    for name in (request.cluster.partition or "").split(","):
        if name and name not in partitions:
            problem = f"cluster.partition is {name}, but this cluster has no partition of that name"
            raise InputError(where, problem, did_you_mean(name, partitions))
    found = chosen(request, partitions)
    if not found:
        remedy = f"set cluster.partition to one of {', '.join(sorted(partitions))}"
        raise InputError(where, "cluster.partition is not set, and this cluster has no default", remedy)
    return found


def _problems(request: Request, partition: Partition) -> Iterator[tuple[str, str]]:
    """What of a job a partition does not have, and what to change; nothing where it fits."""
    name = f"partition {partition.name}"
    if partition.state != "UP":
        yield f"{name} is {partition.state}, so that no job starts there", "wait until it is UP"
    nodes, cpus, memory_mb = request.nodes, request.cores, request.memory_mb
    # A quality of service may let a job go beyond the partition's own limits: sbatch knows.
    bound = request.cluster.qos is None
    most_nodes = _least(partition.total_nodes or nodes, partition.max_nodes if bound else None)
    if nodes > most_nodes:
        verb = "has" if most_nodes == partition.total_nodes else "gives a job"
        yield (
            f"{nodes} nodes are asked for, but {name} {verb} {most_nodes}",
            "lower the nodes of launch.triple",
        )
    most_cpus = _least(max((group.cpus for group in partition.nodes), default=cpus), partition.max_cpus)
    if cpus > most_cpus:
        shape = f"{request.tasks_per_node} × {request.cpus_per_task} = {cpus} cores of a node are asked for"
        yield f"{shape}, but {name} has {most_cpus}", "lower the processes or threads of launch.triple"
    held_mb = max((group.memory_mb for group in partition.nodes), default=memory_mb)
    most_mb = _least(held_mb, partition.max_memory_mb)
    if memory_mb > most_mb:
        problem = f"{memory_mb} MiB of a node are asked for, but {name} has {most_mb}"
        yield problem, "lower launch.memory_gb or the processes of launch.triple"
    features = _features(request)
    unknown = sorted(features.difference(partition.features)) if partition.nodes else []
    if unknown:
        known = f"features there: {', '.join(partition.features)}" if partition.features else "remove it"
        yield (
            f"cluster.constraint is {request.cluster.constraint}, but no node of {name} has {unknown[0]}",
            known,
        )
    fitting = sum(group.count for group in partition.fitting(cpus, memory_mb, features))
    if partition.nodes and nodes > fitting:
        what = " & ".join([f"{cpus} cores", f"{memory_mb} MiB", *sorted(features)])
        lower = "lower launch.triple or launch.memory_gb"
        yield f"{nodes} nodes with {what} each are asked for, but {name} has {fitting}", lower
    minutes, most_s = request.cluster.minutes, partition.max_seconds
    if bound and most_s is not None and 60 * minutes > most_s:
        problem = f"{minutes} min are asked for, but {name} gives a job {most_s / 60:g}"
        yield problem, "lower cluster.minutes"


def _features(request: Request) -> set[str]:
    """The features that each node must have; none for an expression with or, counts and the like."""
    constraint = request.cluster.constraint or ""
    return set(constraint.split("&")) if re.fullmatch(r"[\w.:+-]+(&[\w.:+-]+)*", constraint) else set()


def _least(value: int, limit: int | None) -> int:
    return value if limit is None else min(value, limit)
