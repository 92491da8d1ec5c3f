"""Charts of plotly inside the page: its script is in the page once, each chart is data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import plotly.graph_objects as go
import polars as pl
from plotly.offline import get_plotlyjs

from workflow.report.page import text

COLOURS: Final = (
    "#0b5c8a",
    "#d9730d",
    "#2a7f4f",
    "#a3121f",
    "#6b4c9a",
    "#8593a1",
    "#b8860b",
    "#138d90",
    "#444444",
    "#d2649a",
)
_LAYOUT: Final = {
    "template": "simple_white",
    "colorway": COLOURS,
    "font": {"family": "system-ui, DejaVu Sans, sans-serif", "size": 13},
    "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
    "hoverlabel": {"namelength": -1},
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
}
_CONFIG: Final = {"displayModeBar": False, "responsive": True}


def script() -> str:
    """Return the script that draws all charts of a page."""
    return f"<script>{get_plotlyjs()}</script>"


def chart(figure: go.Figure, caption: str, *, name: str, height: int = 420) -> str:
    """Return a chart with its caption; its id in the page is `chart-` and the name."""
    figure.update_layout(**_LAYOUT, height=height)
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    drawn = figure.to_html(full_html=False, include_plotlyjs=False, div_id=f"chart-{name}", config=_CONFIG)
    return f"<figure class=chart>{drawn}<figcaption>{text(caption)}</figcaption></figure>"


def bar_chart(rows: pl.DataFrame, labels: Sequence[str], caption: str, *, name: str) -> str:
    """Return the job time of configurations as a chart, a bar each."""
    return chart(bars(rows, labels), caption, name=name, height=60 + 34 * rows.height)


def bars(rows: pl.DataFrame, labels: Sequence[str], colour: str = COLOURS[0]) -> go.Figure:
    """Return the job time of configurations as bars, median, whiskers from the least to the most."""
    middle = rows["job_s"].to_list()
    return go.Figure(
        go.Bar(
            y=list(labels),
            x=middle,
            orientation="h",
            marker_color=colour,
            error_x=whiskers(rows, "job_s"),
            hovertemplate="%{y}: %{x:.2f} s<extra></extra>",
        ),
        {
            "xaxis": {"title": "job time [s], median, least to most", "rangemode": "tozero"},
            "yaxis": {"autorange": "reversed"},
        },
    )


def log_ticks(least: float, most: float) -> dict[str, object]:
    """Return a logarithmic axis with ticks at 1, 2 and 5 of each power of ten of a range above 0.

    Within a power of ten they are at every digit.
    """
    digits = (1, 2, 5) if most > 10 * least else range(1, 10)
    powers = range(math.floor(math.log10(least)), math.floor(math.log10(most)) + 1)
    ticks = [digit * 10.0**power for power in powers for digit in digits]
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:,g}" for tick in ticks]}


def whiskers(rows: pl.DataFrame, name: str) -> dict[str, object]:
    """Return error bars from the least to the most of the repeats."""
    above = (rows[f"{name}_most"] - rows[name]).to_list()
    below = (rows[name] - rows[f"{name}_least"]).to_list()
    return {
        "type": "data",
        "symmetric": False,
        "array": above,
        "arrayminus": below,
        "color": "#1b2733",
        "thickness": 1,
    }


def stacked(labels: Sequence[str], parts: Mapping[str, Sequence[float]], title: str) -> go.Figure:
    """Return horizontal bars made of parts, one bar a label."""
    drawn = [
        go.Bar(
            y=list(labels),
            x=list(values),
            name=part,
            orientation="h",
            marker_color=COLOURS[i % len(COLOURS)],
            hovertemplate="%{y}, " + part + ": %{x:.2f}<extra></extra>",
        )
        for i, (part, values) in enumerate(parts.items())
    ]
    return go.Figure(
        drawn,
        {
            "barmode": "stack",
            "xaxis": {"title": title, "rangemode": "tozero"},
            "yaxis": {"autorange": "reversed"},
        },
    )
