"""Section of the cluster: what a stage's job asks SLURM for."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from data_schemas.config.section import Section

# What the job says itself, from the settings here and in `launch`.
_OWN_OPTIONS = {
    "--account": "account",
    "-A": "account",
    "--constraint": "constraint",
    "-C": "constraint",
    "--exclusive": "exclusive",
    "--partition": "partition",
    "-p": "partition",
    "--qos": "qos",
    "-q": "qos",
    "--signal": "warning_seconds",
    "--time": "minutes",
    "-t": "minutes",
    "--mem": "launch.memory_gb",
    "--mem-per-cpu": "launch.memory_gb",
    "--nodes": "launch.triple",
    "-N": "launch.triple",
    "--ntasks": "launch.triple",
    "-n": "launch.triple",
    "--ntasks-per-node": "launch.triple",
    "--cpus-per-task": "launch.triple",
    "-c": "launch.triple",
} | dict.fromkeys(
    ("--job-name", "-J", "--output", "-o", "--error", "-e", "--export", "--chdir", "-D"), "trackmill"
)

Text = Annotated[str, Field(pattern=r"^\S+$")]


class ClusterSettings(Section):
    """What the job of a stage asks SLURM for, besides the triple and the memory of section `launch`."""

    partition: Text | None = None
    """Partition (queue), as `sinfo` lists them. Null: the cluster's default."""
    account: Text | None = None
    """Account that the time is charged to, as `sacctmgr show associations` lists them. Null: your default."""
    qos: Text | None = None
    """Quality of service. Null: your default."""
    constraint: Text | None = None
    """Features that the nodes must have, such as `skylake` or `[rack1|rack2]`. Null: any nodes."""
    exclusive: bool = False
    """Take whole nodes, shared with no other job: steadier times, and charged in full."""
    minutes: Annotated[int, Field(ge=1)] = 60
    """Walltime of a stage's job [min]. A stage that needs longer stops in good order, and the next start goes
    on."""
    warning_seconds: Annotated[int, Field(ge=0, le=65535)] = 60
    """How long before the walltime SLURM warns the ranks [s]: tasks in flight may finish, no new ones start.
    Give at least the longest task. 0: no warning, what is in flight at the walltime is done again."""
    check: bool = True
    """Ask SLURM whether it would take the jobs before submitting the first (`snakemake --profile slurm`)."""
    extra: tuple[str, ...] = ()
    """Further options of sbatch, one an item, such as `--reservation=week47` or `--mail-type=FAIL`."""

    @field_validator("extra")
    @classmethod
    def _not_ours(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        for option in options:
            name = re.split(r"[=\s]", option, maxsplit=1)[0]
            if not name.startswith("-") or re.search(r"\s", option):
                raise ValueError("each item is one option with its value behind =, such as --mail-type=FAIL")
            if name in _OWN_OPTIONS:
                raise ValueError(f"{name} is set by {_OWN_OPTIONS[name]}")
        return options

    @model_validator(mode="after")
    def _warning_is_within_the_walltime(self) -> Self:
        if self.warning_seconds >= 60 * self.minutes:
            raise ValueError(f"warning_seconds {self.warning_seconds} is not shorter than {self.minutes} min")
        return self
