"""One screen of what the benchmark found."""

from __future__ import annotations

import statistics
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from workflow.bench.others import disturbed

_GROUPS = {
    "strategies": ("strategy",),
    "distributions": ("distribution", "tasks_per_message"),
    "orders": ("stage", "order"),
    "triples": ("nodes", "processes", "threads", "order"),
    "archive": ("distribution",),
    "cache": ("stage", "cache"),
}
"""Comparisons, and the columns in which their configurations differ."""
_COLUMNS = 100
_SHOWN = {"strategies": 10}
_SHOWN_ELSE = 3
"""Configurations of a comparison: the shortest ones and the longest."""


def screen(out: Path, facts: dict[str, Any]) -> str:
    """Return the summary as text of at most 100 columns, some 50 lines.

    Parameters
    ----------
    out
        Folder of the benchmark.
    facts
        What `bench.json` holds.
    """
    rows = pq.read_table(out / "runs.parquet").to_pylist()
    machine = facts["machine"]
    lines = [f"{machine['processor']}, {machine['cores']} cores, {machine['date']}"]
    lines.append(disturbed([row for row in rows if row["status"] == "done"], machine["cores"]))
    for group in _GROUPS:
        lines += _group(group, [row for row in rows if group in row["groups"] and row["status"] == "done"])
    lines += [f"not run: {name}: {why}" for name, why in facts["not_run"].items()]
    lines += [f"failed: {name}: {why}" for name, why in facts["failed"].items()]
    if facts["left_out"]:
        minutes = facts["settings"]["minutes"]
        left_out = sum(facts["left_out"].values())
        lines.append(f"left out by the budget of {minutes:g} min: {left_out} runs")
    model = facts["model"]
    if model["median_error"] is not None:
        lines.append(f"model: median error {model['median_error']:.1%} of {model['configurations']} launches")
    for name, best in facts["recommendations"].items():
        triple = ", ".join(map(str, best["triple"]))
        order, distribution = best["order"], best["distribution"]
        lines.append(f"{name}: [{triple}], {order}, {distribution}, {best['tasks_per_message']} a message:")
        lines.append(f"  {best['reason']}")
    return "\n".join(wrapped for line in lines for wrapped in _wrapped(line)) + f"\ntables: {out}"


def _wrapped(line: str) -> list[str]:
    """Break a line that is too long; what follows is indented."""
    return textwrap.wrap(line, _COLUMNS, subsequent_indent="  ")


def _group(group: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the shortest configurations of a comparison and the longest, medians of the repeats."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["configuration"], []).append(row)
    if not found:
        return []
    ranked = sorted(found, key=lambda name: _median(found[name], "job_s"))
    most = _SHOWN.get(group, _SHOWN_ELSE)
    shown = ranked[:most] + ranked[most:][-1:]
    head = f"{group:<44}{'job s':>7}{'least':>7}{'most':>7}{'launch':>7}{'imbal.':>7}"
    return [head, *(_line(found[name], _GROUPS[group]) for name in shown)]


def _line(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> str:
    times = [row["job_s"] for row in rows]
    name = " ".join(str(rows[0][column]) for column in columns)
    name += " (cores shared)" if rows[0]["oversubscribed"] else ""
    numbers = (_median(rows, "job_s"), min(times), max(times), _median(rows, "launch_s"))
    shown = "".join(f"{number:>7.1f}" for number in numbers)
    return f"  {name[:42]:<42}{shown}{_median(rows, 'imbalance'):>7.2f}"


def _median(rows: Sequence[dict[str, Any]], name: str) -> float:
    return float(statistics.median(row[name] for row in rows))
