"""What SLURM itself says to a job that is only tried, and what that means for the settings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from data_schemas.errors import InputError
from jobs.slurm.commands import Answer, ask, silent
from jobs.slurm.partitions import Partition
from jobs.slurm.request import Request

_SCRIPT = "#!/bin/sh\ntrue\n"

_SHAPE = r"node configuration is not available"

# The part of a message that tells what is wrong, and the setting that says so.
_SETTINGS = (
    (r"invalid account", "account"),
    (r"invalid qos", "qos"),
    (r"invalid feature", "constraint"),
    (r"invalid partition|not permitted to use this partition|partition not available", "partition"),
    (r"time limit is invalid", "minutes"),
    (r"node count specification", "launch.triple"),
    (_SHAPE, "constraint or launch.triple"),
    (r"memory (specification|required)", "launch.memory_gb"),
    (r"accounting/qos policy", "qos, cluster.account, cluster.minutes or launch.triple"),
    (r"option|specification|reservation|license|gres|\bnode name", "extra"),
)

# The nodes or the controller are busy or down just now: submitted, the job would wait.
_WAITS = (
    r"nodes? (are|is) busy|node not available|not available now|temporarily|"
    r"timed out|job violates .* pending"
)
_NO_ANSWER = (
    r"unable to contact slurm controller|zero bytes were transmitted|communication (error|connection)"
)


def try_request(where: str, request: Request, partitions: Sequence[Partition]) -> None:
    """Refuse a job that sbatch refuses when asked without submitting (`--test-only`).

    It must fit its partition (see `check_shape`): what SLURM says of a shape that it cannot place is the same
    whether no nodes are like that, or those that are do not work today.

    Parameters
    ----------
    where
        What an error names.
    request
        What the job asks for.
    partitions
        Those it may go to.

    Raises
    ------
    InputError
        SLURM's own words, and the setting that they are about.
    """
    answer = ask(["sbatch", "--test-only", *request.options], script=_SCRIPT)
    words = refusal(answer)
    if words is None or re.search(_WAITS, words, re.IGNORECASE):
        return
    if re.search(_NO_ANSWER, words, re.IGNORECASE):
        raise silent(words)
    if re.search(_SHAPE, words, re.IGNORECASE) and _may_be_taken(request, partitions):
        return
    raise InputError(where, f"SLURM refuses the job: {words}", _remedy(words, request, partitions))


def refusal(answer: Answer) -> str | None:
    """Return why sbatch refuses a job, in its own words; None where it would take it."""
    if answer.code == 0:
        return None
    lines = [line.strip() for line in answer.errors.splitlines() if line.strip()]
    # A site's own greetings come without these words.
    told = [line for line in lines if re.search(r"error:|failure:|unrecognized|invalid", line, re.IGNORECASE)]
    bare = [re.sub(r"^(sbatch: )?(error: |allocation failure: )?", "", line) for line in told or lines[-1:]]
    return "; ".join(dict.fromkeys(bare)) or f"sbatch ends with exit code {answer.code}"


def _may_be_taken(request: Request, partitions: Sequence[Partition]) -> bool:
    """Whether sbatch may take a job that it cannot place when only tried.

    The nodes for it may be out of service today; and with options such as --nodelist for some of its nodes
    the trial of SLURM 22 fails although the job would start.
    """
    if request.cluster.extra:
        return True
    return any(
        not group.in_service
        for partition in partitions
        for group in partition.fitting(request.cores, request.memory_mb)
    )


def _remedy(words: str, request: Request, partitions: Sequence[Partition]) -> str:
    found = (setting for pattern, setting in _SETTINGS if re.search(pattern, words, re.IGNORECASE))
    setting = next(found, "")
    if not setting:
        return f"see section cluster; sbatch was asked for {' '.join(request.options)}"
    name = setting if setting.startswith("launch.") else f"cluster.{setting}"
    value = getattr(request.cluster, setting, None)
    if setting in {"account", "qos"}:
        state = f"{name} is {value}" if value else f"{name} is not set"
        named = sorted({account for partition in partitions for account in partition.accounts or ()})
        if setting == "account" and named:
            return f"{state}: set it to one that partition {partitions[0].name} takes: {', '.join(named)}"
        return f"{state}: set it to one of yours (sacctmgr show associations user=$USER), or ask the site"
    if setting == "constraint":
        features = sorted({word for partition in partitions for word in partition.features})
        return f"{name} is {value}; features there: {', '.join(features) or 'none'}"
    shown = " ".join(value) if isinstance(value, tuple) else value
    return f"change {name}" + (f" ({shown})" if shown else "")
