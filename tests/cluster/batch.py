"""Batch jobs of the tests: submit a script, ask for its state, wait for its end with a limit."""

import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NOT_ENDED: Final = {"PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "STAGE_OUT", "SUSPENDED", "REQUEUED"}


@dataclass(frozen=True, slots=True)
class Job:
    """A submitted job: its number and the files it writes."""

    number: int
    output: Path
    errors: Path


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended.

    Attributes
    ----------
    state
        SLURM's word: COMPLETED, FAILED, CANCELLED, TIMEOUT, NODE_FAIL, ...
    exit_code, signal
        Of the batch script; signal is 0 where none ended it.
    seconds
        From its start to its end, as SLURM counts: whole seconds.
    stdout, stderr
        What it wrote.
    """

    state: str
    exit_code: int
    signal: int
    seconds: int
    stdout: str
    stderr: str


def submit(folder: Path, script: str, *options: str) -> Job:
    """Submit a bash script, which runs in a folder and writes there.

    Parameters
    ----------
    folder
        Where.
    script
        Its text, without the first line.
    options
        Of sbatch, such as "--nodes=2".

    Raises
    ------
    subprocess.CalledProcessError
        sbatch refused it; its `stderr` says why.
    """
    files = ("--output=%j.out", "--error=%j.err")
    number = _submitted(folder, f"#!/bin/bash\n{script}\n", *files, *options)
    return Job(number, folder / f"{number}.out", folder / f"{number}.err")


def submit_printed(folder: Path, script: str, name: str) -> Job:
    """Submit what `trackmill sbatch` has printed as a user does, with a pipe.

    Parameters
    ----------
    folder
        Where.
    script
        Its whole text, which has all options.
    name
        Name of the job, after which its log in that folder is called.

    Raises
    ------
    subprocess.CalledProcessError
        sbatch refused it; its `stderr` says why.
    """
    number = _submitted(folder, script)
    log = folder / f"{name}-{number}.log"
    return Job(number, log, log)


def state(job: Job) -> str:
    """Return SLURM's word for the state of a job."""
    return _record(job)["JobState"]


def cancel(job: Job) -> None:
    """Cancel a job; it may still take its time to end."""
    subprocess.run(["scancel", str(job.number)], check=True, timeout=60)


def wait(job: Job, seconds: float) -> Ended:
    """Wait for the end of a job and return how it ended.

    Raises
    ------
    TimeoutError
        It has not ended within the limit; it has been cancelled, and the message has its state and errors.
    """
    try:
        until(lambda: state(job) not in _NOT_ENDED, seconds, f"the end of job {job.number}")
    except TimeoutError as error:
        word = state(job)
        cancel(job)
        raise TimeoutError(f"{error}: it is {word}\n{_text(job.errors)[-3000:]}") from None
    record = _record(job)
    exit_code, signal = (int(part) for part in record["ExitCode"].split(":"))
    return Ended(
        state=record["JobState"],
        exit_code=exit_code,
        signal=signal,
        seconds=_seconds(record["RunTime"]),
        stdout=_text(job.output),
        stderr=_text(job.errors),
    )


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until something holds.

    Raises
    ------
    TimeoutError
        It did not within the limit.
    """
    limit = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > limit:
            raise TimeoutError(f"waited {seconds:.0f} s for {what} in vain")
        time.sleep(0.1)


def _submitted(folder: Path, script: str, *options: str) -> int:
    command = ["sbatch", "--parsable", *options]
    done = subprocess.run(
        command, cwd=folder, input=script, capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout.split(";")[0])


def _record(job: Job) -> dict[str, str]:
    command = ["scontrol", "--oneliner", "show", "job", str(job.number)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return dict(re.findall(r"(\S+?)=(\S*)", done.stdout))


def _seconds(run_time: str) -> int:
    days, _, clock = run_time.rpartition("-")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return int(days or 0) * 86400 + hours * 3600 + minutes * 60 + seconds


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""
