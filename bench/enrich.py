"""Points a second of stage 3's step 10 on one thread, beside plain shapely in the same run.

    .venv/bin/python bench/enrich.py SHARED_DATA [--repeats 3] [--peer-points 20000]

SHARED_DATA holds `faa-class-bcd-airspace` and `natural-earth`. The points are 1 Hz tracks: circuits near
fields of class B, C and D, regional and airline flights from them, over the whole USA, and flights off its
coasts; beside them as many random points. "cells" is how many distinct cells of 1/32 degree there are a
point. "all of step 10" is terrain (5 arc-minutes, the grid the package ships), airspace and regions in pieces
of 60 000 points, as stage 3 asks. Every repeat loads the files and times every step, in seconds of processor
time; the table shows the median and the range. "first" is the first pass after loading, "again" the second.
Shapely is given random ones of the same points: `STRtree` and `intersects_xy` on prepared polygons, without
altitudes, land or sea.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from jobs.threads import apply_threads

apply_threads(1)  # before numba is imported

import numpy as np  # noqa: E402
import shapely  # noqa: E402

from data_schemas.config import EnrichSettings  # noqa: E402
from tracks.enrich import Enrichment  # noqa: E402

Points = tuple[np.ndarray, np.ndarray, np.ndarray]

FLIGHTS = {"circuits": (300, 100.0, (600, 3600)), "regional": (200, 200.0, (1200, 6000))}
"""Of each kind how many, at what speed (kt) and how long (s)."""
AIRLINERS, COASTERS = 100, 200
PIECE = 60_000


def write_files(shared: Path, folder: Path) -> EnrichSettings:
    """Write the shared airspace and divisions as the GeoJSON files that the settings name."""
    features = []
    for name in ("bravo", "charlie", "delta"):
        packed = shared / "faa-class-bcd-airspace" / f"{name}-airspace.json.gz"
        for volumes in json.loads(gzip.decompress(packed.read_bytes())).values():
            features += [
                {
                    "type": "Feature",
                    "properties": {
                        "CLASS": name[0].upper(),
                        "floor_ft_msl": volume["Bottom"],
                        "ceiling_ft_msl": volume["Top"],
                    },
                    "geometry": {"type": "Polygon", "coordinates": volume["Loops"]},
                }
                for volume in volumes
            ]
    airspace, regions = folder / "airspace.geojson", folder / "regions.geojson"
    airspace.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    packed = shared / "natural-earth" / "ne_50m_admin_1_states_provinces.geojson.gz"
    regions.write_bytes(gzip.decompress(packed.read_bytes()))
    land = str(shared / "natural-earth" / "ne_10m_land.zip")
    return EnrichSettings(
        elevation_grids=("package:topo_5arcmin_demo_usa.tif",),
        airspace_files=(str(airspace),),
        region_file=str(regions),
        land_file=land,
    )


def outlines(path: str) -> tuple[np.ndarray, list[dict[str, object]]]:
    features = json.loads(Path(path).read_text())["features"]
    shapes = shapely.make_valid([shapely.geometry.shape(feature["geometry"]) for feature in features])
    return np.asarray(shapes, object), [feature["properties"] for feature in features]


def flown(draw: np.random.Generator, start: np.ndarray, speed_kt: float, seconds: int, curl: float) -> Points:
    """Fly from a place (longitude, latitude): climb, cruise, descend; `curl` turns a circuit, deg/s."""
    second = np.arange(seconds)
    course = np.radians(draw.uniform(0, 360) + curl * second + 20 * np.sin(second / draw.uniform(100, 400)))
    step_deg = speed_kt / 3600 / 60
    lat = np.clip(start[1] + np.cumsum(step_deg * np.cos(course)), -89, 89)
    lon = start[0] + np.cumsum(step_deg * np.sin(course) / np.cos(np.radians(lat)))
    cruise_ft = draw.uniform(800, 120 * speed_kt**0.95)
    rate_ft = 15 if speed_kt < 300 else 35
    alt_ft = np.minimum(cruise_ft, 200 + rate_ft * np.minimum(second, seconds - second))
    return lat, (lon + 180) % 360 - 180, alt_ft


def joined(flights: list[Points]) -> Points:
    lat, lon, alt = (np.concatenate(columns) for columns in zip(*flights, strict=True))
    return lat, lon, alt


def overland(draw: np.random.Generator, fields: np.ndarray) -> Points:
    """Tracks around and between fields."""
    flights = []
    for kind, (number, speed_kt, (shortest, longest)) in FLIGHTS.items():
        for _ in range(number):
            start = fields[draw.integers(len(fields))] + draw.normal(0, 0.1, 2)
            curl = draw.choice((-1, 1)) * draw.uniform(0.3, 1) if kind == "circuits" else 0.0
            flights.append(flown(draw, start, speed_kt, int(draw.integers(shortest, longest)), curl))
    for _ in range(AIRLINERS):
        start = fields[draw.integers(len(fields))]
        flights.append(flown(draw, start, 430.0, int(draw.integers(3600, 14400)), 0.0))
    return joined(flights)


def off_coasts(draw: np.random.Generator, shore: np.ndarray) -> Points:
    """Tracks from the shores of the USA in all directions."""
    starts = shore[draw.integers(0, len(shore), COASTERS)] + draw.normal(0, 0.5, (COASTERS, 2))
    return joined(
        [flown(draw, s, draw.uniform(100, 450), int(draw.integers(600, 7200)), 0.0) for s in starts]
    )


def scattered(draw: np.random.Generator, number: int) -> Points:
    return draw.uniform(24, 50, number), draw.uniform(-127, -66, number), draw.uniform(0, 12000, number)


def cells_a_point(points: Points) -> float:
    """Distinct cells of 1/32 degree, a point."""
    cells = np.floor(points[0] * 32) * (1 << 20) + np.floor(points[1] * 32)
    return float(np.unique(cells).size / cells.size)


def plain(tree: shapely.STRtree, points: Points) -> int:
    """Return how many pairs of a point and a polygon that covers it there are, found as anyone would."""
    lat, lon, _ = points
    point, polygon = tree.query(shapely.points(lon, lat))
    return int(np.count_nonzero(shapely.intersects_xy(tree.geometries[polygon], lon[point], lat[point])))


def all_of_step_10(enrichment: Enrichment, points: Points) -> None:
    """Look up all that a second of a track gets, piece by piece."""
    for start in range(0, points[0].size, PIECE):
        lat, lon, alt_ft = (column[start : start + PIECE] for column in points)
        elevation_ft = enrichment.elevation_ft(lat, lon)
        enrichment.airspace(lat, lon, alt_ft, elevation_ft)
        enrichment.regions(lat, lon)


def rate(points: Points, work: Callable[[Points], object]) -> float:
    """Million points a second of processor time."""
    start = time.process_time()
    work(points)
    return points[0].size / (time.process_time() - start) / 1e6


def one_pass(
    settings: EnrichSettings,
    cases: dict[tuple[str, str], Points],
    trees: dict[str, shapely.STRtree],
    some: np.ndarray,
) -> tuple[float, dict[tuple[str, str], tuple[float, float, float]]]:
    """Time every step once: seconds of loading, and of each case the rates first, again and of shapely."""
    start = time.process_time()
    enrichment = Enrichment.load(settings)
    load_s = time.process_time() - start
    work: dict[str, Callable[[Points], object]] = {
        "airspace": lambda p: enrichment.airspace(*p, np.zeros(p[0].size)),
        "regions": lambda p: enrichment.regions(p[0], p[1]),
        "terrain": lambda p: enrichment.elevation_ft(p[0], p[1]),
        "all of step 10": lambda p: all_of_step_10(enrichment, p),
    }
    found = {}
    for (what, kind), points in cases.items():
        ours = rate(points, work[what]), rate(points, work[what])
        if what not in trees:
            found[what, kind] = (*ours, math.nan)
            continue
        few = points[0][some % points[0].size], points[1][some % points[0].size], points[2][:0]
        found[what, kind] = (*ours, rate(few, partial(plain, trees[what])))
    return load_s, found


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shared", type=Path, help="folder of the shared data")
    parser.add_argument("--repeats", type=int, default=3, help="how often every step is timed")
    parser.add_argument("--peer-points", type=int, default=20_000, help="how many points shapely is given")
    arguments = parser.parse_args()
    draw = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        settings = write_files(arguments.shared, Path(folder))
        volumes, _ = outlines(settings.airspace_files[0])
        divisions, about = outlines(str(settings.region_file))
        american = divisions[[division["iso_a2"] == "US" for division in about]]
        tracks = overland(draw, shapely.get_coordinates(shapely.centroid(volumes)))
        scatter = scattered(draw, tracks[0].size)
        coasts = off_coasts(draw, shapely.get_coordinates(shapely.union_all(american)))
        cases = {
            ("airspace", "tracks"): tracks,
            ("airspace", "random"): scatter,
            ("regions", "tracks"): tracks,
            ("regions", "tracks off coasts"): coasts,
            ("regions", "random"): scatter,
            ("terrain", "tracks"): tracks,
            ("all of step 10", "tracks"): tracks,
            ("all of step 10", "random"): scatter,
        }
        trees = {"airspace": shapely.STRtree(volumes), "regions": shapely.STRtree(divisions)}
        for tree in trees.values():
            shapely.prepare(tree.geometries)
        some = draw.integers(0, 1 << 40, arguments.peer_points)
        passes = []
        for repeat in range(arguments.repeats + 1):
            os.utime(settings.airspace_files[0], ns=(repeat, repeat))  # so that all is loaded anew
            passes.append(one_pass(settings, cases, trees, some))
    passes = passes[1:]  # kernels are compiled in the first one
    about_us = ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", "shapely"))
    print(f"{platform.machine()}, {os.cpu_count()} cores, {about_us}")
    print(f"load: {statistics.median(load for load, _ in passes):.2f} s")
    print(f"{'':30}{'points':>10}{'cells':>8}{'first, M/s':>20}{'again, M/s':>20}{'shapely':>8}{'ratio':>7}")
    for (what, kind), points in cases.items():
        first, again, peer = zip(*(found[what, kind] for _, found in passes), strict=True)
        ratio = statistics.median(a / p for a, p in zip(first, peer, strict=True))
        beside = f"{statistics.median(peer):>8.2f}{ratio:>7.1f}"
        print(
            f"{what + ', ' + kind:30}{points[0].size:>10}{cells_a_point(points):>8.3f}"
            f"{spread(first):>20}{spread(again):>20}" + ("" if math.isnan(ratio) else beside)
        )


def spread(rates: Sequence[float]) -> str:
    return f"{statistics.median(rates):.1f} ({min(rates):.1f}-{max(rates):.1f})"


if __name__ == "__main__":
    main()
