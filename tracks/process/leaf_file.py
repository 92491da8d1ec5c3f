"""The archived file of a leaf, read some whole aircraft at a time, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from tracks.process.observations import COLUMNS

ROWS_AT_ONCE: Final = 1_000_000
"""Rows read before whole aircraft are handed on; about 400 bytes of memory each while they are worked on."""

_REMEDY = "make it anew with trackmill archive"


def rows_in(path: Path) -> int:
    """Return the number of rows of an archived leaf, from its footer.

    Raises
    ------
    InputError
        The file is missing, damaged, or not an archived leaf.
    """
    return int(_open(path).metadata.num_rows)


def read_aircraft(path: Path, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[pa.Table]:
    """Read the columns that stage 3 needs, in pieces that hold whole aircraft.

    A piece has about `rows_at_once` rows, more where one aircraft or one row group has more. Where the
    pieces end depends on the file alone. A file without rows gives no piece.

    Raises
    ------
    InputError
        The file is missing, damaged, or not an archived leaf.
    """
    file = _open(path)
    pending: list[pa.Table] = []
    rows = 0
    for group in range(file.num_row_groups):
        try:
            piece = file.read_row_group(group, columns=list(COLUMNS))
        except (OSError, ValueError) as error:
            problem = f"damaged Parquet file ({' '.join(str(error).split())[:200]})"
            raise InputError(path, problem, _REMEDY) from None
        pending.append(piece)
        rows += piece.num_rows
        if rows < rows_at_once:
            continue
        whole = pa.concat_tables(pending)
        cut = _start_of_last_aircraft(whole)
        if cut:
            yield whole.slice(0, cut)
        pending, rows = [whole.slice(cut)], 0
    whole = pa.concat_tables(pending) if pending else None
    if whole is not None and whole.num_rows:
        yield whole


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


def _start_of_last_aircraft(table: pa.Table) -> int:
    """Return where the rows of the last aircraft start."""
    address = table["icao24"]
    if pa.types.is_dictionary(address.type):
        address = address.cast(pa.string())
    code = address.combine_chunks().dictionary_encode()
    code = code.chunk(0) if isinstance(code, pa.ChunkedArray) else code
    index = code.indices.to_numpy(zero_copy_only=False)
    return int(np.flatnonzero(index != index[-1])[-1]) + 1 if (index != index[-1]).any() else 0
