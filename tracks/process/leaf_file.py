"""The archived file of a leaf, read some whole aircraft at a time, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from tracks.process.observations import COLUMNS, LeafObservations

ROWS_AT_ONCE: Final = 30_000
"""Rows of whole aircraft that are worked on at once: few enough for the processor's cache and for memory that
is used again (a third less time than 200 000, where rows 10 s apart make ten seconds each), many enough that
the cost of a call does not show."""

_LARGE_ROWS: Final = 1_000_000
"""From so many rows on, what reading them took is given back to the system before they are worked on."""

_REMEDY = "make it anew with trackmill archive"


def rows_in(path: Path) -> int:
    """Return the number of rows of an archived leaf, from its footer.

    Raises
    ------
    InputError
        The file is missing, damaged, or not an archived leaf.
    """
    return int(_open(path).metadata.num_rows)


def read_observations(path: Path) -> Iterator[LeafObservations]:
    """Read what stage 3 needs of an archived leaf, some whole aircraft at a time.

    Where the pieces end depends on the file alone. A file without rows gives no piece.

    Raises
    ------
    InputError
        The file is missing, damaged, not sorted, or not an archived leaf.
    """
    yield from observations_of(_row_groups(path), path)


def observations_of(tables: Iterable[pa.Table], where: Path) -> Iterator[LeafObservations]:
    """Take what stage 3 needs out of the rows of a leaf, some whole aircraft at a time.

    Parameters
    ----------
    tables
        Tables in the schema of `ARCHIVED`, one following the other.
    where
        The file they are of, for messages.

    Raises
    ------
    InputError
        The rows are not sorted.
    """
    for table in whole_aircraft(tables):
        rows = LeafObservations.of(table, where)
        large = table.num_rows > _LARGE_ROWS
        del table
        if large:
            pa.default_memory_pool().release_unused()  # else Arrow keeps what the columns were copied from
        yield rows


def whole_aircraft(tables: Iterable[pa.Table], rows_at_once: int = ROWS_AT_ONCE) -> Iterator[pa.Table]:
    """Cut the rows of a leaf into pieces that hold whole aircraft, and only the columns that stage 3 needs.

    A piece has about `rows_at_once` rows, more where an aircraft or a table has more. No rows, no piece.
    """
    pending: list[pa.Table] = []
    for some in tables:
        pending.append(some.select(list(COLUMNS)))
        if sum(table.num_rows for table in pending) < rows_at_once:
            continue
        table = pa.concat_tables(pending)
        pieces: list[pa.Table] = []
        begin = 0
        for cut in _starts_of_aircraft(table):
            if cut - begin >= rows_at_once:
                pieces.append(table.slice(begin, cut - begin))
                begin = cut
        pending = [table.slice(begin)]
        del table, some  # an aircraft may have ten million rows: nothing here is to hold what is handed out
        pieces.reverse()
        while pieces:
            yield pieces.pop()
    if any(table.num_rows for table in pending):
        pending = [pa.concat_tables(pending)]
        yield pending.pop()


def _row_groups(path: Path) -> Iterator[pa.Table]:
    file = _open(path)
    for group in range(file.num_row_groups):
        try:
            yield file.read_row_group(group, columns=list(COLUMNS))
        except (OSError, ValueError) as error:
            problem = f"damaged Parquet file ({' '.join(str(error).split())[:200]})"
            raise InputError(path, problem, _REMEDY) from None


def _open(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
    except FileNotFoundError:
        raise InputError(path, "no such file", _REMEDY) from None
    except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
        problem = f"not a Parquet file ({' '.join(str(error).split())[:200]})"
        raise InputError(path, problem, _REMEDY) from None
    ARCHIVED.check(file.schema_arrow, path)
    return file


def _starts_of_aircraft(table: pa.Table) -> list[int]:
    """Return where the rows of each aircraft but the first start."""
    address = table["icao24"]
    changes = [np.empty(0, np.int64)]
    before, row = None, 0
    for chunk in address.chunks:
        if len(chunk):
            index = (chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()).indices
            code = index.to_numpy(zero_copy_only=False)
            changes.append(row + 1 + np.flatnonzero(code[1:] != code[:-1]))
            if before is not None and chunk[0].as_py() != before:
                changes.append(np.array([row]))
            before, row = chunk[-1].as_py(), row + len(chunk)
    return [int(row) for row in np.sort(np.concatenate(changes))]
