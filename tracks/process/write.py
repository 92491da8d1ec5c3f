"""The file of a leaf's tracks: row groups of one size, each column in the encoding that suits its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_schemas.config import ProcessSettings
from data_schemas.files import complete_file
from data_schemas.tables.tracks import TRACKS

DICTIONARY: Final = "RLE_DICTIONARY"


@contextmanager
def tracks_writer(
    path: str | Path, schema: pa.Schema, settings: ProcessSettings
) -> Iterator[Callable[[pa.Table], None]]:
    """Open the file of a leaf's tracks, and give the function that takes its rows, a table after the other.

    The file appears when all is written, or not at all. Its bytes depend on the rows and the settings, not on
    how they are cut into tables. About one row group is in memory.

    Parameters
    ----------
    schema
        As `tracks_schema` has it.
    settings
        Rows of a group.
    """
    size = settings.row_group_rows
    pending: list[pa.Table] = []

    def take(table: pa.Table) -> None:
        pending.append(table)
        rows = sum(some.num_rows for some in pending)
        if rows < size:
            return
        rows_of_groups = rows - rows % size
        together = pa.concat_tables(pending)
        for first in range(0, rows_of_groups, size):
            writer.write_table(_sorted_texts(together.slice(first, size)), size)
        pending[:] = [together.slice(rows_of_groups)]

    with (
        complete_file(path) as part,
        pq.ParquetWriter(part, schema, **file_form(schema, settings)) as writer,
    ):
        yield take
        if any(table.num_rows for table in pending):
            writer.write_table(_sorted_texts(pa.concat_tables(pending)), size)


def file_form(schema: pa.Schema, settings: ProcessSettings) -> dict[str, object]:
    """Return the options of pyarrow's writer: `bench/encodings_tracks.py` has the sizes of other ways."""
    encodings = {field.name: encoding_of(field) for field in schema}
    return {
        "compression": "lz4",
        "use_dictionary": [name for name, encoding in encodings.items() if encoding == DICTIONARY],
        "column_encoding": {name: encoding for name, encoding in encodings.items() if encoding != DICTIONARY},
        # a column chunk in one page: where others end would depend on how the rows are cut into tables
        "data_page_size": 8 * settings.row_group_rows,
        "write_statistics": list(TRACKS.sorted_by),
        "sorting_columns": [pq.SortingColumn(schema.get_field_index(name)) for name in TRACKS.sorted_by],
    }


def encoding_of(field: pa.Field) -> str:
    """Return the encoding of a column: its own bytes for labels, which stay the same for long.

    Seconds and heights change by little numbers; of floats the first bytes do. Accelerations have few values.
    """
    if pa.types.is_dictionary(field.type) or field.name == "dv_estimate_kt_s":
        return DICTIONARY
    if pa.types.is_floating(field.type):
        return "BYTE_STREAM_SPLIT"
    changes = field.name == "time_s" or b"resolution" in field.metadata
    return "DELTA_BINARY_PACKED" if changes else "PLAIN"


def _sorted_texts(rows: pa.Table) -> pa.Table:
    """Return a row group with sorted dictionaries that hold none but its own values."""
    rows = rows.unify_dictionaries()
    for index, field in enumerate(rows.schema):
        if pa.types.is_dictionary(field.type):
            rows = rows.set_column(index, field, _sorted(rows.column(index).combine_chunks()))
    return rows


def _sorted(column: pa.DictionaryArray) -> pa.DictionaryArray:
    code = column.indices.to_numpy(zero_copy_only=False)
    used = np.flatnonzero(np.bincount(code, minlength=len(column.dictionary)))
    order = used[pc.sort_indices(column.dictionary.take(pa.array(used))).to_numpy()]
    place = np.empty(len(column.dictionary), np.int32)
    place[order] = np.arange(order.size, dtype=np.int32)
    return pa.DictionaryArray.from_arrays(place[code], column.dictionary.take(pa.array(order)))
