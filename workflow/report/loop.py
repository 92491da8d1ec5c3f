"""The whole loop on a page, and in the report: how far the recovered model is from the one that flew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from data_schemas.files import write_text
from workflow.report import page
from workflow.report.drawing import BLUE, GREEN, GREY, ORANGE, RED
from workflow.report.panels import TITLES, draw_panels, label_bins

_DISTANCES = (
    (
        "initial",
        "Initial network",
        "Total variation distance of the shares of the bins from the flown ones: the share of seconds that "
        "would have to change bin. Of the model: its first second, against all seconds flown.",
    ),
    ("stays", "Keeping the bin", "Share of transitions that keep the bin, of the model itself first."),
    (
        "transition",
        "Transition network",
        "Total variation distance of the columns of the transition tables with 100 transitions or more in "
        "both, weighted by how often they were flown.",
    ),
    (
        "resample_rate",
        "Resample rates",
        "Flown is two thirds of the model's, as a value drawn anew may land in the same third of the bin; of "
        "L and v it follows from the motion.",
    ),
)


TABLES = ("distances", "shares", "seconds")
"""Tables of `trackmill loop`, each a Parquet file of this name."""

_WHY = (
    "The published outlier test removes climbs and descents of tracks that are mostly level (dh, L, "
    "seconds); the test hampel keeps them.",
    "Near the ends of a segment the smoothing window is lopsided and draws positions inwards: speeds and "
    "accelerations there are wrong (v, dv).",
    "Where reports are missing or late the smoothed position is off along the track, and the speed jumps.",
    "Inside segments smoothing over some 12 s damps what changes faster.",
)


def write_loop_page(folder: Path) -> None:
    """Write report.html into the folder of `trackmill loop`, from loop.json and the tables there."""
    facts, tables = _read(folder)
    titles = _titles(facts)
    sections = [
        _section("models", "How far the recovered model is", *_distances(tables["distances"], titles)),
        _section("shares", "Shares of the bins", *_shares(tables["shares"], titles)),
        _section("seconds", "Second by second", *_seconds(tables["seconds"], titles)),
        _section("rows", "What was recovered, and what left", *_rows(facts)),
    ]
    lead = page.paragraph(_lead(facts)) + page.bullets(_WHY)
    write_text(folder / "report.html", page.page("trackmill: a model flown and recovered", lead, sections))


def loop_part(folder: Path) -> str:
    """Return what a report says of the loop in a folder: nothing where there is none."""
    if not (folder / "loop.json").exists():
        return ""
    facts, tables = _read(folder)
    titles = _titles(facts)
    return (
        page.paragraph(_lead(facts))
        + _distances(tables["distances"], titles)[0]
        + page.bullets(_WHY)
        + _figure(tables["shares"], titles)
        + page.paragraph(f"More in {folder / 'report.html'}.")
    )


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:
    facts = json.loads((folder / "loop.json").read_text(encoding="utf-8"))
    return facts, {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}


def _titles(facts: Mapping[str, Any]) -> dict[str, str]:
    return {"model": "model", "flown": "flown"} | {n: case["title"] for n, case in facts["cases"].items()}


def _lead(facts: Mapping[str, Any]) -> str:
    return (
        f"{facts['tracks']:,} tracks of {facts['seconds']} s were sampled from {facts['model']} and flown as "
        f"{facts['aircraft_type']}, an aircraft each, over a made-up country of known domains, airspace and "
        "terrain. Their reports went through organize, archive, process and train with published settings. "
        "Exact reports are complete and of the very second; measured ones are rounded as ADS-B has them, "
        f"positions off by {facts['noise_m']:g} m (standard deviation, north and east); noisy ones are, "
        f"besides, up to {2 * facts['age_s']:g} s late, with gaps and faults."
    )


def _section(anchor: str, title: str, *parts: str) -> tuple[str, str, str]:
    return anchor, title, page.section(title, *parts, anchor=anchor)


def _distances(distances: pl.DataFrame, titles: Mapping[str, str]) -> list[str]:
    parts = []
    for measure, title, words in _DISTANCES:
        wide = distances.pivot("case", index="variable", values=measure)
        shown = [n for n in titles if measure in {"stays", "resample_rate"} or n != "flown"]
        rows = [
            (TITLES[row["variable"]], *(_number(row[name]) for name in shown))
            for row in wide.iter_rows(named=True)
            if any(row[name] is not None for name in shown)
        ]
        table = page.table(("variable", *(titles[name] for name in shown)), rows)
        parts.append(page.subsection(title, table, page.paragraph(words)))
    return parts


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _shares(shares: pl.DataFrame, titles: Mapping[str, str]) -> list[str]:
    parts = [_figure(shares, titles)]
    for measure, title in (("share", "the shares in numbers"), ("stays", "keeping each bin, in numbers")):
        wide = shares.pivot("case", index=("variable", "bin", "low", "high"), values=measure)
        rows = [
            (TITLES[row["variable"]], _bin(row), *(_number(row[name]) for name in titles))
            for row in wide.iter_rows(named=True)
            if any(row[name] is not None for name in titles)
        ]
        parts.append(page.folded(title, page.table(("variable", "bin", *titles.values()), rows)))
    return parts


def _bin(row: Mapping[str, Any]) -> str:
    return str(row["bin"]) if row["low"] is None else f"{row['low']:g} to {row['high']:g}"


def _figure(shares: pl.DataFrame, titles: Mapping[str, str]) -> str:
    chosen = [n for n in titles if n not in {"model", "hampel_1s"}]
    colours = (GREY, BLUE, GREEN, ORANGE, RED)
    width = 0.85 / len(chosen)

    def panel(axes: Axes, name: str, rows: pl.DataFrame) -> None:
        for k, case in enumerate(chosen):
            part = rows.filter(pl.col("case") == case)
            place = np.arange(part.height) + (k - (len(chosen) - 1) / 2) * width
            colour = colours[k % len(colours)]
            axes.bar(place, part["share"].to_numpy(), width, label=titles[case], color=colour)
        axes.set_ylim(0, None)
        label_bins(axes, name, rows.filter(pl.col("case") == chosen[0]))

    caption = "Share of seconds in each bin of the initial network: as flown, and as recovered from reports."
    return page.figure(draw_panels(shares, panel), caption)


def _seconds(seconds: pl.DataFrame, titles: Mapping[str, str]) -> list[str]:
    parts = []
    names = (
        (True, "Inside segments"),
        (False, "Within 17 s of a segment's ends, where windows are lopsided"),
    )
    for inner, title in names:
        part = seconds.filter(pl.col("inner") == inner)
        cases = [n for n in titles if n in part["case"].unique().to_list()]
        rows = [
            (TITLES[variable], *(_second(part, case, variable) for case in cases))
            for variable in part["variable"].unique(maintain_order=True)
        ]
        counts = ", ".join(
            f"{titles[case]} {int(part.filter(pl.col('case') == case)['seconds'].max()):,}"  # type: ignore[arg-type]
            for case in cases
        )
        table = page.table(("variable", *(titles[case] for case in cases)), rows)
        parts.append(page.subsection(title, table, page.paragraph(f"Seconds: {counts}.")))
    parts.append(
        page.paragraph(
            "Share of seconds in the flown bin · root mean square of recovered less flown · gain, the slope "
            "of recovered on flown (0.8: a fifth of what was flown is lost)."
        )
    )
    return parts


def _second(part: pl.DataFrame, case: str, variable: str) -> str:
    (row,) = part.filter(pl.col("case") == case, pl.col("variable") == variable).to_dicts()
    text = "" if row["same_bin"] is None else f"{row['same_bin']:.1%}"
    if row["rms"] is not None:
        text += f" · {row['rms']:.3g}"
    return text if row["gain"] is None else f"{text} · {row['gain']:.2f}"


def _rows(facts: Mapping[str, Any]) -> list[str]:
    rows = []
    for case in facts["cases"].values():
        share = case["observed_s"] / facts["observed_s"] if facts["observed_s"] else 0.0
        left = [
            f"{reason} {count:,}"
            for stage in ("organize", "process", "train")
            for reason, count in case["stages"][stage]["left"].items()
        ]
        rows.append(
            (
                case["title"],
                case["stages"]["organize"]["rows_in"],
                case["stages"]["process"]["rows_out"],
                case["observed_s"],
                f"{share:.1%}",
                ", ".join(left),
            )
        )
    head = ("case", "state vectors", "rows kept", "seconds observed", "of those flown", "left, by reason")
    note = (
        f"Flown: {facts['observed_s']:,} s in the altitude scope. Every aircraft is heard for a minute on "
        "the ground before its track; such reports have no altitude and leave as missing_altitude."
    )
    return [page.table(head, rows), page.paragraph(note)]
