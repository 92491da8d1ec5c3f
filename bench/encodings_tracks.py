"""Size and speed of Parquet encodings of the 1 Hz tracks: what the defaults are chosen by.

    python -m bench.encodings_tracks [--aircraft 2000] [--hours 1] [--interval 1] [--archived FILE ...]

Simulated hours are organized, archived and processed; of the largest leaf's tracks every column is written
alone in each encoding that its type allows, and the whole file with each compression level and size of row
groups and pages. Bytes and times are a second's, measured as `bench/encodings.py` does.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from bench.encodings import Options, archived, print_columns, print_files, whole
from data_schemas.config import EnrichSettings, ProcessSettings, SimulateSettings
from data_schemas.task import Task
from tracks.enrich import Enrichment
from tracks.process.task import process_task
from tracks.process.write import DICTIONARY, encoding_of, file_form

_NAMES = {
    DICTIONARY: "dictionary",
    "BYTE_STREAM_SPLIT": "byte stream split",
    "DELTA_BINARY_PACKED": "delta",
    "PLAIN": "plain",
}


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--aircraft", type=int, default=2000, help="aircraft of the simulated fleet")
    parser.add_argument("--hours", type=int, default=1, help="hours simulated")
    parser.add_argument("--interval", type=int, default=1, help="seconds between reports: 1, 2, 5 or 10")
    parser.add_argument("--archived", type=Path, nargs="+", help="archived leaves to process instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        leaves = arguments.archived
        if leaves is None:
            simulate = SimulateSettings.model_validate(
                {
                    "aircraft": arguments.aircraft,
                    "hours": arguments.hours,
                    "report_interval_s": arguments.interval,
                    "form": ".csv",
                }
            )
            leaves = [archived(folder, simulate)[0]]
        table = tracks_of(leaves, folder)
        print(f"{table.num_rows:,} seconds")
        print_columns(table, folder / "column.parquet", {"compression": "lz4"}, in_use)
        print_files(table, track_files(table), None, folder / "file.parquet")


def tracks_of(leaves: list[Path], folder: Path) -> pa.Table:
    """Process archived leaves, and return their tracks."""
    settings = ProcessSettings(altitude_mode="baro", require_squawk=False)
    enrichment = Enrichment.load(
        EnrichSettings(
            elevation_grids=(
                "package:topo_5arcmin_demo_usa.tif",
                "package:topo_5arcmin_demo_europe.tif",
            ),
            region_file="package:admin1.geojson",
        )
    )
    tables = []
    for number, leaf in enumerate(leaves):
        out = folder / f"tracks{number}.parquet"
        task = Task(f"2021/{leaf.parts[-3]}/x/y", (str(leaf),), str(out), 1.0, "")
        process_task(task, settings=settings, enrichment=enrichment)
        tables.append(whole(out))
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def in_use(field: pa.Field) -> str:
    """Return the encoding that tracks are written in."""
    return _NAMES[encoding_of(field)]


def track_files(table: pa.Table) -> Iterator[tuple[str, int, Options]]:
    """Yield whole files: what is special, rows of a row group, and the options of pyarrow's writer."""
    settings = ProcessSettings()
    used = file_form(table.schema, settings)
    texts = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    rows = settings.row_group_rows
    yield "as written", rows, used
    plain = {field.name: "PLAIN" for field in table.schema if field.name not in texts}
    yield (
        "texts in dictionaries, else plain",
        rows,
        {**used, "use_dictionary": texts, "column_encoding": plain},
    )
    yield "dictionaries", rows, {**used, "use_dictionary": True, "column_encoding": None}
    yield "pages of version 2", rows, {**used, "data_page_version": "2.0"}
    for level in (-1, 1, 2, 6, 12):
        yield f"zstd level {level}", rows, {**used, "compression": "zstd", "compression_level": level}
    for size in (1 << 15, 1 << 16, 1 << 17, 1 << 19):
        yield f"row groups of {size:,}", size, used
    for size in (1 << 16, 1 << 18, 1 << 20):
        yield f"pages of {size:,} bytes", rows, {**used, "data_page_size": size}


if __name__ == "__main__":
    main()
