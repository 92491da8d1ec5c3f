"""Sections on the model: predicted beside measured, and what it says of large clusters."""

from __future__ import annotations

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from workflow.bench.page.charts import COLOURS, chart, log_ticks
from workflow.bench.page.results import CORES, MARK, TRIPLE, Results
from workflow.report.page import bullets, folded, paragraph, section, subsection, table

Section = tuple[str, str, str]
_ORDERS = ("chronological", "largest-first")
AIM = 0.10
"""Median error that the model is to stay under."""


def model(results: Results) -> Section:
    """The model checked against every measured configuration."""
    rows = results.model.with_columns(triple=TRIPLE, cores=CORES, mark=MARK).sort(pl.col("error").abs())
    facts = results.facts["model"]
    error = facts["median_error"]
    parts = [
        paragraph(
            "A discrete-event model predicts the job time of each configuration from task times of serial "
            "runs, launch and dispatch costs of runs whose tasks do nothing, and how much tasks slow each "
            "other down. None of these are the runs it is checked with."
        )
    ]
    if error is not None:
        verdict = "met" if error < AIM else "not met"
        parts += [
            paragraph(
                f"Median error {error:.1%} over {rows.height} configurations (under {AIM:.0%}: {verdict})."
            ),
            _scatter(rows),
            folded("Every configuration", _predictions(rows)),
        ]
    else:
        parts.append(
            paragraph("No configuration could be predicted: the runs that feed the model were not done.")
        )
    return "model", "Model and measurement", section("Model and measurement", *parts, anchor="model")


def _scatter(rows: pl.DataFrame) -> str:
    low = 0.9 * min(rows["measured_s"].min(), rows["predicted_s"].min())
    high = 1.1 * max(rows["measured_s"].max(), rows["predicted_s"].max())
    line = go.Scatter(
        x=[low, high], y=[low, high], mode="lines", line_color="#8593a1", name="equal", hoverinfo="skip"
    )
    points = [
        go.Scatter(
            x=group["measured_s"].to_list(),
            y=group["predicted_s"].to_list(),
            mode="markers",
            name=str(name),
            marker={"size": 8, "color": COLOURS[i % len(COLOURS)]},
            text=group["configuration"].to_list(),
            error_x={
                "type": "data",
                "symmetric": False,
                "array": (group["measured_max_s"] - group["measured_s"]).to_list(),
                "arrayminus": (group["measured_s"] - group["measured_min_s"]).to_list(),
                "thickness": 1,
            },
            hovertemplate="%{text}<br>measured %{x:.2f} s, predicted %{y:.2f} s<extra></extra>",
        )
        for i, ((name,), group) in enumerate(rows.sort("strategy").group_by("strategy", maintain_order=True))
    ]
    ticks = log_ticks(low, high)
    axes = {
        "xaxis": {"title": "measured job time [s], least to most", **ticks},
        "yaxis": {"title": "predicted job time [s]", **ticks},
    }
    return chart(
        go.Figure([line, *points], axes),
        "Predicted against measured job time, by strategy; whiskers are the repeats.",
        name="model-scatter",
        height=480,
    )


def _predictions(rows: pl.DataFrame) -> str:
    head = ["configuration", "measured s (least to most)", "predicted s", "error"]
    lines = [
        [
            one["configuration"] + one["mark"],
            f"{one['measured_s']:.2f} ({one['measured_min_s']:.2f} to {one['measured_max_s']:.2f})",
            f"{one['predicted_s']:.2f}",
            f"{one['error']:+.1%}",
        ]
        for one in rows.to_dicts()
    ]
    return table(head, lines)


def large(results: Results) -> Section:
    """The paper's data sets on a large cluster, by the model."""
    title = "Large clusters, simulated"
    rows = results.extrapolation
    if not rows.height:
        reason = paragraph("Nothing was extrapolated: see the settings, or the runs it takes were not done.")
        return "large", title, section(title, reason, anchor="large")
    facts = results.facts["model"]
    full = results.facts["settings"]["processes_per_node"][0]
    parts = [
        paragraph(
            "Nothing here was measured at this size. The model was fed with this machine's task times and "
            "costs; it is as good as the assumptions below and as its error above."
        ),
        bullets(facts["assumptions"]),
    ]
    for name in rows["data"].unique(maintain_order=True).to_list():
        of_data = rows.filter(pl.col("data") == name)
        mine = of_data.filter(pl.col("processes") == pl.min_horizontal("ranks", full))
        best = results.facts["recommendations"].get(name)
        parts.append(
            subsection(
                f"{name}: {mine['files'][0]:,} files",
                _recommended(best),
                _curves(mine, name),
                _papers(of_data),
            )
        )
        parts.append(folded(f"{name}: job time by ranks, order and distribution", _by_ranks(mine)))
        parts.append(folded(f"{name}: time against tasks per message (self)", _by_messages(mine)))
    return "large", title, section(title, *parts, anchor="large")


def _recommended(best: dict[str, object] | None) -> str:
    if best is None:
        return ""
    return paragraph(
        f"Recommended: triple {best['triple']}, order {best['order']}, distribution {best['distribution']}, "
        f"tasks a message {best['tasks_per_message']}. Reason: {best['reason']}."
    )


def _curves(rows: pl.DataFrame, name: str) -> str:
    """Job time against ranks, the best message size of each distribution and order."""
    best = (
        rows.sort("job_s")
        .group_by("order", "distribution", "ranks", maintain_order=True)
        .first()
        .sort("order", "distribution", "ranks")
    )
    drawn = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.03, subplot_titles=_ORDERS)
    kinds = sorted(best["distribution"].unique().to_list())
    for (order, kind), group in best.group_by("order", "distribution", maintain_order=True):
        drawn.add_scatter(
            x=group["ranks"].to_list(),
            y=group["job_s"].to_list(),
            name=kind,
            legendgroup=kind,
            showlegend=order == _ORDERS[0],
            mode="lines+markers",
            line_color=COLOURS[kinds.index(kind) % len(COLOURS)],
            hovertemplate="%{x} ranks: %{y:.1f} s<extra>" + f"{kind}, {order}</extra>",
            row=1,
            col=1 + _ORDERS.index(order),
        )
    bound = rows.group_by("ranks").agg(pl.col("bound_s").min()).sort("ranks")
    for column in (1, 2):
        drawn.add_scatter(
            x=bound["ranks"].to_list(),
            y=bound["bound_s"].to_list(),
            name="no run is shorter",
            legendgroup="bound",
            showlegend=column == 1,
            mode="lines",
            line={"color": "#000", "width": 1, "dash": "dot"},
            row=1,
            col=column,
        )
    drawn.update_xaxes(title="ranks", type="log", tickvals=bound["ranks"].to_list())
    drawn.update_yaxes(log_ticks(bound["bound_s"].min(), best["job_s"].max()))
    drawn.update_yaxes(title="job time [s]", col=1)
    caption = (
        "Job time against ranks, each distribution with its best message size; the dotted line is the "
        "longest task or the mean load. Click a name to hide it."
    )
    return chart(drawn, caption, name=f"large-{name}", height=520)


def _papers(rows: pl.DataFrame) -> str:
    """Job time by cores and processes per node, chronological beside largest first: the paper's table."""
    mine = rows.filter((pl.col("distribution") == "self") & (pl.col("tasks_per_message") == 1))
    times = {(one["ranks"], one["processes"], one["order"]): one["job_s"] for one in mine.to_dicts()}
    processes = mine["processes"].unique().sort(descending=True).to_list()
    lines = [
        [ranks, *(_seconds(times.get((ranks, n, order))) for order in _ORDERS for n in processes)]
        for ranks in mine["ranks"].unique().sort(descending=True).to_list()
    ]
    head = ["cores", *(f"{order}, NPPN {n}" for order in _ORDERS for n in processes)]
    caption = "Job time [s] by cores and processes per node (NPPN): self-scheduling, one task a message."
    return table(head, lines, caption)


def _seconds(time_s: float | None) -> str:
    return "–" if time_s is None else f"{time_s:.1f}"


def _by_ranks(rows: pl.DataFrame) -> str:
    """Job time by ranks and processes per node, chronological beside largest-first."""
    best = rows.group_by("ranks", "processes", "order", "distribution").agg(pl.col("job_s").min())
    kinds = sorted(best["distribution"].unique().to_list())
    times = {(one["ranks"], one["order"], one["distribution"]): one["job_s"] for one in best.to_dicts()}
    head = ["cores", "NPPN", *(f"{kind}, {order}" for kind in kinds for order in _ORDERS)]
    lines = [
        [ranks, processes, *(f"{times[ranks, order, kind]:.1f}" for kind in kinds for order in _ORDERS)]
        for ranks, processes in best.select("ranks", "processes")
        .unique()
        .sort("ranks", descending=True)
        .rows()
    ]
    return table(head, lines, "Job time [s], each distribution with its best message size.")


def _by_messages(rows: pl.DataFrame) -> str:
    mine = rows.filter((pl.col("distribution") == "self") & (pl.col("order") == "largest-first"))
    sizes = mine["tasks_per_message"].unique().sort().to_list()
    times = {(one["ranks"], one["tasks_per_message"]): one for one in mine.to_dicts()}
    lines = [
        [ranks, *(f"{times[ranks, n]['job_s']:.1f} ({times[ranks, n]['utilization']:.0%})" for n in sizes)]
        for ranks in mine["ranks"].unique().sort(descending=True).to_list()
    ]
    head = ["ranks", *(f"{n} a message" for n in sizes)]
    return table(head, lines, "Job time [s] and share of time in tasks, largest first.")
