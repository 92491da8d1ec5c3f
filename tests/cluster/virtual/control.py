"""Starting and stopping the virtual cluster."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Final

from tests.cluster.virtual import machine, processes
from tests.cluster.virtual.asking import ask, node_states
from tests.cluster.virtual.configuration import (
    CPUS,
    JOB_SUBMIT,
    KILL_WAIT_SECONDS,
    LOGS,
    MEMORY_MB,
    MUNGE,
    NODES,
    SLURM_CONF,
    SPOOL,
    STATE,
    job_submit,
    slurm_conf,
)
from tests.cluster.virtual.leftovers import end_job_processes
from tests.cluster.virtual.nodes import start_slurmd
from tests.cluster.virtual.record import RECORD, alone

_START_SECONDS: Final = 60.0
_LARGEST_JOB: Final = 67_000_000  # of SLURM, roughly
_UP: Final = ("idle", "mixed", "allocated", "completing")


def start() -> None:
    """Start the cluster and wait until its nodes are idle; a cluster that is up stays as it is.

    Raises
    ------
    RefusedError
        The machine is not fit for it.
    FailedError
        It did not come up; what was started has been ended.
    """
    machine.require()
    with alone():
        recorded = processes.load(RECORD)
        if recorded and all(process.is_running() for process in recorded) and _are_up():
            print(f"cluster: already up: {_states()}")
            return
        _remove()
        machine.install()
        try:
            _start()
        except BaseException:
            _remove()
            raise
    print(f"cluster: up: {_states()}; {CPUS} CPUs and {MEMORY_MB} MB each")
    cores = len(os.sched_getaffinity(0))
    if cores < CPUS * len(NODES):
        print(f"cluster: its {CPUS * len(NODES)} CPUs share {cores} cores: fit for tests, not for timings")


def stop() -> None:
    """Cancel all jobs, end what `start` started, remove what it wrote; installed packages stay.

    Raises
    ------
    RefusedError
        Not ours to stop, or not root.
    """
    machine.require()
    with alone():
        recorded = processes.load(RECORD)
        if any(process.is_running() for process in recorded):
            _cancel_all()
        ended = _remove()
    print(f"cluster: stopped, {ended} processes ended" if recorded else "cluster: was not up")


def _start() -> None:
    _make_folders()
    machine.name_on_loopback()
    SLURM_CONF.parent.mkdir(parents=True, exist_ok=True)
    SLURM_CONF.write_text(slurm_conf(machine.host_name(), int(time.time()) % _LARGEST_JOB))
    JOB_SUBMIT.write_text(job_submit())
    running: list[processes.Process] = []

    def started(process: processes.Process) -> None:
        running.append(process)
        processes.save(running, RECORD)

    key, socket = MUNGE / "munge.key", MUNGE / "socket"
    subprocess.run(["runuser", "-u", "munge", "--", "mungekey", "--create", f"--keyfile={key}"], check=True)
    munged = (
        shutil.which("munged") or "munged",
        "--foreground",
        f"--key-file={key}",
        f"--socket={socket}",
        f"--pid-file={MUNGE}/munged.pid",
        f"--seed-file={MUNGE}/munged.seed",
        f"--log-file={MUNGE}/munged.log",
    )
    started(processes.start("munged", munged, LOGS / "munged.out", user="munge"))
    _wait("munged's socket", running, socket.is_socket)
    slurmctld = (shutil.which("slurmctld") or "slurmctld", "-D")
    started(processes.start("slurmctld", slurmctld, LOGS / "slurmctld.out"))
    for node in NODES:
        started(start_slurmd(node))
    _wait("idle nodes", running, lambda: node_states() == dict.fromkeys(NODES, "idle"))


def _make_folders() -> None:
    # The folder is open to all users so that their commands reach munged's socket; the rest is root's.
    STATE.mkdir(mode=0o755)
    for folder in (LOGS, SPOOL, STATE / "controller", *(SPOOL / node for node in NODES)):
        folder.mkdir(mode=0o700)
    MUNGE.mkdir(mode=0o755)
    shutil.chown(MUNGE, "munge", "munge")


def _wait(what: str, running: list[processes.Process], holds: Callable[[], bool]) -> None:
    until = time.monotonic() + _START_SECONDS
    while not holds():
        for process in running:
            if not process.is_running():
                raise machine.FailedError(
                    f"{process.name} ended while waiting for {what}: {_last_words(process.name)}"
                )
        if time.monotonic() > until:
            raise machine.FailedError(
                f"waited {_START_SECONDS:.0f} s for {what} in vain: {_states() or 'no answer'}"
            )
        time.sleep(0.1)


def _last_words(name: str) -> str:
    for log in (LOGS / f"{name}.out", LOGS / f"{name}.log", MUNGE / f"{name}.log"):
        if log.exists() and (lines := log.read_text(errors="replace").strip().splitlines()):
            return lines[-1]
    return "it said nothing"


def _are_up() -> bool:
    states = node_states()
    return set(states) == set(NODES) and all(state in _UP for state in states.values())


def _states() -> str:
    return ", ".join(f"{node} {state}" for node, state in sorted(node_states().items()))


def _cancel_all() -> None:
    jobs = ask("squeue", "--noheader", "--format=%A").split()
    if not jobs:
        return
    ask("scancel", *jobs)
    until = time.monotonic() + KILL_WAIT_SECONDS + 15
    while ask("squeue", "--noheader", "--format=%A") and time.monotonic() < until:
        time.sleep(0.2)


def _remove() -> int:
    recorded = processes.load(RECORD)
    ended = sum(process.end() for process in reversed(recorded))
    if recorded:
        for node in NODES:  # what outlived its slurmd
            end_job_processes(node, [])
    for path in (SLURM_CONF, JOB_SUBMIT):
        if machine.is_ours(path):
            path.unlink()
    machine.restore_name()
    shutil.rmtree(STATE, ignore_errors=True)
    return ended
