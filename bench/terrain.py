"""Terrain: points a second and core on tiles in memory, beside SciPy and rasterio in the same run.

    .venv/bin/python bench/terrain.py [--points 2000000] [--repeats 5]

Grids: the packaged GLOBE part of the Alps (30 arc-seconds) and a folder of nine simulated SRTM tiles
(3 arc-seconds, 27 MB). Points: tracks at 1 Hz and 240 kt that turn slowly, and points drawn anywhere.
SciPy interpolates in an array that holds the whole grid; rasterio samples the nearest cell, point by point.
Rates are by processor time, so that whoever else is on the machine counts less. Then what the tiles take: the
first look at every tile, and the memory of the shared pool.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from jobs.threads import apply_threads

apply_threads(1)  # before numba is imported

import numpy as np  # noqa: E402
import rasterio  # noqa: E402
from rasterio.merge import merge  # noqa: E402
from rasterio.sample import sample_gen  # noqa: E402
from scipy.interpolate import RegularGridInterpolator  # noqa: E402

from data_schemas.packaged import resolve  # noqa: E402
from tracks.enrich.grids import Grids  # noqa: E402

Result = TypeVar("Result")

SAMPLED = 20_000
"""Points that rasterio is asked for: it takes some 10 us for each."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tiles = srtm_tiles(Path(folder))
        with rasterio.open(resolve("package:globe_30arcsec_demo.tif")) as grid:
            measure("GLOBE, GeoTIFF", "package:globe_30arcsec_demo.tif", [grid], arguments)
        opened = [rasterio.open(tile) for tile in tiles]
        measure("SRTM, folder of 9", folder, opened, arguments)


def measure(
    title: str, name: str, opened: list[rasterio.DatasetReader], arguments: argparse.Namespace
) -> None:
    whole, place = merge(opened)
    rows, columns = whole.shape[1:]
    lat_of_rows = place.f + place.e * (np.arange(rows) + 0.5)
    lon_of_columns = place.c + place.a * (np.arange(columns) + 0.5)
    box = lat_of_rows[-1], lat_of_rows[0], lon_of_columns[0], lon_of_columns[-1]
    scipy = RegularGridInterpolator((lat_of_rows[::-1], lon_of_columns), whole[0, ::-1].astype(np.float32))
    for kind, draw in (("tracks at 1 Hz", tracks), ("anywhere", anywhere)):
        lat, lon = draw(arguments.points, box)
        some = list(zip(lon[:SAMPLED].tolist(), lat[:SAMPLED].tolist(), strict=True))
        grids = Grids.open("enrich.elevation_grids", [name], 512 << 20)
        grids.values(np.full(1, np.nan), lon[:1])  # compiles, and reads no tile
        first, found = timed(partial(grids.values, lat, lon))
        points = np.column_stack([lat, lon])
        if not np.allclose(found, scipy(points), atol=0.01):
            raise SystemExit(f"{title}, {kind}: not as SciPy has it")
        print(f"{title}, {kind}, {lat.size:,} points")
        ways = {
            "trackmill": (lat.size, partial(grids.values, lat, lon)),
            "SciPy": (lat.size, partial(scipy, points)),
            "rasterio": (len(some), partial(all_of, sample_gen, opened[0], some)),
        }
        ours = compare(ways, arguments.repeats)
        read, slots = grids.cache.tiles_read, grids.cache.slots
        mib = int(np.count_nonzero(slots.slot_of >= 0)) * slots.own[0].nbytes / 2**20
        pace = (first - lat.size / ours) / read * 1e3
        print(f"  first look: {read} tiles in {first:.2f} s, {pace:.2f} ms a tile, {mib:.1f} MiB shared")
        del grids, slots, ways  # the last to hold the shared tiles: they go, and the next reads them again


def compare(ways: dict[str, tuple[int, Callable[[], object]]], repeats: int) -> float:
    """Time every way, one after the other, `repeats` times; print the rates and return that of the first."""
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, (count, work) in ways.items():
            rates[way].append(count / timed(work)[0])
    middle = {way: statistics.median(values) for way, values in rates.items()}
    ours, *_ = middle.values()
    for way, values in rates.items():
        spread = f"{min(values):,.0f} to {max(values):,.0f}"
        print(f"  {way:<10}{middle[way]:>14,.0f} points/s ({spread}), ours is {ours / middle[way]:.1f} times")
    return ours


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Return the processor time [s] and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def all_of(make: Callable[..., Iterator[object]], *given: object) -> list[object]:
    return list(make(*given))


def tracks(points: int, box: tuple[float, float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Segments of 600 s at 240 kt with random starts, courses and turn rates, reflected into the box."""
    south, north, west, east = box
    draw = np.random.default_rng(1)
    segments, second = -(-points // 600), np.arange(600)
    course = draw.uniform(0, 2 * np.pi, segments)[:, None] + draw.normal(0, 0.005, segments)[:, None] * second
    step = 240 / 3600 / 60
    lat = draw.uniform(south, north, segments)[:, None] + np.cumsum(step * np.cos(course), axis=1)
    wide = step / np.cos(np.radians((south + north) / 2))
    lon = draw.uniform(west, east, segments)[:, None] + np.cumsum(wide * np.sin(course), axis=1)
    return reflect(lat.ravel()[:points], south, north), reflect(lon.ravel()[:points], west, east)


def reflect(values: np.ndarray, least: float, most: float) -> np.ndarray:
    width = most - least
    return least + width - np.abs(np.mod(values - least, 2 * width) - width)


def anywhere(points: int, box: tuple[float, float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Points drawn evenly in the box."""
    south, north, west, east = box
    draw = np.random.default_rng(2)
    return draw.uniform(south, north, points), draw.uniform(west, east, points)


def srtm_tiles(folder: Path) -> list[Path]:
    """Write nine tiles of hills, 36 to 39 N, 85 to 82 W."""
    surface = np.add.outer(np.arange(3601), np.arange(3601)) % 3000 + 1
    paths = []
    for down in range(3):
        for right in range(3):
            path = folder / f"N{38 - down}W{85 - right:03}.hgt"
            posts = surface[1200 * down : 1200 * down + 1201, 1200 * right : 1200 * right + 1201]
            path.write_bytes(posts.astype(">i2").tobytes())
            paths.append(path)
    return paths


if __name__ == "__main__":
    main()
