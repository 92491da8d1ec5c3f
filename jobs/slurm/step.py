"""Steps of a job: what srun has started in it."""

from __future__ import annotations

import sys

from jobs.slurm.commands import ask

_ANSWER_S = 60


def warn_step(job: str, name: str) -> None:
    """Send SIGTERM to the tasks of the steps of a job that have a name; srun itself would kill them.

    Parameters
    ----------
    job
        Number of the job.
    name
        What srun was given as `--job-name`.

    Raises
    ------
    InputError
        SLURM does not answer.
    """
    asked = ["squeue", "--noheader", "--steps", f"--jobs={job}", "--format=%i %j"]
    for line in ask(asked, seconds=_ANSWER_S).output.splitlines():
        step, _, found = line.strip().partition(" ")
        if found == name:
            answer = ask(["scancel", "--signal=TERM", step], seconds=_ANSWER_S)
            sys.stderr.write(answer.errors)
