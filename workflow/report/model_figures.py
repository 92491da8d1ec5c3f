"""Figures and tables of one encounter model: its graphs, what it keeps, what was seldom seen, its tracks."""

from __future__ import annotations

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data_schemas.config.graph import DYNAMIC
from tracks.models.distance import bin_shares
from tracks.models.network import EncounterModel, Network
from tracks.models.observed import FEW, observed_columns, sampled_stays
from tracks.units import FT_PER_NM
from workflow.report import page
from workflow.report.drawing import BLUE, GREY, ORANGE, figure
from workflow.report.panels import label_bins

_GALLERY = 12


def graph_figure(model: EncounterModel) -> Figure:
    """Draw both networks: variables on a circle in their order, an arrow from each parent to its child."""
    drawing = figure(10, 4.6)
    left, right = drawing.subplots(1, 2)
    _graph(left, model.initial, "first second")
    _graph(right, model.transition, "from t to t + 1")
    return drawing


def _graph(axes: Axes, network: Network, title: str) -> None:
    count = len(network.labels)
    angle = np.pi / 2 - 2 * np.pi * np.arange(count) / count
    place = np.column_stack([np.cos(angle), np.sin(angle)])
    for child, above in enumerate(network.parents):
        for parent in above:
            axes.annotate(
                "",
                xytext=tuple(place[parent]),
                xy=tuple(place[child]),
                arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 0.8, "shrinkA": 17, "shrinkB": 17},
            )
    for label, point, table in zip(network.labels, place, network.tables, strict=True):
        drawn = table is not None
        box = {"boxstyle": "circle,pad=0.35", "fc": BLUE if drawn else "white", "ec": BLUE}
        words = f"${label.replace('(t+1)', '_{t+1}').replace('(t)', '_t')}$"
        axes.text(*point, words, ha="center", va="center", color="white" if drawn else BLUE, bbox=box)
    axes.set(xlim=(-1.25, 1.25), ylim=(-1.25, 1.25), aspect="equal", title=title)
    axes.set_axis_off()


def stays_figure(model: EncounterModel, samples: pl.DataFrame) -> Figure:
    """Draw how often each bin of the dynamic variables is kept for a second, in the data and in samples."""
    shares, sampled = bin_shares(model), sampled_stays(model, samples)
    names = [name for name in DYNAMIC if name in sampled]
    drawing = figure(10, 2.6)
    for axes, name in zip(drawing.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        rows = shares.filter(pl.col("variable") == name)
        place = np.arange(rows.height)
        axes.plot(place, _numbers(rows["stays"].to_list()), "o", color=BLUE, label="training")
        axes.plot(place, _numbers(sampled[name]), "_", color=ORANGE, markersize=16, mew=2, label="sampled")
        label_bins(axes, name, rows)
        axes.grid(axis="y", alpha=0.3)
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return drawing


def _numbers(values: list[float | None]) -> list[float]:
    return [np.nan if value is None else value for value in values]


def columns_table(model: EncounterModel) -> str:
    """Return a table of how many columns of the model's tables were never or seldom seen."""
    rows = [
        (_plain(label), columns, never, few, f"{100 * share:.2f} %")
        for label, columns, never, few, share in observed_columns(model).iter_rows()
    ]
    head = ("table of", "columns", "never seen", f"seen under {FEW} times", "of all counts, in these")
    words = (
        "A column is a configuration of the parents. Samples reach a column of the first second only if it "
        "was seen; in a column of the next second that was never seen, the variable keeps its bin."
    )
    return page.table(head, rows) + page.paragraph(words)


def _plain(label: str) -> str:
    return label.replace(r"\dot ", "d").replace(r"\psi", "ψ")


def gallery_figure(samples: pl.DataFrame) -> Figure:
    """Draw the first sampled tracks from above, each from its start, with its speed and change of height."""
    drawing = figure(10, 5.2)
    panels = drawing.subplots(2, _GALLERY // 2, squeeze=False).ravel()
    shown = samples.filter(pl.col("track") < _GALLERY).partition_by("track", maintain_order=True)
    flown = samples.filter(pl.col("track") < _GALLERY).select(pl.col("east_ft", "north_ft") / FT_PER_NM)
    low, high = flown.to_numpy().min(axis=0), flown.to_numpy().max(axis=0)
    middle, half = (low + high) / 2, max(*(high - low), 0.2) * 0.55
    for axes, track in zip(panels, shown, strict=False):
        axes.plot(track["east_ft"] / FT_PER_NM, track["north_ft"] / FT_PER_NM, color=BLUE)
        axes.plot(0, 0, "o", color=ORANGE, markersize=4)
        limits = [(centre - half, centre + half) for centre in middle]
        axes.set(xlim=limits[0], ylim=limits[1], aspect="equal")
        speed, height = track["speed_kt"].to_list(), track["alt_ft_agl"].to_list()
        words = f"{speed[0]:.0f} to {speed[-1]:.0f} kt\n{height[0]:.0f} to {height[-1]:.0f} ft"
        axes.set_title(words, fontsize=7)
        axes.tick_params(labelsize=6)
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    drawing.supxlabel("right of the initial heading, NM", fontsize=8)
    drawing.supylabel("along it, NM", fontsize=8)
    return drawing
