"""Avro and Parquet files to records, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from tracks.raw.avro_blocks import avro_files, avro_header
from tracks.raw.columns import observed
from tracks.raw.containers import AGAIN
from tracks.raw.names import Source, find_sources
from tracks.records import Records

_FAULTS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, pa.ArrowException)
_BUFFER_BYTES = 1 << 20
_ROW_BYTES = 128  # of the columns that are read


def read_parquet(file: Path, block_bytes: int) -> Iterator[Records]:
    """Read a Parquet file block by block, unpacked page by page whatever its row groups are.

    Raises
    ------
    InputError
        The file is damaged, lacks a column, or has one of a wrong type.
    """
    with (
        _refusing(file, "Parquet"),
        pq.ParquetFile(file, buffer_size=_BUFFER_BYTES, pre_buffer=False) as parquet,
    ):
        sources = find_sources(parquet.schema_arrow.names, file)
        columns = list({source.raw: None for source in sources.values()})
        for batch in parquet.iter_batches(max(block_bytes // _ROW_BYTES, 1), columns=columns):
            yield _records(pl.DataFrame(batch), sources, file)


def read_avro(file: Path, block_bytes: int) -> Iterator[Records]:
    """Read an Avro file block by block, of its own blocks as many as needed.

    The bound on memory is therefore the writer's block: 16 to 64 KiB from the Avro libraries, the whole file
    from polars.

    Raises
    ------
    InputError
        As `read_parquet`.
    """
    with _refusing(file, "Avro"), file.open("rb") as stream:
        header, columns = avro_header(stream)
        sources = find_sources(columns, file)
        for part in avro_files(stream, header, max(block_bytes // _ROW_BYTES, 1)):
            raw = pl.read_avro(BytesIO(part)).select({source.raw for source in sources.values()})
            yield _records(raw, sources, file)


def _records(raw: pl.DataFrame, sources: Mapping[str, Source], file: Path) -> Records:
    """Apply the rules; dictionary columns are the texts they stand for."""
    coded = [name for name, kind in raw.schema.items() if isinstance(kind, pl.Categorical | pl.Enum)]
    return Records.of(observed(raw.with_columns(pl.col(coded).cast(pl.String)), sources, file))


@contextmanager
def _refusing(file: Path, kind: str) -> Iterator[None]:
    """Say of a file that cannot be read what is wrong with it."""
    try:
        yield
    except (*_FAULTS, OSError, EOFError, ValueError, KeyError) as error:
        if not file.stat().st_size:
            raise InputError(file, "the file is empty", AGAIN) from None
        problem = f"not a readable {kind} file ({' '.join(str(error).split())[:200]})"
        raise InputError(file, problem, AGAIN) from None
