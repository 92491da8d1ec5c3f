"""What all figures share: matplotlib without a screen, colours, and reproducible output."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure

mpl.use("Agg")
mpl.rcParams.update(
    {
        "svg.hashsalt": "trackmill",  # the same figure gives the same bytes
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
    }
)

BLUE, ORANGE, GREY, GREEN, RED = "#0b5c8a", "#d9730d", "#8593a1", "#2a7f4f", "#a3121f"


def figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure of a size in inches."""
    return Figure(figsize=(width_in, height_in))
