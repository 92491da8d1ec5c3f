"""Sections on workers: how evenly they were busy, and a Gantt chart of any run."""

from __future__ import annotations

import json
from pathlib import Path

import plotly.graph_objects as go
import polars as pl

from workflow.bench.page.charts import COLOURS, chart
from workflow.bench.page.results import MARK, TRIPLE, Results
from workflow.report.page import paragraph, section, text

_SCRIPT = Path(__file__).with_name("gantt.js")
_ROUND_S = 4
"""Decimals of a time in the page: a tenth of a millisecond."""


def workers(results: Results) -> tuple[str, str, str]:
    """Histogram of worker times by distribution, and the Gantt chart."""
    parts = (
        [_histogram(results), _gantt(results)] if results.tasks.height else [paragraph("No run was done.")]
    )
    return "workers", "Workers", section("Workers", *parts, anchor="workers")


def _histogram(results: Results) -> str:
    """Worker times of all measured mpi runs over the mean of their run, by distribution."""
    runs = results.measured.filter((pl.col("strategy") == "mpi") & (pl.col("workers") > 1))
    busy = (
        results.tasks.join(runs.select("run", "distribution", "workers", "stage"), "run")
        .group_by("run", "distribution", "stage", "worker", "workers", maintain_order=True)
        .agg(pl.col("seconds").sum())
        .with_columns(share=pl.col("seconds") * pl.col("workers") / pl.col("seconds").sum().over("run"))
    )
    drawn = go.Figure(
        [
            go.Histogram(
                x=busy.filter(pl.col("distribution") == name)["share"].to_list(),
                name=name,
                opacity=0.6,
                marker_color=COLOURS[i % len(COLOURS)],
                xbins={"size": 0.02},
            )
            for i, name in enumerate(sorted(busy["distribution"].unique().to_list()))
        ],
        {
            "barmode": "overlay",
            "xaxis": {"title": "time in tasks of a worker over the mean of its run"},
            "yaxis": {"title": "workers"},
        },
    )
    caption = "Worker times of all measured runs under mpi: 1 is perfect balance. Click a name to hide it."
    return chart(drawn, caption, name="worker-times")


def _gantt(results: Results) -> str:
    """A chart of any run, chosen from a list; drawn by a script from the tasks in the page."""
    runs = results.runs.with_columns(triple=TRIPLE, mark=MARK).sort(pl.col("role") != "measured", "run")
    tasks = {
        str(run): {
            "worker": group["worker"].to_list(),
            "start": group["start_s"].round(_ROUND_S).to_list(),
            "seconds": group["seconds"].round(_ROUND_S).to_list(),
            "task": group["task"].to_list(),
            "rows": group["rows_in"].to_list(),
        }
        for (run,), group in results.tasks.sort("run", "worker", "start_s").group_by(
            "run", maintain_order=True
        )
    }
    options = "".join(
        f"<option value='{one['run']}'>{text(_label(one))}</option>"
        for one in runs.to_dicts()
        if str(one["run"]) in tasks
    )
    data = json.dumps(tasks, separators=(",", ":")).replace("</", "<\\/")
    caption = (
        "Gantt chart: a bar is a task of a worker; what is white is launch, dispatch or waiting at the end. "
        "The line is the end of the job."
    )
    ends = json.dumps({str(one["run"]): round(one["job_s"], _ROUND_S) for one in runs.to_dicts()})
    return (
        f"<h3>Any run</h3><label>Run <select id=gantt-run>{options}</select></label>"
        f"<figure class=chart><div id=gantt></div><figcaption>{text(caption)}</figcaption></figure>"
        f"<script>const ganttTasks={data},ganttEnds={ends};{_SCRIPT.read_text(encoding='utf-8')}</script>"
    )


def _label(one: dict[str, object]) -> str:
    words = [one["stage"], one["strategy"], one["triple"], one["order"], one["distribution"]]
    words += [f"{one['tasks_per_message']} a message", one["cache"]]
    role = "" if one["role"] == "measured" else f" ({one['role']})"
    return f"{one['run']}: {', '.join(map(str, words))}{one['mark']}, {one['job_s']:.2f} s{role}"
