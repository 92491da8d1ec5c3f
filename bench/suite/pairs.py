"""Two processes against one: each on a core of its own, with inputs of its own."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Sequence
from typing import Any

from bench.suite.child import Child, StepFailedError
from bench.suite.measure import Bench, say


def measure_pairs(
    bench: Bench,
    children: tuple[Child, Child],
    steps: Sequence[tuple[str, str]],
    size: str,
    repeats: int,
    until: float,
) -> dict[str, Any]:
    """Time every step by each process alone and by both at once.

    Returns
    -------
    dict
        By step and kind: `ratios`, one a repeat: how much more two processes get done in the same wall time;
        or `error`. `cores` are the two cores, of which there must be two.
    """
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        return {"error": "the machine has one core"}
    found: dict[str, Any] = {"cores": cores, "steps": {}}
    for kind in dict.fromkeys(kind for _, kind in steps):
        folder = bench.work / kind.replace(" ", "")
        if not (folder / f"{size}-b").exists():
            shutil.copytree(folder / size, folder / f"{size}-b")
    for repeat in range(repeats):
        if repeat and time.monotonic() > until:
            break
        for step, kind in steps:
            name = f"{step}, {kind}"
            if "error" in found["steps"].get(name, {}):
                continue
            requests = [
                bench.request(step, kind, place, cores=[core])
                | {"out": str(bench.work / "scratch" / f"core{n}"), "least_s": 0.0}
                for n, (core, place) in enumerate(zip(cores, (size, f"{size}-b"), strict=True))
            ]
            try:
                if not repeat:  # what is prepared, is prepared now
                    _at_once(bench, children, requests)
                alone = [_at_once(bench, children[n : n + 1], requests[n : n + 1]) for n in (0, 1)]
                both = _at_once(bench, children, requests)
            except StepFailedError as error:
                found["steps"][name] = {"error": str(error)}
                say(f"two processes, {name}: FAILED, {error}")
                continue
            ratio = sum(alone) / both
            found["steps"].setdefault(name, {"ratios": []})["ratios"].append(round(ratio, 3))
            say(f"{repeat + 1}: two processes, {name}: {ratio:.2f} x ({statistics.mean(alone):.2f} s alone)")
    return found


def _at_once(bench: Bench, children: Sequence[Child], requests: Sequence[dict[str, Any]]) -> float:
    """Send each child its request; return the wall time of the slowest [s]."""
    for child, request in zip(children, requests, strict=True):
        child.send(request)
    problems, seconds = [], 0.0
    for child in children:
        try:
            seconds = max(seconds, child.receive(bench.timeout_s)["wall_s"])
        except StepFailedError as error:
            problems.append(error)
    if problems:
        raise problems[0]
    return seconds
