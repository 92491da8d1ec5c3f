"""Largest resident memory of a fresh process for inputs far larger than usual."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Any

from bench.suite.child import Child, StepFailedError
from bench.suite.measure import Bench, say

STEPS = ("organize", "archive", "process", "statistics", "train", "fused")
_CHAIN = {
    "organize": ("organize_csv", "organized"),
    "archive": ("archive", "archive"),
    "process": ("process", "tracks"),
    "statistics": ("statistics", "scratch"),
    "train": ("train", "scratch"),
    "fused": ("fused", "scratch"),
}
"""The steps and the folders of the place that they write, which the next one reads."""


def measure_memory(
    bench: Bench, new_child: Callable[[], Child], usual: str, hour_rows: int, aircraft_rows: int, until: float
) -> dict[str, Any]:
    """Run stages on a large hour and on a leaf of one aircraft, each in a process of its own.

    Parameters
    ----------
    bench, new_child
        Where, and how a process is made.
    usual
        The size whose rows are repeated.
    hour_rows, aircraft_rows
        Rows of the large hour and of the aircraft.
    until
        Time (`time.monotonic`) after which nothing more is begun.

    Returns
    -------
    dict
        `base_bytes` of a process before its first row; `runs`: input, stage, rows, setting and peak [byte] or
        error.
    """
    found: dict[str, Any] = {"runs": []}
    try:
        found["base_bytes"] = _alone(bench, new_child, bench.request("nothing", "1 Hz", usual))[
            "peak_rss_bytes"
        ]
    except StepFailedError as error:
        found["base_error"] = str(error)
    half = bench.memory_bytes // 2
    inputs = (
        (
            "make_hour",
            "hour",
            hour_rows,
            [("organize", bench.memory_bytes), ("organize", half), ("archive", half)],
        ),
        ("make_aircraft", "1 Hz", aircraft_rows, [(step, bench.memory_bytes) for step in STEPS]),
    )
    for make, kind, wanted, steps in inputs:
        place = bench.work / make
        source = bench.work / kind.replace(" ", "") / usual
        arguments = {"source": str(source), "place": str(place), "rows": wanted}
        call = {"step": "call", "module": "bench.suite.big", "function": make, "arguments": arguments}
        try:
            rows = bench.ours.ask(call, bench.timeout_s)["value"]
        except StepFailedError as error:
            found["runs"].append({"input": make, "stage": "", "rows": wanted, "error": str(error)})
            continue
        for stage, memory_bytes in steps:
            step, out = _CHAIN[stage]
            request = bench.request(step, kind, usual) | {
                "place": str(place),
                "out": str(place / out),
                "memory_bytes": memory_bytes,
            }
            run = {"input": make, "stage": stage, "rows": rows, "setting_bytes": memory_bytes}
            try:
                if time.monotonic() > until:
                    raise StepFailedError("not begun: the time was up")
                answer = _alone(bench, new_child, request)
                run |= {name: answer[name] for name in ("peak_rss_bytes", "cpu_s", "rows")}
                say(f"memory, {make}, {stage}: {run['peak_rss_bytes'] / 2**30:.2f} GiB, {run['cpu_s']:.1f} s")
            except StepFailedError as error:
                run["error"] = str(error)
                say(f"memory, {make}, {stage}: FAILED, {error}")
            found["runs"].append(run)
        shutil.rmtree(place, ignore_errors=True)
    return found


def _alone(bench: Bench, new_child: Callable[[], Child], request: dict[str, Any]) -> dict[str, Any]:
    child = new_child()
    try:
        return child.ask(request | {"least_s": 0.0}, bench.timeout_s)
    finally:
        child.close()
