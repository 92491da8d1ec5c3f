"""What the virtual cluster says of itself."""

import subprocess


def ask(*command: str) -> str:
    """Return what a command of SLURM prints; nothing where it fails or does not answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def node_states() -> dict[str, str]:
    """Return SLURM's word for the state of each node; `*` behind it where the node does not answer."""
    done = ask("sinfo", "--noheader", "--Node", "--partition=all", "--format=%N %T")
    return dict(line.split() for line in done.splitlines())
