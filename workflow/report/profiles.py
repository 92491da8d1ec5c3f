"""A raw and a cleaned profile of one flight, side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracks.track_files import TrackFile
from workflow.report.drawing import BLUE, GREY, ORANGE, RED, figure
from workflow.report.results import Results

_LONG_ENOUGH_S = 300


def flight_profile(results: Results) -> tuple[Figure, str] | None:
    """Draw the flight that cleaning changed most: altitude and speed, as reported and as cleaned.

    The flight is the aircraft of the drawn leaves with the most reported altitudes and speeds far from the
    cleaned ones, among those with at least 300 s of track; None where there is none.
    """
    best: tuple[int, str, Path] | None = None
    files, _ = results.leaves()
    for file in files:
        for icao24, changed in _changed(results, file):
            if best is None or (changed, icao24) > best[:2]:
                best = (changed, icao24, file)
    if best is None:
        return None
    changed, icao24, file = best
    raw, clean = _flight(results, file, icao24)
    segments = clean["segment"].n_unique()
    caption = (
        f"{results.name}: aircraft {icao24}, {raw.height:,} reported rows, {clean.height:,} cleaned seconds "
        f"in {segments} segments. Left as reported, right as cleaned. Red: reported values over 300 ft or "
        f"30 kt from the cleaned track ({changed:,} rows), or at times where no track was kept. "
        "Cleaned speed: estimated from positions (colour) over the smoothed reported one (grey). The "
        "published smoothing is a local mean, so uneven sampling and stale positions make the estimate jump."
    )
    return _draw(raw, clean), caption


def _altitude(results: Results) -> str:
    return "alt_geo_ft_msl" if results.dataset.process.altitude_mode == "geo" else "alt_baro_ft_msl"


def _leaf_of(results: Results, track_file: Path) -> Path:
    """Return the archived leaf that a track file was made from."""
    return results.folder("archive") / f"{TrackFile.at(track_file).leaf}.parquet"


def _raw(results: Results, file: Path) -> pl.DataFrame:
    altitude = _altitude(results)
    columns = ["icao24", "time_s", altitude, "speed_kt"]
    return (
        pl.read_parquet(_leaf_of(results, file), columns=columns, hive_partitioning=False)
        .with_columns(pl.col("icao24").cast(pl.String))
        .rename({altitude: "altitude_ft"})
    )


def _clean(results: Results, file: Path) -> pl.DataFrame:
    altitude = _altitude(results)
    columns = ["icao24", "segment", "time_s", altitude, "speed_estimate_kt", "speed_direct_kt"]
    return (
        pl.read_parquet(file, columns=columns, hive_partitioning=False)
        .with_columns(pl.col("icao24").cast(pl.String))
        .rename({altitude: "altitude_ft"})
    )


def _compare(raw: pl.DataFrame, clean: pl.DataFrame) -> pl.DataFrame:
    """Set beside each reported row the cleaned second, and whether they are far apart (`far`)."""
    return (
        raw.with_columns(second=pl.col("time_s").floor().cast(pl.Int64))
        .join(clean, left_on=["icao24", "second"], right_on=["icao24", "time_s"], how="left", suffix="_clean")
        .with_columns(
            far=pl.col("altitude_ft_clean").is_null()
            | ((pl.col("altitude_ft") - pl.col("altitude_ft_clean")).abs() > 300).fill_null(value=False)
            | ((pl.col("speed_kt") - pl.col("speed_estimate_kt")).abs() > 30).fill_null(value=False)
        )
    )


def _changed(results: Results, file: Path) -> list[tuple[str, int]]:
    """Return the aircraft of a leaf with enough track, and how many of their values cleaning changed."""
    clean = _clean(results, file)
    long_enough = clean.group_by("icao24").len().filter(pl.col("len") >= _LONG_ENOUGH_S)["icao24"].implode()
    compared = _compare(_raw(results, file).filter(pl.col("icao24").is_in(long_enough)), clean)
    counts = compared.filter(pl.col("altitude_ft_clean").is_not_null()).group_by("icao24")
    return list(counts.agg(pl.col("far").sum().cast(pl.Int64)).sort("icao24").iter_rows())


def _flight(results: Results, file: Path, icao24: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    clean = _clean(results, file).filter(pl.col("icao24") == icao24)
    raw = _raw(results, file).filter(pl.col("icao24") == icao24)
    return _compare(raw, clean).sort("time_s"), clean


def _draw(raw: pl.DataFrame, clean: pl.DataFrame) -> Figure:
    drawing = figure(10, 5.4)
    grid = drawing.subplots(2, 2, sharex=True, sharey="row")
    start = raw["time_s"].min()
    minutes = (raw["time_s"].to_numpy() - start) / 60
    far = raw["far"].to_numpy()
    for row, (name, clean_name, label) in enumerate(
        [
            ("altitude_ft", "altitude_ft", "altitude, ft"),
            ("speed_kt", "speed_estimate_kt", "ground speed, kt"),
        ]
    ):
        left, right = grid[row]
        values = raw[name].to_numpy()
        left.plot(minutes[~far], values[~far], ".", color=BLUE, markersize=2)
        left.plot(minutes[far], values[far], ".", color=RED, markersize=3)
        if name == "speed_kt":
            _segments(right, clean, "speed_direct_kt", start, (GREY, GREY))
        _segments(right, clean, clean_name, start, (BLUE, ORANGE))
        left.set_ylabel(label)
    grid[0][0].set_title("as reported")
    grid[0][1].set_title("as cleaned (1 Hz)")
    for axes in grid[1]:
        axes.set_xlabel("minutes since the first row")
    for axes in grid.flat:
        axes.grid(linewidth=0.3, alpha=0.5)
    return drawing


def _segments(axes: Axes, clean: pl.DataFrame, name: str, start: float, colours: tuple[str, str]) -> None:
    """Draw each segment as a line of its own, two colours in turn."""
    for number, (_, part) in enumerate(clean.group_by("segment", maintain_order=True)):
        minutes = (part["time_s"].to_numpy() - start) / 60
        axes.plot(minutes, np.asarray(part[name]), color=colours[number % 2], linewidth=1)
