"""Panels of the variables of encounter models: what they are called, and how their bins are labelled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workflow.report.drawing import figure

TITLES = {
    "G": "G, geographic domain",
    "A": "A, airspace class",
    "L": "L, altitude layer, ft AGL",
    "v": "v, speed, kt",
    "dv": "dv, acceleration, kt/s",
    "dh": "dh, vertical rate, ft/min",
    "dpsi": "dψ, turn rate, deg/s",
}
_CLASSES = {"G": ("USA", "islands", "off USA", "off islands", "Canada"), "A": ("B", "C", "D", "other")}


def draw_panels(shares: pl.DataFrame, panel: Callable[[Axes, str, pl.DataFrame], None]) -> Figure:
    """Draw a panel for each variable of a table, and one legend for all."""
    names = shares["variable"].unique(maintain_order=True).to_list()
    columns = 4
    drawing = figure(10, 2.3 * -(-len(names) // columns))
    grid = drawing.subplots(-(-len(names) // columns), columns, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        panel(axes, name, shares.filter(pl.col("variable") == name))
    for axes in grid[len(names) :]:
        axes.set_axis_off()
    handles = grid[0].get_legend_handles_labels()
    drawing.legend(*handles, loc="outside lower center", ncols=len(handles[0]))
    return drawing


def label_bins(axes: Axes, name: str, shares: pl.DataFrame) -> None:
    """Name a variable above its panel and its bins below it; `shares` has their low and high ends."""
    axes.set_title(TITLES[name])
    if name in _CLASSES:
        place = np.arange(shares.height)
        axes.set_xticks(place, _CLASSES[name], rotation=30, ha="right", fontsize=7)
    else:
        edges = [*shares["low"].to_list(), shares["high"].to_list()[-1]]
        axes.set_xticks(np.arange(len(edges)) - 0.5, [f"{e:g}" for e in edges], rotation=60, fontsize=7)
