"""Leaves of 2018 to 2020 proved on a whole register and on a simulated one, and the rate of looking them up.

    .venv/bin/python bench/leaves.py [--addresses 3000000] [--register DIR] [--out FILE]

`--register` is a folder with a world-wide table aircraft.csv.gz and icao_aircraft_types.json.gz. For every
year all 2^24 addresses are looked up; that each has one leaf, in the folder of its aircraft and within the
range that the leaf's name says, and that no folder has more than 1000 entries, is read from the paths.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as pq

from data_schemas.aircraft import seats_bin
from data_schemas.config import RegistrySettings
from data_schemas.tables.registry import REGISTRY
from tracks.leaves import ADDRESSES, UNKNOWN, LeafIndex, leaf_loads
from tracks.registry import build_registry

YEARS = (2018, 2019, 2020)
TYPES = ("FixedWingSingleEngine", "FixedWingMultiEngine", "Rotorcraft", "Glider", "Unknown")
SHARES = (0.6, 0.2, 0.1, 0.05, 0.05)
SEATS = (None, 2, 4, 9, 19, 60_000, 186, 300)


def world_register(folder: Path) -> RegistrySettings:
    """Return settings with the world-wide table as the one register."""
    source = {
        "format": "generic",
        "path": str(folder / "aircraft.csv.gz"),
        "type_table": str(folder / "icao_aircraft_types.json.gz"),
    }
    return RegistrySettings.model_validate({"sources": [source]})


def write_simulated(file: Path, addresses: int) -> None:
    """Write a registry of random addresses, a third of them with two rows.

    Each row is valid for twelve years from one of 2005 to 2021 on; type and seats change from row to row, and
    some numbers of seats are nonsense.
    """
    chance = np.random.default_rng(5)
    known = chance.choice(ADDRESSES, addresses, replace=False)
    address = np.sort(np.concatenate([known, known[: addresses // 3]]))
    digits = pl.Series([f"{a:03X}" for a in range(1 << 12)])
    start_d = (chance.integers(2005, 2022, len(address)) - 1970) * 365 + 200
    frame = pl.DataFrame(
        {
            "icao24": digits.gather(address >> 12) + digits.gather(address & 4095),
            "aircraft_type": pl.Series(TYPES).gather(chance.choice(len(TYPES), len(address), p=SHARES)),
            "seats": pl.Series(SEATS, dtype=pl.Int32).gather(chance.integers(0, len(SEATS), len(address))),
            "valid_from": pl.Series(start_d).cast(pl.Int32).cast(pl.Date),
            "valid_to": pl.Series(start_d + 12 * 365).cast(pl.Int32).cast(pl.Date),
            "source": ["SIMULATED"] * len(address),
        }
    )
    absent = [pl.lit(None).alias(name) for name in REGISTRY.names if name not in frame.columns]
    table = frame.with_columns(absent).select(REGISTRY.names).to_arrow().cast(REGISTRY.schema())
    pq.write_table(table, file)


def prove(index: LeafIndex, year: int) -> Mapping[str, npt.NDArray[np.int64]]:
    """Prove the leaves of a year; return for each folder of registered aircraft how many each leaf holds.

    Raises
    ------
    AssertionError
        An address has no leaf or lies out of its range, ranges of a folder overlap or are not in order, or a
        folder has more than 1000 entries.
    """
    codes = index.leaf_codes(np.arange(ADDRESSES, dtype=np.uint32), np.full(ADDRESSES, year, np.int16))
    base = next(code for code, path in enumerate(index.paths) if path.startswith(f"{year}/"))
    paths = [path for path in index.paths[base:] if path.startswith(f"{year}/")]
    codes -= base
    assert np.all((codes >= 0) & (codes < len(paths))), "codes of this year's paths"
    assert paths == sorted(set(paths)), "paths differ and are in order"
    assert most_entries(paths) <= 1000, "entries of a folder"
    folder = np.array([path.rsplit("/", 1)[0] for path in paths])
    first = np.array([int(path[-13:-7], 16) for path in paths], np.uint32)
    last = np.array([int(path[-6:], 16) for path in paths], np.uint32)
    follows = folder[1:] == folder[:-1]
    assert np.array_equal(first[1:], np.where(follows, last[:-1] + 1, 0)), "ranges without gap or overlap"
    assert np.all(last[~np.append(follows, False)] == ADDRESSES - 1), "the last address"
    address = np.arange(ADDRESSES, dtype=np.uint32)
    assert np.all((first[codes] <= address) & (address <= last[codes])), "addresses within ranges"
    return _sizes(index.aircraft(year), codes, folder, year)


def _sizes(
    aircraft: pl.DataFrame, codes: npt.NDArray[np.int32], folder: npt.NDArray[np.str_], year: int
) -> Mapping[str, npt.NDArray[np.int64]]:
    """Prove that aircraft lie in the folders of their type and seats, all else in `UNKNOWN`; count them."""
    registered = aircraft["icao24"].str.to_integer(base=16, dtype=pl.UInt32).to_numpy()
    bins = {seats: seats_bin(seats) for seats in aircraft["seats"].unique().to_list()}
    here = pl.col("seats").replace_strict(bins | {None: seats_bin(None)}, return_dtype=pl.String)
    wanted = aircraft.select(pl.concat_str(pl.lit(f"{year}"), "aircraft_type", here, separator="/"))
    found = pl.Series(folder.tolist()).gather(codes[registered])
    assert (wanted.to_series() == found).all(), "folders of aircraft"
    counts = np.bincount(codes[registered], minlength=len(folder))
    unregistered = np.bincount(codes, minlength=len(folder)) - counts
    unknown = folder == f"{year}/{UNKNOWN}"
    assert unregistered[unknown].sum() == ADDRESSES - len(registered), "folder of unregistered addresses"
    return {name: counts[folder == name] for name in np.unique(folder[~unknown]).tolist()}


def most_entries(paths: list[str]) -> int:
    """Return the most entries in any folder that these paths make, at any tier."""
    folders: dict[str, set[str]] = {}
    for path in paths:
        parts = path.split("/")
        for depth, part in enumerate(parts):
            folders.setdefault("/".join(parts[:depth]), set()).add(part)
    return max(map(len, folders.values()))


def measure(registry: Path, settings: RegistrySettings) -> list[dict[str, float]]:
    """Prove the years and time making their leaves and looking 20 million rows up."""
    index = LeafIndex.load(registry, settings)
    found = []
    rows = np.random.default_rng(1).integers(0, ADDRESSES, 20_000_000, dtype=np.uint32)
    rising = np.sort(rows)
    for year in YEARS:
        years = np.full(rows.shape, year, np.int16)
        start = time.perf_counter()
        index.leaf_codes(rows[:1], years[:1])
        figures: dict[str, float] = {"year": year, "first_lookup_s": time.perf_counter() - start}
        for name, addresses in (("random", rows), ("sorted", rising)):
            seconds = min(_timed(index, addresses, years) for _ in range(3))
            figures[f"lookups_per_s_{name}"] = len(rows) / seconds
        prove(index, year)
        loads = leaf_loads(index, year).group_by("folder").agg(pl.col("hours"), mean=pl.col("hours").mean())
        hours = loads["hours"].explode()
        figures |= {
            "aircraft": index.aircraft(year).height,
            "leaves": len(hours),
            "most_entries": most_entries([path for path in index.paths if path.startswith(f"{year}/")]),
            "worst_folder_max_to_mean": float(
                loads.select((pl.col("hours").list.max() / pl.col("mean")).max()).item()
            ),
            "overall_max_to_mean": float(hours.max() / hours.mean()),  # type: ignore[arg-type,operator]
        }
        found.append(figures)
    return found


def _timed(index: LeafIndex, rows: npt.NDArray[np.uint32], years: npt.NDArray[np.int16]) -> float:
    start = time.perf_counter()
    index.leaf_codes(rows, years)
    return time.perf_counter() - start


def main() -> None:
    """Prove, measure, print, and write the figures as JSON."""
    parser = argparse.ArgumentParser(description="Leaves of whole registers: proof, balance, seconds, rates.")
    parser.add_argument("--addresses", type=int, default=3_000_000, help="of the simulated register")
    parser.add_argument("--register", metavar="DIR", type=Path, help="folder of a world-wide register")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the figures as JSON")
    arguments = parser.parse_args()
    figures: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        registry = Path(name) / "registry.parquet"
        if arguments.register:
            settings = world_register(arguments.register)
            build_registry(settings, registry)
            figures["world-wide register"] = measure(registry, settings)
        write_simulated(registry, arguments.addresses)
        figures[f"{arguments.addresses:,} simulated addresses"] = measure(registry, RegistrySettings())
    for register, years in figures.items():
        print(register)
        for about, digits in (
            *[(key, 0) for key in ("year", "aircraft", "leaves", "most_entries")],
            *[(key, 3) for key in ("worst_folder_max_to_mean", "overall_max_to_mean")],
            ("first_lookup_s", 2),
            ("lookups_per_s_random", 0),
            ("lookups_per_s_sorted", 0),
        ):
            print(f"  {about:<26}" + "".join(f"{year[about]:>16.{digits}f}" for year in years))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this program, its 20 million rows included: {peak:,.0f} MB")
    if arguments.out:
        arguments.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
