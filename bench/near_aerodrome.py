"""What the columns of the nearest aerodrome cost, beside SciPy's k-d tree asked for the same points.

    .venv/bin/python bench/near_aerodrome.py AIRPORTS.csv [--flights 1000] [--repeats 5]

Straight flights of 1000 seconds at 108 kt over the United States. Median microseconds a second of track.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy.spatial import KDTree

from tracks.aerodromes.reading import read_aerodromes
from tracks.enrich.near_aerodrome import NearAerodromes
from tracks.geodesy import unit_vectors

SECONDS = 1000


def flights(count: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    lat, lon, course = (
        draw.uniform(*limits, (count, 1)) for limits in ((25, 48), (-120, -75), (0, 2 * np.pi))
    )
    away = np.arange(SECONDS) * 108 / 3600 / 60
    return (lat + away * np.cos(course)).ravel(), (lon + away * np.sin(course)).ravel()


def main() -> None:
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("airports")
    parse.add_argument("--flights", type=int, default=1000)
    parse.add_argument("--repeats", type=int, default=5)
    arguments = parse.parse_args()
    aerodromes = read_aerodromes("AIRPORTS", arguments.airports, ["airport"])
    lat, lon = flights(arguments.flights)
    ours = NearAerodromes(aerodromes)
    scipy = KDTree(unit_vectors(aerodromes.lat_deg, aerodromes.lon_deg))
    ways: dict[str, Callable[[], object]] = {
        "nearest and distance": lambda: ours.nearest(lat, lon),
        "all four columns": lambda: ours.columns(lat, lon, lat),
        "SciPy, nearest alone": lambda: scipy.query(unit_vectors(lat, lon)),
    }
    ours.nearest(lat[:1], lon[:1])  # compiles
    print(f"{len(aerodromes)} aerodromes, {lat.size} seconds of track")
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(arguments.repeats):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append((time.perf_counter() - start) / lat.size * 1e6)
    for name, found in times.items():
        print(f"{name:22} {statistics.median(found):.2f} us ({min(found):.2f} to {max(found):.2f})")


if __name__ == "__main__":
    main()
