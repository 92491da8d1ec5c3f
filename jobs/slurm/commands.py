"""SLURM's commands: there, answered within a time limit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from data_schemas.errors import InputError

_COMMANDS = ("sbatch", "srun", "scontrol", "sinfo")
_PING_S = 20
_ANSWER_S = 120
"""A controller with thousands of jobs takes its time to say when one more could start."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said.

    Attributes
    ----------
    code
        Its exit code.
    output, errors
        What it wrote.
    """

    code: int
    output: str
    errors: str

    @property
    def text(self) -> str:
        """All that it wrote."""
        return f"{self.output}\n{self.errors}".strip()


def ask(command: Sequence[str], *, script: str = "", seconds: float = _ANSWER_S) -> Answer:
    """Run a command of SLURM as outside of any job.

    Parameters
    ----------
    command
        The command and its arguments.
    script
        Its standard input.
    seconds
        How long to wait for its answer.

    Raises
    ------
    InputError
        There is no such command, or no answer in time.
    """
    try:
        done = subprocess.run(
            command,
            input=script,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds,
            env=outside_of_jobs(),
        )
    except OSError as error:
        raise InputError(command[0], f"cannot be run: {error.strerror}", _NO_SLURM) from None
    except subprocess.TimeoutExpired as error:
        said = _last_line((error.stderr or b"").decode(errors="replace"))
        raise silent(
            f"{command[0]} had no answer for {seconds:.0f} s" + (f": {said}" if said else "")
        ) from None
    return Answer(done.returncode, done.stdout, done.stderr)


def check_controller() -> None:
    """Refuse a machine without SLURM's commands, and a cluster whose controller does not answer.

    Raises
    ------
    InputError
        One of these, with SLURM's own words.
    """
    missing = [command for command in _COMMANDS if shutil.which(command) is None]
    if missing:
        raise InputError("SLURM", f"this machine has no {' or '.join(missing)}", _NO_SLURM)
    answer = ask(["scontrol", "ping"], seconds=_PING_S)
    if not re.search(r"\bis UP\b", answer.text):
        told = [line.strip() for line in answer.text.splitlines() if "slurm" in line.lower()]
        raise silent("; ".join(told) or _last_line(answer.text) or "scontrol ping says nothing")


def silent(words: str) -> InputError:
    """Return the error of a controller that does not answer."""
    return InputError("SLURM", f"its controller does not answer: {words}", "try again later, or ask the site")


_NO_SLURM = (
    "run it on a login node of the cluster, or on this machine alone with --profile workflow/profiles/local"
)


def outside_of_jobs() -> dict[str, str]:
    """Return the environment without what tells of the job of SLURM that this process is in."""
    # srun takes the shape of the job that it is in as its own; which cluster is meant stays as it is.
    kept = ("SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_CLUSTERS")
    return {
        name: value for name, value in os.environ.items() if not name.startswith("SLURM_") or name in kept
    }


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1].strip()
