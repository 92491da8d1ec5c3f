"""Encounter models: what went into each, and how its samples compare with the data it was trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracks.models.file import read_model
from tracks.models.goodness import LEVEL, check_samples
from tracks.models.marginals import compare_marginals
from tracks.models.network import EncounterModel
from tracks.models.sample import sample_tracks
from workflow.report import page
from workflow.report.drawing import BLUE, ORANGE
from workflow.report.model_figures import columns_table, gallery_figure, graph_figure, stays_figure
from workflow.report.panels import draw_panels, label_bins
from workflow.report.results import Results

_FIGURES = 3
"""Models drawn for each data set: those of all squawks with the most observations."""
_NEEDED = {"L", "v", "dv", "dh", "dpsi"}
"""Variables without which no track can be sampled."""


def models_part(results: Results) -> str:
    """Return a data set's models: a table of all, and for the largest the marginals side by side."""
    built: list[dict[str, Any]] = results.summaries["train"]["models"]
    few = [page.paragraph(_few(facts)) for facts in [results.summaries["train"]["too_few_hours"]] if facts]
    if not built:
        words = "No second of these tracks is an observation: see the ledger for the reasons."
        return page.subsection(results.name, *(few or [page.paragraph(words)]))
    rows = [
        (
            facts["file"],
            facts["observations"],
            facts["transitions"],
            f"{facts['flight_hours']:,.2f}",
            facts["aircraft"],
            f"{facts['first_day']} to {facts['last_day']}",
        )
        for facts in built
    ]
    head = ("model file", "observations, s", "transitions", "flight hours", "aircraft", "days")
    drawn = [f for f in built if f["squawk"] == "all" and set(f["settings"]["variables"]) >= _NEEDED]
    largest = sorted(drawn, key=lambda f: -int(f["observations"]))
    settings = results.dataset.train
    shown = largest[:_FIGURES] if settings.sample_tracks else []
    return page.subsection(
        results.name,
        page.table(head, rows),
        *few,
        *(_compared(results, facts) for facts in shown),
    )


def _few(left_out: list[dict[str, Any]]) -> str:
    names = ", ".join(f"{facts['file']} ({facts['flight_hours']:,.2f} h)" for facts in left_out)
    return f"Of fewer flight hours than their kind wants (minimum_hours), kept for later weeks: {names}."


def _compared(results: Results, facts: dict[str, Any]) -> str:
    settings = results.dataset.train
    model = read_model(results.folder("train") / str(facts["file"]))
    samples = sample_tracks(model, settings.sample_tracks, settings.sample_seconds, settings.sample_seed)
    shares = compare_marginals(model, samples)
    caption = (
        f"{facts['file']}: marginals of the training data ({facts['observations']:,} s) beside "
        f"{settings.sample_tracks:,} sampled tracks: their first second, and all of their "
        f"{settings.sample_seconds} s. The first two agree but for sampling noise; the third drifts as the "
        "transition network moves on while G, A and L hold."
    )
    return (
        page.figure(_draw(shares), caption)
        + page.paragraph(_checked(model, samples))
        + page.folded("distances and resample rates", _table(model, shares))
        + _inside(str(facts["file"]), model, samples)
    )


def _inside(file: str, model: EncounterModel, samples: pl.DataFrame) -> str:
    """Return the model's graphs, stay probabilities, sparsely observed columns and some sampled tracks."""
    stays = (
        f"{file}: how often a bin is kept for another second, in the training data and in the samples. The "
        "samples' speed drifts from the data's, so their mixture of columns is another, and in a column that "
        "was never seen they keep the bin."
    )
    graphs = (
        f"{file}: an arrow leads from a parent to its child; filled variables have a table. Symbols are "
        "those of the published files: v speed, its derivative acceleration, h altitude, ψ heading."
    )
    tracks = f"{file}: the first sampled tracks seen from above, all to one scale, from their start (dot)."
    return (
        page.figure(stays_figure(model, samples), stays)
        + page.figure(gallery_figure(samples), tracks)
        + page.folded("graph", page.figure(graph_figure(model), graphs))
        + page.folded("sparsely observed columns", columns_table(model))
    )


def _checked(model: EncounterModel, samples: pl.DataFrame) -> str:
    checks = check_samples(model, samples)
    agree, least = checks["passed"].sum(), checks["p_value"].min()
    return (
        f"{agree} of {checks.height} exact tables of the first two seconds (marginals and pairs) agree with "
        f"the samples: chi-square, level {LEVEL:g} over all, least p value {least:.3g}."
    )


def _draw(shares: pl.DataFrame) -> Figure:
    return draw_panels(shares, _panel)


def _panel(axes: Axes, name: str, shares: pl.DataFrame) -> None:
    place = np.arange(shares.height)
    kinds = (("training", "training", BLUE), ("sampled_initial", "sampled, first second", ORANGE))
    for shift, (column, label, colour) in zip((-0.2, 0.2), kinds, strict=True):
        axes.bar(place + shift, shares[column].to_numpy(), 0.4, label=label, color=colour)
    axes.plot(place, shares["sampled_all"].to_numpy(), "k_", markersize=12, label="sampled, all seconds")
    axes.set_ylim(0, None)
    label_bins(axes, name, shares)


def _table(model: EncounterModel, shares: pl.DataFrame) -> str:
    distance = shares.group_by("variable", maintain_order=True).agg(
        first=(pl.col("training") - pl.col("sampled_initial")).abs().sum() / 2,
        every=(pl.col("training") - pl.col("sampled_all")).abs().sum() / 2,
    )
    rows = [
        (name, f"{first:.4f}", f"{every:.4f}", f"{model.resample_rates[model.index(name)]:.6g}")
        for name, first, every in distance.iter_rows()
    ]
    head = ("variable", "first second", "all seconds", "resample rate")
    note = (
        "Total variation distance from the training data. A model trained again on its own samples has "
        "(1 - 1/n) of these resample rates, n the number of fine bins, since a value drawn anew may land in "
        "the same fine bin."
    )
    return page.table(head, rows) + page.paragraph(note)
