"""Peers in the project's own environment: general tools that do part of the same work on the same files."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import polars as pl

from bench.suite.given import Did, Given, Work, step
from data_schemas.tables.raw import RAW_COLUMNS
from tracks.leaves import LEAF_FILES

_TEXTS = ("icao24", "callsign", "squawk", "onground", "alert", "spi")
_TYPES = dict.fromkeys(RAW_COLUMNS, pl.Float64) | dict.fromkeys(_TEXTS, pl.String)
"""Polars takes "True" for no boolean; as text it is no slower to read."""
_EIGHT = ["time", "icao24", "lat", "lon", "velocity", "onground", "baroaltitude", "geoaltitude"]


def _hours(given: Given) -> list[Path]:
    return sorted((given.place / "raw").iterdir())


def _read(hour: Path, columns: list[str] | None = None) -> pl.DataFrame:
    return pl.read_csv(hour, schema_overrides=_TYPES, columns=columns)


@step
def polars_rewrite(given: Given) -> Work:
    """The I/O limit: polars reads all 16 columns and writes them as Parquet, doing nothing else."""

    def work() -> Did:
        rows = 0
        for hour in _hours(given):
            frame = _read(hour)
            frame.write_parquet(given.out / f"{hour.stem}.parquet", compression="zstd")
            rows += frame.height
        return Did(rows, {})

    return work


@step
def polars_read_16(given: Given) -> Work:
    """Polars reads all 16 columns."""
    return lambda: Did(sum(_read(hour).height for hour in _hours(given)), {})


@step
def polars_read_8(given: Given) -> Work:
    """Polars reads 8 columns."""
    return lambda: Did(sum(_read(hour, _EIGHT).height for hour in _hours(given)), {})


@step
def gunzip(given: Given) -> Work:
    """The members of the published archives unpacked with zlib, in blocks, and dropped."""
    packed = sorted((given.place / "tar").iterdir())

    def work() -> Did:
        lines = 0
        for path in packed:
            with tarfile.open(path) as archive:
                for member in archive:
                    stream = archive.extractfile(member)
                    assert stream is not None
                    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
                    for block in iter(lambda: stream.read(1 << 20), b""):  # noqa: B023
                        lines += unpacker.decompress(block).count(b"\n")
                    lines -= 1  # the header
        return Did(lines, {})

    return work


@step
def parquet_copy(given: Given) -> Work:
    """Polars reads every organized hour and writes it as Parquet."""

    def work() -> Did:
        rows = 0
        for hour in sorted((given.place / "organized").iterdir()):
            frame = pl.read_parquet(hour)
            frame.write_parquet(given.out / hour.name, compression="zstd")
            rows += frame.height
        return Did(rows, {})

    return work


@step
def published_write(given: Given) -> Work:
    """The published layout: one CSV an aircraft and hour in the folders of the hierarchy, zipped by leaf."""
    (leaf,) = (given.place / "archive").glob(LEAF_FILES)
    below = leaf.relative_to(given.place / "archive").with_suffix("")

    def work() -> Did:
        rows = files = 0
        folder = given.out / below
        for hour in _hours(given):
            frame = _read(hour)
            rows += frame.height
            for (icao24,), piece in frame.partition_by("icao24", as_dict=True).items():
                path = folder / str(icao24) / f"{hour.stem}.csv"
                path.parent.mkdir(parents=True, exist_ok=True)
                piece.write_csv(path)
                files += 1
        packed = folder.with_suffix(".zip")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*.csv")):
                archive.write(path, path.relative_to(folder).as_posix())
        return Did(rows, {"files": files, "bytes_out": packed.stat().st_size})

    return work


@step
def published_read(given: Given) -> Work:
    """The zipped CSV files of a leaf, read back aircraft by aircraft."""
    packed = given.place / "published.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for hour in _hours(given):
            for (icao24,), piece in _read(hour).partition_by("icao24", as_dict=True).items():
                archive.writestr(f"{icao24}/{hour.stem}.csv", piece.write_csv())

    def work() -> Did:
        rows = 0
        with zipfile.ZipFile(packed) as archive:
            for name in sorted(archive.namelist()):
                rows += pl.read_csv(BytesIO(archive.read(name)), schema_overrides=_TYPES).height
        return Did(rows, {})

    return work
