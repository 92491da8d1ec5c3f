"""Benchmarks of single subjects that the suite runs as they are, and whose tables the page shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.suite.child import ROOT


def run_script(words: Sequence[str], timeout_s: float) -> dict[str, str]:
    """Run a script of `bench/` and return its text, or why there is none.

    Parameters
    ----------
    words
        Path of the script, from the project's root, and its arguments.
    timeout_s
        How long it may take.
    """
    script = Path(words[0])
    shown = {"script": script.as_posix()}
    if not (ROOT / script).exists():
        return shown | {"error": "no such script"}
    try:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return shown | {"error": f"no end after {timeout_s:.0f} s"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return shown | {"error": last[:300]}
    return shown | {"text": done.stdout.strip()}
