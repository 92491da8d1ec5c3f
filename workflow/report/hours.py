"""Flight hours, and where in the air they were flown."""

from __future__ import annotations

import polars as pl

from workflow.report import page
from workflow.report.drawing import BLUE, figure
from workflow.report.results import Results

_MODELS_SHOWN = 12


def hours_part(results: Results) -> str:
    """Return a data set's flight hours by aircraft type and model, and its seconds by altitude layer."""
    folder = results.folder("statistics")
    hours = pl.read_parquet(folder / "flight_hours.parquet")
    if hours.is_empty():
        return page.subsection(results.name, page.paragraph("No seconds of track to count."))
    sums = [pl.col("hours").sum(), pl.col("aircraft").sum(), pl.col("segments").sum()]
    by_type = hours.group_by("year", "aircraft_type").agg(sums).sort("year", "aircraft_type")
    by_model = hours.group_by("aircraft_type", "model").agg(sums).sort("hours", descending=True)
    tables = page.table(
        ("year", "aircraft type", "flight hours", "aircraft", "segments"),
        [(str(y), kind, f"{h:,.2f}", a, s) for y, kind, h, a, s in by_type.iter_rows()],
    ) + page.folded(
        f"the {min(_MODELS_SHOWN, by_model.height)} models flown most of {by_model.height}",
        page.table(
            ("aircraft type", "model", "flight hours", "aircraft", "segments"),
            [
                (kind, m or "not in a register", f"{h:,.2f}", a, s)
                for kind, m, h, a, s in by_model.head(_MODELS_SHOWN).iter_rows()
            ],
        ),
    )
    return page.subsection(results.name, tables, _layers(results))


def _layers(results: Results) -> str:
    altitude = "geo" if results.dataset.process.altitude_mode == "geo" else "baro"
    seconds = (
        pl.read_parquet(results.folder("statistics") / "seconds.parquet")
        .filter(pl.col("altitude") == altitude)
        .group_by("layer_ft_agl")
        .agg(pl.col("seconds").sum())
        .sort("layer_ft_agl")
    )
    if seconds.is_empty():
        return page.paragraph("No seconds between the floor and the ceiling that are counted.")
    settings = results.dataset.statistics
    drawing = figure(8, 2.6)
    axes = drawing.add_subplot()
    hours = seconds["seconds"].to_numpy() / 3600
    axes.bar(seconds["layer_ft_agl"].to_numpy(), hours, width=settings.layer_ft, align="edge", color=BLUE)
    axes.set(xlabel=f"{altitude} altitude above ground, ft", ylabel="flight hours")
    axes.set_xlim(settings.floor_ft_agl, settings.ceiling_ft_agl)
    caption = (
        f"{results.name}: flight hours by {settings.layer_ft:g} ft layer above ground, all airspace classes, "
        f"{settings.floor_ft_agl:g} to {settings.ceiling_ft_agl:g} ft ({hours.sum():,.1f} h counted)."
    )
    return page.figure(drawing, caption)
