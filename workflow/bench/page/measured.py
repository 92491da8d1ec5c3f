"""Sections on what was measured: strategies, distributions, orders and triples, archive, cache."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import plotly.graph_objects as go
import polars as pl

from workflow.bench.page.charts import COLOURS, bar_chart, chart, stacked, whiskers
from workflow.bench.page.results import Results
from workflow.report.page import bullets, paragraph, section, subsection, table

Section = tuple[str, str, str]
_MARKS = "† more threads than cores; ‡ virtual nodes: one machine under several names."


def strategies(results: Results) -> Section:
    """Launch strategies beside each other, and those that were not run."""
    rows = results.compared("strategies")
    parts = [
        paragraph(
            "The same tasks of stage process, launched in every way that works here. Launch is from the "
            "submission to the first task; a turn is the median time from a task's end to the start of its "
            "worker's next one, so it holds dispatch, ledger and, for some, the start of a process. " + _MARKS
        )
    ]
    if rows.height:
        labels = [f"{one['strategy']} {one['triple']}{one['mark']}" for one in rows.to_dicts()]
        caption = "Job time of each strategy: median of the repeats, whiskers from least to most."
        parts += [
            bar_chart(rows, labels, caption, name="strategies"),
            _measured_table(rows, "strategy", "strategy"),
            _taxes(rows, labels, "strategy-taxes"),
        ]
    return _section("strategies", "Launch strategies", parts, rows)


def not_run(results: Results) -> str:
    """What was not run, failed, or left out by the budget, each with its reason."""
    facts = results.facts
    items = [f"Not run: {name}: {why}" for name, why in facts["not_run"].items()]
    items += [f"Failed: {name}: {why}" for name, why in facts["failed"].items()]
    if facts["left_out"]:
        done = set(results.runs["configuration"])
        items.append(_left_out(facts["left_out"], done, facts["settings"]["minutes"]))
    return subsection("Not run", bullets(items or ["Everything that was asked for was run."]))


def _left_out(left_out: Mapping[str, int], done: Collection[str], minutes: float) -> str:
    """What the budget cost: repeats, and configurations that were never run."""
    never = sorted(set(left_out).difference(done))
    said = f"Left out by the budget of {minutes:g} minutes: {sum(left_out.values())} runs"
    return f"{said}. Never run: {'; '.join(never)}" if never else f"{said}; each configuration was run."


def distributions(results: Results) -> Section:
    """Who gets which task, and how many a message."""
    rows = results.compared("distributions")
    one_each = rows.filter(pl.col("tasks_per_message") == 1)
    parts = [
        paragraph(
            "Stage process under mpi on all cores. block, cyclic and lpt are fixed beforehand; self is the "
            "paper's manager; counter, guided and factoring are ours. " + _MARKS
        )
    ]
    if rows.height:
        labels = [f"{one['distribution']}{one['mark']}" for one in one_each.to_dicts()]
        parts += [
            bar_chart(
                one_each, labels, "Job time of each distribution, one task a message.", name="distributions"
            ),
            _messages(rows.filter(pl.col("distribution") == "self").sort("tasks_per_message")),
            _measured_table(rows, "distribution", "distribution", "tasks_per_message"),
        ]
    return _section("distributions", "Distribution and tasks a message", parts, rows)


def _messages(rows: pl.DataFrame) -> str:
    """Time against tasks per message, as the paper draws it."""
    if rows.height < 2:
        return ""
    drawn = go.Figure(
        [
            _line(rows, "tasks_per_message", "job_s", "job time", COLOURS[0]),
            _line(rows, "tasks_per_message", "busy_max_s", "busiest worker", COLOURS[1]),
            _line(rows, "tasks_per_message", "busy_min_s", "least busy worker", COLOURS[2]),
        ],
        {
            "xaxis": {
                "title": "tasks a message",
                "type": "log",
                "tickvals": rows["tasks_per_message"].to_list(),
            },
            "yaxis": {"title": "s", "rangemode": "tozero"},
        },
    )
    return chart(drawn, "Time against tasks per message (distribution self).", name="messages")


def _line(rows: pl.DataFrame, x: str, y: str, name: str, colour: str) -> go.Scatter:
    return go.Scatter(
        x=rows[x].to_list(),
        y=rows[y].to_list(),
        name=name,
        mode="lines+markers",
        marker_color=colour,
        error_y=whiskers(rows, y),
    )


def orders(results: Results) -> Section:
    """Orders of the task list, and the paper's table of triples."""
    rows, shapes = results.compared("orders"), results.compared("triples")
    parts = []
    if shapes.height:
        parts += [
            subsection(
                "Job time by cores and processes per node",
                paragraph(
                    "The paper's table: stage organize, chronological beside largest-first. The paper's own "
                    "figures are not shown: none were at hand with a source. " + _MARKS
                ),
                _paper_table(shapes),
            )
        ]
    if rows.height:
        labels = [f"{one['stage']}, {one['order']}{one['mark']}" for one in rows.to_dicts()]
        drawn = bar_chart(rows, labels, "Job time of each order.", name="orders")
        listed = _measured_table(rows, "stage and order", "stage", "order")
        parts.append(subsection("Order of tasks", drawn, listed))
    return _section("orders", "Triples and order", parts, pl.concat([rows, shapes]))


def _paper_table(shapes: pl.DataFrame) -> str:
    """Rows by cores, a pair of columns for each number of processes per node."""
    rows = shapes.to_dicts()
    processes = sorted({one["processes"] for one in rows})
    names = [order for order in ("chronological", "largest-first") if any(o["order"] == order for o in rows)]
    head = ["cores asked for", *(f"NPPN {n}, {order}" for n in processes for order in names)]
    lines = []
    for cores in sorted({one["cores"] for one in rows}, reverse=True):
        line = [str(cores)]
        for n in processes:
            for order in names:
                fits = [o for o in rows if (o["cores"], o["processes"], o["order"]) == (cores, n, order)]
                line.append("; ".join(f"{_spread(o)} s {o['triple']}{o['mark']}" for o in fits) or "–")
        lines.append(line)
    return table(
        head, lines, "Job time, median (least to most), and the triple; – is not possible or not run."
    )


def archive(results: Results) -> Section:
    """The archive step, block beside cyclic, as the paper compares them."""
    rows = results.compared("archive")
    parts = [
        paragraph("Leaves in the order of their paths, which lie by aircraft type: neighbours are alike.")
    ]
    if rows.height:
        drawn = go.Figure(
            [
                go.Bar(
                    x=rows["distribution"].to_list(),
                    y=rows[name].to_list(),
                    name=title,
                    error_y=whiskers(rows, name),
                    marker_color=COLOURS[i],
                )
                for i, (name, title) in enumerate(
                    (
                        ("job_s", "job time"),
                        ("busy_max_s", "busiest worker"),
                        ("busy_median_s", "median worker"),
                        ("busy_min_s", "least busy worker"),
                    )
                )
            ],
            {"barmode": "group", "yaxis": {"title": "s", "rangemode": "tozero"}},
        )
        parts += [
            chart(drawn, "Archive step: block beside cyclic.", name="archive", height=360),
            _measured_table(rows, "distribution", "distribution"),
        ]
    return _section("archive", "Archive: block and cyclic", parts, rows)


def cache(results: Results) -> Section:
    """The same runs with inputs in the file cache and without."""
    rows = results.compared("cache")
    parts = [paragraph(f"Cold: {results.facts['cold_cache']}")]
    if rows.height:
        labels = [f"{one['stage']}, {one['cache']}{one['mark']}" for one in rows.to_dicts()]
        parts += [
            bar_chart(rows, labels, "Warm and cold file cache.", name="cache"),
            _measured_table(rows, "stage and cache", "stage", "cache"),
        ]
    return _section("cache", "File cache", parts, rows)


def _taxes(rows: pl.DataFrame, labels: Sequence[str], name: str) -> str:
    """Where the core-seconds of each configuration went."""
    parts = {
        "computing": rows["cpu_core_s"].to_list(),
        "small files and locality (waiting in tasks)": rows["io_core_s"].to_list(),
        "waiting for a core": rows["queued_core_s"].to_list(),
        "dispatch": rows["dispatch_core_s"].to_list(),
        "launch": rows["launch_core_s"].to_list(),
        "barrier": rows["barrier_core_s"].to_list(),
    }
    caption = "Where the core-seconds went: computing, and the taxes of launch, dispatch, barrier and I/O."
    return chart(stacked(labels, parts, "core-seconds"), caption, name=name, height=90 + 34 * rows.height)


def _measured_table(rows: pl.DataFrame, title: str, *names: str) -> str:
    """The numbers of a comparison, one row a configuration."""
    head = [
        title,
        "triple",
        "repeats",
        "job s (least to most)",
        "launch s",
        "turn ms",
        "busy s, least / median / most",
        "imbalance",
        "launch / dispatch / barrier / I/O core-s",
        "rows/s",
        "core-s per 10⁹ rows",
        "peak MB",
    ]
    lines = [
        [
            ", ".join(str(one[name]) for name in names) + one["mark"],
            one["triple"],
            one["repeats"],
            _spread(one),
            f"{one['launch_s']:.2f}",
            f"{1e3 * one['turn_s']:.2f}",
            _beside(one[f"busy_{which}_s"] for which in ("min", "median", "max")),
            f"{one['imbalance']:.2f}",
            _beside(one[f"{tax}_core_s"] for tax in ("launch", "dispatch", "barrier", "io")),
            round(one["rows_per_s"]),
            round(one["core_s_per_billion_rows"]),
            round(one["peak_rss_bytes"] / 1e6),
        ]
        for one in rows.to_dicts()
    ]
    return table(head, lines, "Medians of the repeats.")


def _beside(numbers: Iterable[float]) -> str:
    """Numbers in one cell, on one line."""
    return "\u00a0/\u00a0".join(f"{number:.2f}" for number in numbers)


def _spread(one: dict[str, float]) -> str:
    least, most = (f"{one[f'job_s_{end}']:.2f}" for end in ("least", "most"))
    return f"{one['job_s']:.2f}" + ("" if one["repeats"] == 1 else f"\u00a0({least}\u00a0to\u00a0{most})")


def _section(anchor: str, title: str, parts: list[str], rows: pl.DataFrame) -> Section:
    if not rows.height:
        parts = [*parts, paragraph("No run of this comparison was done.")]
    return anchor, title, section(title, *parts, anchor=anchor)
