"""The whole ledger: `ledger.parquet` with all runs that have ended, and the parts of those that have not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.files import complete_file
from data_schemas.tables.ledger import LEDGER
from jobs.ledger.lines import PartReader
from jobs.ledger.part import part_run
from jobs.ledger.row import Row

MERGED: Final = "ledger.parquet"
_RUNS: Final = b"trackmill.runs"
_ROW_GROUP: Final = 1 << 16
_BATCH: Final = 1 << 14


def new_run(folder: Path) -> str:
    """Return the name of a new run: its start [UTC, µs], after all runs the ledger knows of."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    latest = max(known_runs(folder), default="")
    # A clock that went back must not let an older run's rows count as the last ones.
    return stamp if stamp > latest else f"{latest[:9]}{int(latest[9:]) + 1:012d}"


def known_runs(folder: Path) -> set[str]:
    """Return the runs that have a part or a record in the ledger; merged runs keep their record."""
    names = [path.name for kind in ("part", "run") for path in folder.glob(f"{kind}-*.json*")]
    return {name.split("-")[1].split(".")[0] for name in names}


def batches(folder: str | Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield all rows of a ledger, live or finished, as tables of bounded size, runs and tasks as they come.

    Parameters
    ----------
    folder
        The ledger.
    columns
        Names of the columns wanted; None for all.

    Raises
    ------
    InputError
        `ledger.parquet` is no ledger, or a part is broken.
    """
    folder = Path(folder)
    # Parts are listed first: one that is merged and removed meanwhile is found in the merged file.
    parts = sorted(folder.glob("part-*.jsonl"))
    runs, merged = _open_merged(folder)
    if merged is not None:
        with merged:
            for batch in merged.iter_batches(_BATCH, columns=columns):
                yield pa.Table.from_batches([batch])
    for path in parts:
        if part_run(path) not in runs:
            for table in PartReader(path).batches():
                yield table if columns is None else table.select(columns)


def read_ledger(folder: str | Path) -> list[Row]:
    """Return all rows of a ledger, live or finished, sorted by run, task and attempt; see `batches`."""
    rows = [Row.from_dict(values) for table in batches(folder) for values in table.to_pylist()]
    return sorted(rows, key=lambda row: row.key)


def merge(folder: Path, finished: Callable[[str], bool]) -> Path:
    """Merge the parts of all finished runs into `ledger.parquet` and remove them.

    Parameters
    ----------
    folder
        The ledger.
    finished
        Whether a run has ended, so that nobody appends to its parts any more.
    """
    parts = [path for path in sorted(folder.glob("part-*.jsonl")) if finished(part_run(path))]
    target = folder / MERGED
    runs, merged = _open_merged(folder)
    every = sorted(runs | {part_run(path) for path in parts})
    schema = LEDGER.schema()
    # The runs it holds are written into the file: a part that outlives a kill between here and its removal
    # must not count twice.
    schema = schema.with_metadata({**(schema.metadata or {}), _RUNS: " ".join(every).encode()})
    with complete_file(target) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:
        if merged is not None:
            with merged:
                for batch in merged.iter_batches(_ROW_GROUP):
                    writer.write_table(
                        pa.Table.from_batches([batch]).replace_schema_metadata(schema.metadata)
                    )
        for table in _gathered(path for path in parts if part_run(path) not in runs):
            writer.write_table(table.replace_schema_metadata(schema.metadata))
    for path in parts:
        path.unlink(missing_ok=True)
    return target


def _gathered(paths: Iterator[Path]) -> Iterator[pa.Table]:
    """Yield the rows of parts in tables of at least a row group, the last one shorter."""
    waiting: list[pa.Table] = []
    for path in paths:
        for table in PartReader(path).batches():
            waiting.append(table)
            if sum(map(len, waiting)) >= _ROW_GROUP:
                yield pa.concat_tables(waiting)
                waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _open_merged(folder: Path) -> tuple[set[str], pq.ParquetFile | None]:
    """Return the runs in `ledger.parquet` and the file, None where there is none yet."""
    path = folder / MERGED
    try:
        merged = pq.ParquetFile(path)
    except FileNotFoundError:
        return set(), None
    except pa.ArrowException as error:
        remedy = "delete the file; the stage is then run anew"
        raise InputError(path, f"not a Parquet file ({error})", remedy) from error
    LEDGER.check(merged.schema_arrow, path)
    runs = (merged.schema_arrow.metadata or {}).get(_RUNS, b"").decode().split()
    return set(runs), merged
