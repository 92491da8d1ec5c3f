"""Tracks on a map, coloured by altitude."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from data_schemas.packaged import FOLDER
from workflow.report.drawing import GREY, figure
from workflow.report.results import Results

MAP_POINTS = 150_000
"""Points drawn at most; denser tracks are thinned to every n-th second."""


def track_map(results: Results) -> tuple[Figure, str] | None:
    """Draw a data set's tracks over the coast lines; None where it has no tracks."""
    altitude = "alt_geo_ft_msl" if results.dataset.process.altitude_mode == "geo" else "alt_baro_ft_msl"
    tracks = results.tracks(["icao24", "segment", "time_s", "lat_deg", "lon_deg", altitude])
    if tracks.is_empty():
        return None
    step = max(1, -(-tracks.height // MAP_POINTS))
    thin = tracks.filter(pl.col("time_s") % step == 0)
    starts = thin.select(pl.struct("icao24", "segment").rle_id()).to_series().to_numpy()
    lon, lat = thin["lon_deg"].to_numpy(), thin["lat_deg"].to_numpy()
    points = np.stack([lon, lat], axis=1)
    same = (np.diff(starts) == 0) & (np.abs(np.diff(lon)) < 180)
    lines = np.stack([points[:-1][same], points[1:][same]], axis=1)
    colour = thin[altitude].to_numpy()[:-1][same]
    drawing = _draw(points, lines, colour)
    files, total = results.leaves()
    drawn = f"All {total} leaves" if len(files) == total else f"The {len(files)} largest of {total} leaves"
    every = "every second" if step == 1 else f"one second in {step}"
    caption = (
        f"{results.name}: cleaned 1 Hz tracks, {every}, coloured by altitude. {drawn}, "
        f"{tracks.select(pl.struct('icao24', 'segment').n_unique()).item():,} segments of "
        f"{tracks['icao24'].n_unique():,} aircraft. Coast lines and borders: Natural Earth."
    )
    return drawing, caption


def _draw(points: np.ndarray, lines: np.ndarray, colour: np.ndarray) -> Figure:
    # A single far outlier would shrink everything else to a dot: frame the central 99.8 %.
    (west, south), (east, north) = np.nanquantile(points, [0.001, 0.999], axis=0)
    pad = 0.06 * max(east - west, north - south, 0.2)
    stretch = np.cos(np.radians((south + north) / 2))
    ratio = (north - south + 2 * pad) / ((east - west + 2 * pad) * stretch)
    height = min(6.5, 8 * ratio)
    drawing = figure(min(9.0, height / ratio + 1.6), height + 0.5)
    axes = drawing.add_subplot()
    axes.add_collection(LineCollection(outlines(), colors=GREY, linewidths=0.5, zorder=1))
    strokes = LineCollection(
        list(lines), cmap="viridis", linewidths=0.6, alpha=0.7, zorder=2, rasterized=True
    )
    strokes.set_array(colour)
    axes.add_collection(strokes)
    axes.set(xlim=(west - pad, east + pad), ylim=(south - pad, north + pad))
    axes.set(xlabel="longitude, deg", ylabel="latitude, deg")
    axes.set_aspect(1 / stretch)
    axes.grid(linewidth=0.3, alpha=0.5)
    drawing.colorbar(strokes, ax=axes, label="altitude, ft MSL", shrink=0.8)
    return drawing


def outlines() -> list[np.ndarray]:
    """Coast lines and borders as lines of (longitude, latitude)."""
    tree = json.loads((FOLDER / "land_europe_us.geojson").read_text(encoding="utf-8"))
    lines: list[np.ndarray] = []
    for feature in tree["features"]:
        shape = feature["geometry"]
        parts = shape["coordinates"]
        if shape["type"] in {"LineString"}:
            parts = [parts]
        elif shape["type"] == "MultiPolygon":
            parts = [ring for polygon in parts for ring in polygon]
        lines += [np.asarray(part, dtype=np.float64) for part in parts]
    return lines
