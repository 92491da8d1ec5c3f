"""Steps of a job: what srun has started in it."""

from __future__ import annotations

import subprocess

_ANSWER_S = 60


def warn_step(job: str, name: str) -> None:
    """Send SIGTERM to the tasks of the steps of a job that have a name; srun itself would kill them.

    Parameters
    ----------
    job
        Number of the job.
    name
        What srun was given as `--job-name`.
    """
    asked = ["squeue", "--noheader", "--steps", f"--jobs={job}", "--format=%i %j"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=_ANSWER_S)
    for line in listed.stdout.splitlines():
        step, _, found = line.strip().partition(" ")
        if found == name:
            subprocess.run(["scancel", "--signal=TERM", step], check=False, timeout=_ANSWER_S)
