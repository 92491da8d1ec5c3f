"""Parts of the page that are not about rates: memory, files, fusion, costs."""

from __future__ import annotations

from typing import Any

from bench.suite import figures
from bench.suite.measure import Rates
from bench.suite.text import met, number, table

_GIB = 2**30
_INPUTS = {"make_hour": "hour of {rows} rows", "make_aircraft": "one aircraft of {rows} rows"}


def memory_table(memory: dict[str, Any] | None) -> str:
    """Return the peaks of every stage and input."""
    if not memory or "error" in memory:
        return _missing(memory)
    lines = []
    for run in memory["runs"]:
        words = _INPUTS[run["input"]].format(rows=number(run["rows"]))
        if "error" in run:
            lines.append([words, run["stage"], "", "", "", f"failed: {run['error']}"])
            continue
        setting, peak = run["setting_bytes"] / _GIB, run["peak_rss_bytes"] / _GIB
        within = met([peak], at_most=setting)
        lines.append([words, run["stage"], f"{run['cpu_s']:.1f}", f"{setting:.2f}", f"{peak:.2f}", within])
    base = memory.get("base_bytes")
    words = f"A process holds {base / _GIB:.2f} GiB before its first row.\n\n" if base else ""
    return words + table(
        ("input", "stage", "processor time, s", "setting, GiB", "peak, GiB", "within"), lines
    )


def files_table(rates: Rates) -> str:
    """Return bytes on disk."""
    lines = []

    def largest(step: str, kind: str) -> dict[str, Any] | None:
        sizes = rates.sizes(step, kind)
        return next(iter(rates.found[step, kind, sizes[-1]].values())) if sizes else None

    if (run := largest("archive", "10 s")) and "raw_bytes" in run["made"]:
        share = run["made"]["bytes_out"] / run["made"]["raw_bytes"]
        aim = figures.ARCHIVE_AT_MOST_SHARE
        lines.append(
            [
                "archive, of the raw CSV's bytes",
                f"{100 * share:.1f} %",
                f"≤ {100 * aim:.0f} %",
                met([share], at_most=aim),
            ]
        )
        lines.append(["archive, bytes a row", f"{run['made']['bytes_out'] / run['rows']:.1f}", "", ""])
    for kind in ("1 Hz", "10 s"):
        if run := largest("process", kind):
            a_second = run["made"]["bytes_out"] / run["made"]["seconds"]
            aim = figures.TRACKS_AT_MOST_BYTES_A_SECOND
            verdict = met([a_second], at_most=aim)
            lines.append(
                [f"1 Hz tracks of {kind} data, bytes a second", f"{a_second:.1f}", f"≤ {aim:g}", verdict]
            )
    if (ours := largest("raw_to_archive", "10 s")) and (theirs := largest("published_write", "10 s")):
        for words, run in (("archive", ours), ("published layout", theirs)):
            made = run["made"]
            size = f"{made['bytes_out'] / run['rows']:.1f} bytes a row, {made['files']:,} files written"
            lines.append([f"{words}, {number(run['rows'])} rows of one leaf", size, "", ""])
    return table(("what", "found", "aim", "met"), lines) if lines else "Not measured."


def script_text(found: dict[str, str] | None) -> str:
    """Return what a script has printed."""
    if not found:
        return "Not measured."
    if "error" in found:
        return f"`{found.get('script', '')}`: {found['error']}."
    return f"From `{found['script']}`:\n\n```\n{found['text']}\n```"


def costs_table(costs: list[dict[str, Any]] | dict[str, Any] | None) -> str:
    """Return the functions that most time of each stage goes to."""
    if not costs or isinstance(costs, dict):
        return _missing(costs)
    lines = []
    for stage in costs:
        name = stage["stage"]
        for cost in stage.get("shares", []):
            code = cost["line"].replace("|", "\\|")
            where = f"`{cost['file']}`, `{cost['function']}`"
            lines.append([name, where, f"{cost['share']:.0%}", f"`{code[:70]}` {cost['line_share']:.0%}"])
            name = ""
        if "error" in stage:
            lines.append([name, f"failed: {stage['error']}", "", ""])
    return (
        "The three functions of ours that most processor time of each stage goes to, what they call in\n"
        "libraries and kernels included, and the line that takes most (sampled; a kernel counts for the\n"
        "line that calls it).\n\n" + table(("stage", "function", "share", "heaviest line"), lines)
    )


def _missing(part: dict[str, Any] | list[Any] | None) -> str:
    if isinstance(part, dict) and "error" in part:
        return f"Failed: {part['error']}."
    return "Not measured."
