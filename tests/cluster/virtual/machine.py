"""What the machine must offer: Debian, root, the packages, a host name on the loopback address."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Final

from tests.cluster.virtual.configuration import ADDRESS, JOB_SUBMIT, MARKER, SLURM_CONF

_COMMANDS: Final = ("munged", "mungekey", "slurmctld", "slurmd", "srun", "sbatch")
_PACKAGES: Final = ("slurm-wlm", "munge")
_HOSTS: Final = Path("/etc/hosts")


class RefusedError(Exception):
    """The cluster cannot be here: one line says why and what to do."""


class FailedError(Exception):
    """Starting or stopping went wrong: one line says what."""


def require() -> None:
    """Refuse a machine that is not Debian, a user who is not root, and another cluster's configuration.

    Raises
    ------
    RefusedError
        One of these.
    """
    if not Path("/etc/debian_version").exists():
        raise RefusedError("the virtual SLURM cluster needs Debian: nothing was changed")
    if os.geteuid() != 0:
        raise RefusedError("the virtual SLURM cluster needs root: nothing was changed; run it with sudo")
    for path in (SLURM_CONF, JOB_SUBMIT):
        if path.exists() and not is_ours(path):
            raise RefusedError(f"{path} belongs to another cluster: nothing was changed; move it away first")


def is_ours(path: Path = SLURM_CONF) -> bool:
    """Whether a file of configuration is the virtual cluster's."""
    try:
        return MARKER in path.read_text().partition("\n")[0]
    except OSError:
        return False


def install() -> None:
    """Install SLURM and munge with apt-get where they are missing; they stay when the cluster stops.

    Raises
    ------
    FailedError
        apt-get failed, with its last line.
    """
    if all(shutil.which(command) for command in _COMMANDS):
        return
    print(f"cluster: installing {' and '.join(_PACKAGES)}", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *_PACKAGES]):
        done = subprocess.run(
            ["apt-get", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = (done.stdout.strip().splitlines() or ["it said nothing"])[-1]
            raise FailedError(f"apt-get {arguments[0]} failed: {last}")


def host_name() -> str:
    """Return the short host name, which SLURM calls the machine."""
    return socket.gethostname().split(".")[0]


def name_on_loopback() -> None:
    """Make the host name resolve to the loopback address, by a marked line in /etc/hosts where it does not.

    SLURM cannot be told an address to bind to: it takes the host name's. Debian's usual 127.0.1.1 will not
    do: connections to it come from 127.0.0.1, where srun is then called back in vain.

    Raises
    ------
    FailedError
        The name still resolves to something else.
    """
    if _resolves():
        return
    names = dict.fromkeys((socket.gethostname(), host_name()))
    # Rewritten in place: in a container the file is a mount, which cannot be replaced.
    _HOSTS.write_text(f"{ADDRESS} {' '.join(names)} # {MARKER}\n{_HOSTS.read_text()}")
    print(f"cluster: {' '.join(names)} is {ADDRESS} in {_HOSTS} until the cluster stops", flush=True)
    if not _resolves():
        raise FailedError(f"the host name {socket.gethostname()} does not resolve to {ADDRESS}")


def restore_name() -> None:
    """Remove our line from /etc/hosts, where there is one."""
    lines = _HOSTS.read_text().splitlines(keepends=True)
    kept = [line for line in lines if MARKER not in line]
    if kept != lines:
        _HOSTS.write_text("".join(kept))


def _resolves() -> bool:
    for name in (socket.gethostname(), host_name()):
        try:
            found = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
        except OSError:
            return False
        if found[0][4][0] != ADDRESS:
            return False
    return True
