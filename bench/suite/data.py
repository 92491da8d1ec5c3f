"""The data that steps work on: simulated hours, and what the stages make of them, in three sizes.

A place is a folder with `raw/`, `register.csv`, `registry.parquet`, and what its kind needs of `tar/`,
`organized/`, `archive/` and `tracks/`. A place that is complete is not made again.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import polars as pl

from bench.suite import stages
from bench.suite.many_hours import make_hours
from data_schemas.config import SimulateSettings
from tracks.registry import build_registry
from tracks.simulate import simulate_task, simulate_tasks, write_registry

SIZES = {"tiny": 0.02, "1x": 1, "4x": 4, "16x": 16}
"""Names of sizes and how many times the rows of 1x they have."""


@dataclass(frozen=True)
class Kind:
    """What the rows of a place are.

    `one_leaf`: every aircraft is of one type and seats bin, and in one leaf, so that sizes are rows of a
    leaf; else the leaves are the default ones, and sizes are rows of an hour. `more_hours`: the larger sizes
    have more hours, not more aircraft. `merged_hours`: how many hours are made of one (`many_hours`).
    """

    interval_s: int
    hours: int
    aircraft: int
    one_leaf: bool
    more_hours: bool = False
    merged_hours: int = 0

    def settings(self, factor: float) -> SimulateSettings:
        """Return what is simulated for a size."""
        aircraft, hours = (1.0, factor) if self.more_hours else (factor, 1.0)
        aircraft = min(aircraft, 1.0) if self.merged_hours else aircraft
        return SimulateSettings.model_validate(
            {
                "aircraft": round(self.aircraft * aircraft),
                "hours": max(round(self.hours * hours), 1),
                "report_interval_s": self.interval_s,
                "form": ".csv",
                "unregistered": 0.0 if self.one_leaf else 0.04,
            }
        )


KINDS = {
    "hour": Kind(10, 1, 9000, one_leaf=False),
    "10 s": Kind(10, 2, 4500, one_leaf=True),
    "1 Hz": Kind(1, 1, 900, one_leaf=True),
    "hours": Kind(10, 40, 230, one_leaf=True, more_hours=True),
    "merge": Kind(10, 1, 144_000, one_leaf=False, merged_hours=50),
}
"""1x of each has some 150,000 to 250,000 rows, but of "merge" 1.4 million, those of one task."""


def place_of(work: Path, kind: str, size: str) -> Path:
    """Return the folder of a kind in a size."""
    return work / kind.replace(" ", "") / size


def make_place(work: Path, kind: str, size: str) -> None:
    """Simulate hours and run the stages that steps want to find done."""
    place, about = place_of(work, kind, size), KINDS[kind]
    ready = place / "ready"
    if ready.exists():
        return
    shutil.rmtree(place, ignore_errors=True)
    if about.merged_hours and _share(work, kind, size):
        return
    settings = about.settings(SIZES[size])
    write_registry(place / "register.csv", settings)
    if about.one_leaf:
        (place / "one_leaf").touch()
        register = pl.read_csv(place / "register.csv", infer_schema=False)
        alike = register.with_columns(aircraft_type=pl.lit("FixedWingMultiEngine"), seats=pl.lit(100))
        alike.write_csv(place / "register.csv")
    build_registry(stages.registry_settings(place), place / "registry.parquet")
    for task in simulate_tasks(place / "raw", settings):
        simulate_task(task, settings=settings)
    if about.one_leaf:
        _stage("organize", place, "raw", "organized")
        if not about.more_hours:
            _stage("archive", place, "organized", "archive")
    elif about.merged_hours:
        _stage("organize", place, "raw", "hour")
        (hour,) = (place / "hour").iterdir()
        make_hours(hour, place, _merged_hours(kind, size))
        for folder in ("raw", "hour"):
            shutil.rmtree(place / folder)
    else:
        for raw in sorted((place / "raw").iterdir()):
            _pack(raw, place / "tar")
    if kind == "1 Hz":
        _stage("process", place, "archive", "tracks")
    ready.touch()


def _merged_hours(kind: str, size: str) -> int:
    return max(round(KINDS[kind].merged_hours * SIZES[size]), 2)


def _share(work: Path, kind: str, size: str) -> bool:
    """Take the first hours of a larger place, if there is one; those of the tiny one are smaller."""
    larger = [other for other in SIZES if SIZES[other] > SIZES[size] >= 1]
    ready = [found for other in larger if (found := place_of(work, kind, other)).joinpath("ready").exists()]
    if ready:
        place = place_of(work, kind, size)
        shutil.copytree(ready[0], place, copy_function=os.link)
        for hour in sorted((place / "organized").iterdir())[_merged_hours(kind, size) :]:
            hour.unlink()
    return bool(ready)


def _stage(name: str, place: Path, source: str, out: str) -> None:
    stages.planned(name, place, place / source, place / out, 2 << 30)()


def _pack(raw: Path, folder: Path) -> None:
    """Pack a CSV file as published: gzip (level 6, its default) inside tar."""
    folder.mkdir(parents=True, exist_ok=True)
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    with raw.open("rb") as text:
        packed = b"".join(packer.compress(block) for block in iter(lambda: text.read(1 << 22), b""))
    packed += packer.flush()
    with tarfile.open(folder / f"{raw.name}.tar", "w") as archive:
        about = tarfile.TarInfo(f"{raw.name}.gz")
        about.size = len(packed)
        archive.addfile(about, BytesIO(packed))
