"""Parquet files of observations: written a row group at a time, and read a stretch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data_schemas.errors import InputError
from data_schemas.table import Table
from tracks.observations import Observations, text_runs

Ranks = npt.NDArray[np.int32]
Ranked = tuple[Observations, Ranks]
"""Sorted rows, and for each the rank of its leaf."""

_PAGE_BYTES = 1 << 16
"""Pages of 8192 numbers: a reader that wants a few rows of a row group unpacks only those."""


def row_groups(pieces: Iterable[Ranked], size: int) -> Iterator[Ranked]:
    """Cut sorted rows, which come in pieces of any size, into row groups; these depend on the rows alone.

    A group ends early rather than split an aircraft that fits in one.

    Parameters
    ----------
    pieces
        Rows in order.
    size
        Most rows of a group.
    """
    pending: list[Ranked] = []
    rows = 0
    for piece in pieces:
        pending.append(piece)
        rows += len(piece[0])
        if rows <= size:  # the row behind tells whether an aircraft ends
            continue
        observations, ranks = joined(pending)
        icao24 = observations.rows["icao24"].to_numpy()
        begin = 0
        while rows - begin > size:
            end = begin + size
            first = begin + int(np.argmax(icao24[begin : end + 1] == icao24[end]))
            end = first if first > begin else end
            yield observations[begin:end], ranks[begin:end]
            begin = end
        pending, rows = [(observations[begin:], ranks[begin:])], rows - begin
    if rows:
        yield joined(pending)


def joined(pieces: Sequence[Ranked]) -> Ranked:
    """Return pieces as one."""
    return Observations.concat([piece for piece, _ in pieces]), np.concatenate([ranks for _, ranks in pieces])


DICTIONARY: Final = ("alt_baro_ft_msl", "alt_geo_ft_msl", "speed_kt", "vertical_rate_ft_s")
"""Numbers of few distinct values (altitudes in steps of 25 ft, speeds of whole knots east and north), stored
like texts as positions in a list of them."""

POSITIONS: Final = ("lat_deg", "lon_deg")
"""Half of a file. zstd packs them better than LZ4 does, and best as they are: it finds values of the coarse
grid they are sent in again. For LZ4 they are split."""

SPLIT: Final = ("time_s", "lastposupdate_s", "lastcontact_s")
"""The first bytes of neighbours are the same, so bytes of one place are stored together."""


def file_form(schema: pa.Schema, positions_level: int | None) -> dict[str, Any]:
    """Return how files of observations are packed, as options of pyarrow's writer.

    The encodings are lossless, and chosen by the tables that `bench/encodings.py` prints. Statistics are kept
    of the columns that rows are sorted by: those of others would exclude nothing.

    Parameters
    ----------
    positions_level
        zstd level of positions; None: LZ4 packs these too.
    """
    packed = POSITIONS if positions_level else ()
    return {
        "compression": {name: "zstd" if name in packed else "lz4" for name in schema.names},
        "compression_level": dict.fromkeys(packed, positions_level),
        "use_dictionary": [*(f.name for f in schema if pa.types.is_dictionary(f.type)), *DICTIONARY],
        "use_byte_stream_split": [*SPLIT, *(name for name in POSITIONS if name not in packed)],
        "data_page_size": _PAGE_BYTES,
    }


@contextmanager
def writer(path: Path, table: Table, positions_level: int | None = None) -> Iterator[pq.ParquetWriter]:
    """Open a Parquet file of observations: each table written to it becomes a row group; see `file_form`."""
    schema = table.schema()
    order = [pq.SortingColumn(schema.get_field_index(name)) for name in table.sorted_by]
    with pq.ParquetWriter(
        path,
        schema,
        write_statistics=list(table.sorted_by),
        sorting_columns=order,
        **file_form(schema, positions_level),
    ) as found:
        yield found


def write_group(target: pq.ParquetWriter, table: pa.Table) -> None:
    """Write a table as one row group."""
    target.write_table(table, row_group_size=max(table.num_rows, 1))


def read_rows(path: Path, start: int, rows: int) -> tuple[Observations, list[tuple[str, int]] | None]:
    """Read consecutive rows of an organized or archived file.

    Returns
    -------
    tuple
        The rows, and where the file says so, their leaves and how many rows follow each other in each. There
        may be fewer rows than asked for, at the end of the file.

    Raises
    ------
    InputError
        The file is damaged.
    """
    try:
        frame = _read(path, start, rows).rechunk()
        found = Observations.stored(frame)
        if "leaf" not in frame.columns:
            return found, None
        starts, leaves = text_runs(frame["leaf"].to_arrow())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        problem = f"damaged Parquet file ({' '.join(str(error).split())[:200]})"
        raise InputError(path, problem, "make it anew") from None
    return found, list(zip(leaves, np.diff(starts).tolist(), strict=True))


_MANY_ROWS: Final = 1 << 16


def _read(path: Path, start: int, rows: int) -> pl.DataFrame:
    """Read the row groups that many rows are most of, else only the pages that the rows lie in.

    Arrow reads whole row groups, in two thirds of the time that polars takes for them; polars skips pages.
    """
    if rows >= _MANY_ROWS:
        with pq.ParquetFile(path) as file:
            about = file.metadata
            ends = np.cumsum([about.row_group(group).num_rows for group in range(about.num_row_groups)])
            first, last = np.searchsorted(ends, [start, start + rows - 1], side="right").tolist()
            groups = range(first, min(last + 1, len(ends)))
            before = int(ends[first - 1]) if first else 0
            if groups and 2 * rows > ends[groups[-1]] - before:
                table = file.read_row_groups(groups, use_threads=False).slice(start - before, rows)
                return pl.DataFrame(table)
    return pl.scan_parquet(path, glob=False).slice(start, rows).collect()
