"""From what a job asks for to the text of a batch script: pure functions, nothing is submitted here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from jobs.slurm.request import Request

_COMMENTS = {
    "--output": "The log, in the folder that you submit from. Another one must exist, or the job is lost.",
    "--nodes": "Nodes, and what is needed of each of them; memory in MiB.",
    "--time": "Walltime [min].",
    "--signal": "How long before the walltime trackmill is told to stop in good order [s].",
    "--no-requeue": "A job that has lost a node ends: submit it again, and it goes on.",
    "--exclusive": "Whole nodes, shared with no other job.",
}
"""What a script says before an option."""


def batch_script(request: Request, name: str, title: str, folder: Path, body: Sequence[str]) -> str:
    """Return the text of a batch script.

    The log is `%x-%j.log` in the folder that the job is submitted from, which exists. SLURM drops a job whose
    log it cannot write without a word: with a log below the results, a script that is kept while the results
    are cleared away would leave no trace at all.

    Parameters
    ----------
    request
        What the job asks for.
    name
        Its name, also of the log; what SLURM would not take as one is replaced by `_`.
    title
        What it does, for its first lines.
    folder
        Where its commands run.
    body
        Shell commands, see `command_line`.
    """
    options = [f"--job-name={_job_name(name)}", "--output=%x-%j.log", *request.options]
    lines = ["#!/bin/bash", f"# {' '.join(title.split())}"]
    for option in options:
        comment = _COMMENTS.get(option.partition("=")[0])
        lines += [f"# {comment}"] if comment else []
        lines.append(f"#SBATCH {_sbatch_word(option)}")
    lines += [
        "",
        "# What your site needs first (module load ...) goes here.",
        "set -euo pipefail",
        f"cd {shlex.quote(str(folder))}",
        "",
        *body,
    ]
    return "\n".join(lines) + "\n"


def command_line(*parts: Sequence[str]) -> str:
    """Return a command with every word quoted for the shell, each part on a line of its own."""
    return " \\\n    ".join(shlex.join(part) for part in parts if part)


def _job_name(name: str) -> str:
    return re.sub(r"[^\w.+-]", "_", name)


def _sbatch_word(option: str) -> str:
    """Quote an option for a line of #SBATCH, where a backslash keeps its meaning between quotes too."""
    return re.sub(r"""([\\'"#\s])""", r"\\\1", option)
