"""What a figure was measured on: processor, cores, memory, versions; no names of hosts and no paths."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path

from bench.suite.child import ROOT
from workflow.bench.machine import processor, versions

PACKAGES = ("trackmill", "polars", "pyarrow", "numba", "numpy", "scipy", "pandas", "traffic")


def describe() -> dict[str, object]:
    """Return the facts of this machine and of this environment."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "load_at_start": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": versions(PACKAGES),
        "commit": _commit(),
    }


def peer_versions(python: Path) -> dict[str, str]:
    """Return the versions of the packages in the peers' environment."""
    code = "import json; from bench.suite.machine import *; print(json.dumps(versions(PACKAGES)))"
    done = subprocess.run([str(python), "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {}


def _commit() -> str:
    """Return the commit, with a plus where files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")
