"""Jobs that a cluster will not take are refused before any is submitted."""

from __future__ import annotations

from collections.abc import Mapping

from jobs.slurm.commands import check_controller
from jobs.slurm.partitions import read_partitions
from jobs.slurm.plugins import check_plugin
from jobs.slurm.refusal import try_request
from jobs.slurm.request import Request
from jobs.slurm.shape import check_shape, chosen


def check_requests(requests: Mapping[str, Request]) -> None:
    """Refuse jobs that this cluster would refuse, or would keep waiting for ever; nothing is submitted.

    A job that has to wait, for nodes that are taken or out of service today, is none of them. What is common
    to all is asked once, and jobs that ask for the same are tried once: three commands, two for each MPI
    plugin, one for each kind of job.

    Parameters
    ----------
    requests
        What the job of each stage asks for.

    Raises
    ------
    InputError
        No SLURM here, no answer, or a job it will not take: the stages, the setting to change and what the
        cluster has.
    """
    if not requests:
        return
    check_controller()
    partitions = read_partitions()
    kinds: dict[tuple[str, ...], list[str]] = {}
    plugins: dict[str, list[str]] = {}
    for stage, request in requests.items():
        kinds.setdefault(tuple(request.options), []).append(stage)
        if request.mpi_plugin is not None:
            plugins.setdefault(request.mpi_plugin, []).append(stage)
    # What is known from the numbers comes first: it is told better than SLURM does.
    for stages in kinds.values():
        check_shape(_where(stages), requests[stages[0]], partitions)
    for plugin, stages in plugins.items():
        check_plugin(_where(stages), plugin)
    for stages in kinds.values():
        request = requests[stages[0]]
        try_request(_where(stages), request, chosen(request, partitions))


def _where(stages: list[str]) -> str:
    return f"{'stage' if len(stages) == 1 else 'stages'} {', '.join(stages)}"
