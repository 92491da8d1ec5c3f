"""docs/performance.md from the results, and nothing else: the same results give the same page."""

from __future__ import annotations

import re
import statistics
from pathlib import Path
from typing import Any

from bench.suite import figures
from bench.suite.figures import FIGURES, PAIR_AT_LEAST, PAIR_LIMITS
from bench.suite.measure import Rates
from bench.suite.parts import costs_table, files_table, memory_table, script_text
from bench.suite.text import met, number, spread, table

_TEMPLATE = Path(__file__).with_name("performance.template.md")
_EXPONENT = 1.0
_EXPONENT_WITHIN = 0.05


def render(results: dict[str, Any]) -> str:
    """Return the page."""
    rates = Rates.from_json(results["rates"])
    smallest = results["sizes"][0]
    rows = [next(iter(runs.values()))["rows"] for key, runs in rates.found.items() if key[2] == smallest]
    pieces = {
        "machine": _machine(results),
        "rows_1x": f"some {round(statistics.median(rows), -4):,} rows" if rows else "not measured",
        "repeats": str(rates.repeats),
        "rates": _rates_table(rates),
        "exponent_aim": f"{_EXPONENT:.1f} ± {_EXPONENT_WITHIN}",
        "scaling": _scaling_table(rates, results["sizes"]),
        "pairs": _pairs_table(results.get("pairs")),
        "workload": _workload(rates),
        "memory": memory_table(results.get("memory")),
        "files": files_table(rates),
        "encodings": script_text(results.get("encodings")),
        "fusion": script_text(results.get("fusion")),
        "costs": costs_table(results.get("costs")),
        "kernels": script_text(results.get("kernels")),
        "failed": _failed(rates),
    }
    text = _TEMPLATE.read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: pieces[found[1]], text)


def _machine(results: dict[str, Any]) -> str:
    about = results["machine"]
    versions = ", ".join(f"{name} {found}" for name, found in about["versions"].items())
    peers = ", ".join(f"{name} {found}" for name, found in about["peers"].items())
    return (
        f"**Machine**: {about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB, "
        f"{about['system']}; load {about['load_at_start']} at the start; commit {about['commit']}.\n"
        f"**Versions**: Python {about['python']}, {versions}. Peers' environment: {peers or 'missing'}.\n"
        f"**Sizes** {', '.join(results['sizes'])}; the whole run took {results['seconds'] / 60:.1f} minutes."
    )


def _rates_table(rates: Rates) -> str:
    lines: list[list[str]] = []
    for figure in FIGURES:
        sizes = rates.sizes(figure.step, figure.kind)
        if not sizes:
            aim = f"≥ {number(figure.at_least)}" if figure.at_least else ""
            lines.append([figure.words, "not measured", aim, met([], figure.at_least), "", "", "", ""])
            continue
        values = rates.values(figure.step, figure.kind, sizes[-1], wall=figure.wall)
        pace = f"{spread(values)} {figure.unit}/s"
        if figure.made:
            made = rates.values(figure.step, figure.kind, sizes[-1], made=figure.made)
            pace += f", {number(statistics.median(made))} {figure.made}/s made"
        aim = f"≥ {number(figure.at_least)}" if figure.at_least else ""
        first = [figure.words, pace, aim, met(values, figure.at_least)]
        for ratio in figure.ratios:
            size, found = rates.ratio(figure, ratio)
            bound = ""
            if ratio.at_least is not None:
                bound = f"≥ {ratio.at_least:g}"
            if ratio.at_most is not None:
                bound = f"≤ {ratio.at_most:g}"
            words = f"{ratio.words} ({size})" if size else f"{ratio.words}: not run"
            lines.append([*first, words, spread(found), bound, met(found, ratio.at_least, ratio.at_most)])
            first = ["", "", "", ""]
        if not figure.ratios:
            lines.append([*first, "", "", "", ""])
    head = ("step", "rate, median (least to most)", "aim", "met", "beside", "ratio", "aim", "met")
    return table(head, lines)


def _scaling_table(rates: Rates, sizes: list[str]) -> str:
    lines = []
    for figure in FIGURES:
        exponent = rates.exponent(figure.step, figure.kind)
        if exponent is None:
            continue
        paces = [rates.values(figure.step, figure.kind, size) for size in sizes]
        line = [figure.words, *(number(statistics.median(values)) if values else "" for values in paces)]
        fixed = rates.medians(figure.step, figure.kind, figures.TINY)
        beyond = rates.exponent(figure.step, figure.kind, beyond=figures.TINY)
        line += [_exponent(exponent), f"{1e3 * fixed[1]:.1f}" if fixed else "", _exponent(beyond)]
        lines.append(line)
    head = ("step", *(f"{size}, rows/s" for size in sizes), "exponent", "tiny task, ms", "exponent beyond it")
    return table(head, lines)


def _exponent(exponent: float | None) -> str:
    """Return an exponent, in bold where it is beyond the aim."""
    if exponent is None:
        return ""
    text = f"{exponent:.3f}"
    return text if abs(exponent - _EXPONENT) <= _EXPONENT_WITHIN else f"**{text}**"


def _pairs_table(pairs: dict[str, Any] | None) -> str:
    if not pairs or "error" in pairs:
        return f"Not measured{': ' + pairs['error'] if pairs else ''}."
    lines = []
    for name, found in pairs["steps"].items():
        if "error" in found:
            lines.append([name, "", "", f"failed: {found['error']}"])
            continue
        limit = name.split(",")[0] in PAIR_LIMITS
        words = {"count_alone": "**limit**: a core alone", "copy_memory": "**limit**: copies of memory"}
        aim = "" if limit else f"≥ {PAIR_AT_LEAST}"
        verdict = "" if limit else met(found["ratios"], PAIR_AT_LEAST)
        lines.append([words.get(name.split(",")[0], name), spread(found["ratios"]), aim, verdict])
    return table(("step", "two against one", "aim", "met"), lines)


def _workload(rates: Rates) -> str:
    """Rate × size: core-hours of the paper's first workload, by stages one after the other and fused."""

    def a_row(step: str, kind: str) -> float | None:
        sizes = rates.sizes(step, kind)
        values = rates.values(step, kind, sizes[-1]) if sizes else []
        return 1 / statistics.median(values) if values else None

    made = [
        run["made"]["seconds"] / run["rows"]
        for size in rates.sizes("process", "10 s")[-1:]
        for run in rates.found["process", "10 s", size].values()
    ]
    seconds_a_row = statistics.median(made) if made else 0.0
    organize = {"organize, tar with gzip": a_row("organize_tar", "hour")}
    merges = (a_row("archive", "10 s"), a_row("merge_hours", "merge"))
    archive = {"archive: the dearer of few and of many hours": max(merges, key=lambda cost: cost or 0.0)}
    merged = {"archive, process, statistics and train fused, many hours": a_row("merge_hours_fused", "merge")}
    apart = {"process, tracks written": a_row("process", "10 s")}
    for step in ("statistics", "train"):
        pace = a_row(step, "1 Hz")
        apart[f"{step}, {seconds_a_row:.1f} seconds a row"] = pace and pace * seconds_a_row
    fused = {"process, statistics and train fused": a_row("fused", "10 s")}
    lines = []
    for words, cost in {**organize, **archive, **fused, **merged, **apart}.items():
        hours = number(cost * figures.WORKLOAD_ROWS / 3600) if cost else "not measured"
        lines.append([words, f"{cost * 1e6:.2f}" if cost else "", hours])
    totals = []
    ways = {
        "**3 to 5 fused**": {**organize, **archive, **fused},
        "**2 to 5 fused**": {**organize, **merged},
        "**stage by stage**": {**organize, **archive, **apart},
    }
    for words, parts in ways.items():
        costs = list(parts.values())
        if all(costs):
            total = sum(cost or 0.0 for cost in costs) * figures.WORKLOAD_ROWS / 3600
            verdict = met([total], at_most=figures.WORKLOAD_AT_MOST_CORE_HOURS)
            lines.append([words, "", f"{total:.2f}"])
            totals.append(
                f"{words}: {total:.2f} core-hours ({total / 16 * 60:.0f} minutes of 16 cores), "
                f"at most {figures.WORKLOAD_AT_MOST_CORE_HOURS:g}: {verdict}"
            )
    return (
        f"{figures.WORKLOAD_ROWS / 1e9:.1f} billion rows in {figures.WORKLOAD_HOURS:,} hour files of state\n"
        "vectors **10 s apart** (OpenSky's weekly hours), tar with gzip, raw to models, by rate × size:\n"
        "processor time a row in the largest size above. Every raw row is taken to go through every stage;\n"
        "of real ones many leave early.\n\n"
        + table(("stage", "core-µs a row", "core-hours"), lines)
        + "\n\n"
        + (".\n".join(totals) + "." if totals else "Not all stages were measured.")
    )


def _failed(rates: Rates) -> str:
    if not rates.failed:
        return "All steps and peers ran."
    lines = [f"- {step}, {kind}: {error}" for (step, kind), error in rates.failed.items()]
    return "Not run, or failed:\n\n" + "\n".join(lines)
