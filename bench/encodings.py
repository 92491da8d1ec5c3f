"""Size and speed of Parquet encodings, column by column, and of whole files: what the defaults are chosen by.

    python bench/encodings.py [--aircraft 3000] [--hours 12] [--archived FILE]

Simulated hours are organized and archived; of the largest leaf every column is written alone in each encoding
that its type allows, and the whole leaf with each compression level, row group and page size. Bytes and times
are a row's, times those of the processor, one thread, the least of some repeats: writing (pyarrow) and
reading with pyarrow and with polars.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from jobs.threads import apply_threads

apply_threads(1)  # before polars and numba are imported

import polars as pl  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from data_schemas.config import (  # noqa: E402
    ArchiveSettings,
    LeafSettings,
    OrganizeSettings,
    RegistrySettings,
    SimulateSettings,
)
from data_schemas.config.source import RegisterSource  # noqa: E402
from data_schemas.tables.observations import ARCHIVED  # noqa: E402
from tracks.archive import archive_task, archive_tasks  # noqa: E402
from tracks.leaves import LeafIndex  # noqa: E402
from tracks.observation_files import DICTIONARY, POSITIONS, SPLIT, file_form  # noqa: E402
from tracks.organize import hour_files, organize_task, organize_tasks  # noqa: E402
from tracks.registry import build_registry  # noqa: E402
from tracks.simulate import simulate_task, simulate_tasks, write_registry  # noqa: E402

Options = Mapping[str, object]
REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--aircraft", type=int, default=3000, help="aircraft of the simulated fleet")
    parser.add_argument("--hours", type=int, default=12, help="hours simulated")
    parser.add_argument("--archived", type=Path, help="an archived leaf to measure instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        leaf, raw_row_bytes = arguments.archived, None
        if leaf is None:
            simulate = SimulateSettings(aircraft=arguments.aircraft, hours=arguments.hours, form=".csv")
            leaf, raw_row_bytes = archived(folder, simulate)
        table = whole(leaf)
        print(
            f"{table.num_rows:,} observations"
            + (f", {raw_row_bytes:.0f} bytes a row of CSV" if raw_row_bytes else "")
        )
        for codec, level in (("lz4", None), ("zstd", ArchiveSettings().compression_level)):
            print(f"\nColumns in {codec}")
            packed = {"compression": codec, "compression_level": level}
            print_columns(table, folder / "column.parquet", packed, in_use)
        print_files(table, observation_files(table), raw_row_bytes, folder / "file.parquet")


def archived(folder: Path, simulate: SimulateSettings) -> tuple[Path, float]:
    """Simulate, organize and archive hours; return the largest leaf, and the bytes of a raw row."""
    rows = sum(
        simulate_task(task, settings=simulate).rows_out for task in simulate_tasks(folder / "raw", simulate)
    )
    files = hour_files([folder / "raw"])
    write_registry(folder / "register.csv", simulate)
    registry = RegistrySettings(
        sources=(RegisterSource(format="generic", path=str(folder / "register.csv")),),
        leaves=LeafSettings(hours_per_leaf=1e7, unknown_leaves=1),
    )
    build_registry(registry, folder / "registry.parquet")
    leaves = LeafIndex.load(folder / "registry.parquet", registry)
    for task in organize_tasks(files, folder / "organized", ""):
        organize_task(task, settings=OrganizeSettings(), leaves=leaves)
    for task in archive_tasks(folder / "organized", folder / "archive", ""):
        archive_task(task, settings=ArchiveSettings())
    found = max((folder / "archive").rglob("*.parquet"), key=lambda file: file.stat().st_size)
    return found, sum(file.stat().st_size for file in files) / rows


def whole(file: Path) -> pa.Table:
    """Read a file, its dictionaries made one."""
    return pq.read_table(file, use_threads=False).unify_dictionaries().combine_chunks()


def print_columns(table: pa.Table, file: Path, packed: Options, in_use: Callable[[pa.Field], str]) -> None:
    """Print a line for each column and encoding; a star marks the one in use."""
    print(f"\n{'column':<20}{'encoding':<22}{'bytes':>8}{'write ns':>10}{'pyarrow ns':>12}{'polars ns':>11}")
    for field in table.schema:
        alone = table.select([field.name])
        used = in_use(field)
        for encoding, options in encodings(field):
            found = measure(alone, file, {**packed, **options}, table.num_rows)
            print_line(f"{field.name:<20}{encoding + ' *' * (encoding == used):<22}", found, "")


def in_use(field: pa.Field) -> str:
    """Return the encoding that observations are written in."""
    if field.name in SPLIT:
        return "byte stream split"
    return "dictionary" if field.name in DICTIONARY or pa.types.is_dictionary(field.type) else "plain"


def encodings(field: pa.Field) -> Iterator[tuple[str, Options]]:
    """Yield the encodings that a column may have, and the options of pyarrow's writer for them."""
    kind, one = field.type, [field.name]
    if not pa.types.is_dictionary(kind):
        yield "plain", {"use_dictionary": False}
    if not pa.types.is_boolean(kind):
        yield "dictionary", {"use_dictionary": one}
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        yield "byte stream split", {"use_dictionary": False, "use_byte_stream_split": one}
    others = {"delta": pa.types.is_integer(kind), "run length": pa.types.is_boolean(kind)}
    names = {"delta": "DELTA_BINARY_PACKED", "run length": "RLE"}
    for name in (name for name, allowed in others.items() if allowed):
        yield name, {"use_dictionary": False, "column_encoding": {field.name: names[name]}}


def observation_files(table: pa.Table) -> Iterator[tuple[str, int, Options]]:
    """Yield whole files: what is special, rows of a row group, and the options of pyarrow's writer."""
    texts = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    archive = ArchiveSettings()
    rows = archive.row_group_rows
    used = {
        **file_form(table.schema, archive.compression_level),
        "write_statistics": list(ARCHIVED.sorted_by),
    }
    plain = {**used, "use_dictionary": texts, "use_byte_stream_split": []}
    split = {"use_byte_stream_split": [*SPLIT, *POSITIONS]}
    zstd = {**used, "compression": "zstd"}
    yield "as archived", rows, used
    yield "as organized: LZ4 alone", rows, {**used, **file_form(table.schema, None)}
    yield "not packed", rows, {**used, "compression": "none", "compression_level": None}
    yield "texts in dictionaries, else plain", rows, plain
    yield "positions split", rows, {**used, **split}
    yield "pages of version 2", rows, {**used, "data_page_version": "2.0"}
    for level in (-1, 1, 6):
        yield (
            f"positions at zstd level {level}",
            rows,
            {**used, "compression_level": dict.fromkeys(POSITIONS, level)},
        )
    for level in (1, 2, 6):
        yield f"all at zstd level {level}", rows, {**zstd, "compression_level": level}
        yield (
            f"the same, positions split, level {level}",
            rows,
            {**zstd, "compression_level": level, **split},
        )
    for size in (1 << 16, 1 << 17, 1 << 18, 1 << 20):
        yield f"row groups of {size:,}", size, used
    for size in (1 << 14, 1 << 16, 1 << 18, 1 << 20):
        yield f"pages of {size:,} bytes", rows, {**used, "data_page_size": size}


def print_files(
    table: pa.Table, files: Iterator[tuple[str, int, Options]], raw_row_bytes: float | None, path: Path
) -> None:
    """Print a line for each way to write a whole file."""
    print(f"\n{'whole file':<42}{'bytes':>8}{'write ns':>10}{'pyarrow ns':>12}{'polars ns':>11}{'of CSV':>9}")
    for name, rows, options in files:
        found = measure(table, path, options, rows)
        print_line(f"{name:<42}", found, f"{found[0] / raw_row_bytes:9.1%}" if raw_row_bytes else "")


def measure(table: pa.Table, file: Path, options: Options, group_rows: int) -> tuple[float, ...]:
    """Return bytes, and nanoseconds of writing and of reading with pyarrow and polars, of a row."""

    def write() -> None:
        with pq.ParquetWriter(file, table.schema, **options) as writer:
            for start in range(0, table.num_rows, group_rows):
                writer.write_table(table.slice(start, group_rows), row_group_size=group_rows)

    ways = (write, lambda: pq.read_table(file, use_threads=False), lambda: pl.read_parquet(file, glob=False))
    times = [least(way) for way in ways]
    return tuple(value / table.num_rows for value in (file.stat().st_size, *times))


def least(work: Callable[[], object]) -> float:
    """Return the least processor time of some repeats, ns."""
    stamps = [time.process_time_ns()]
    for _ in range(REPEATS):
        work()
        stamps.append(time.process_time_ns())
    return min(b - a for a, b in itertools.pairwise(stamps))


def print_line(head: str, found: tuple[float, ...], tail: str) -> None:
    print(f"{head}{found[0]:8.2f}{found[1]:10.1f}{found[2]:12.1f}{found[3]:11.1f}{tail}", flush=True)


if __name__ == "__main__":
    main()
