"""The forms of raw hour files, written piece by piece; the same rows give the same bytes."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

_GZIP = 16 + zlib.MAX_WBITS


class Sink(Protocol):
    """Where the frames of an hour go, one after the other."""

    def write(self, frame: pl.DataFrame) -> None:
        """Append the rows of a frame."""


@contextmanager
def hour_sink(path: Path, form: str, member: str, seconds: int, gzip_level: int) -> Iterator[Sink]:
    """Open a file of a form for the frames of an hour.

    Parameters
    ----------
    path
        File to write (its name does not matter).
    form
        One of `.csv.tar`, `.csv.gz`, `.csv`, `.parquet`.
    member
        Name of the hour, for the member of the archive.
    seconds
        Modification time of that member, POSIX seconds.
    gzip_level
        1 to 9.
    """
    if form == ".parquet":
        sink = _ParquetSink(path)
        yield sink
        sink.close()
        return
    with path.open("w+b") as handle:
        if form == ".csv.tar":
            handle.write(bytes(tarfile.BLOCKSIZE))  # the header, once the size is known
        text = _CsvSink(handle, None if form == ".csv" else gzip_level)
        yield text
        text.close()
        if form == ".csv.tar":
            _frame_member(handle, f"{member}.csv.gz", seconds)


class _CsvSink:
    def __init__(self, handle: BinaryIO, gzip_level: int | None) -> None:
        self._handle = handle
        # zlib's own gzip header has no name and time 0.
        self._packer = None if gzip_level is None else zlib.compressobj(gzip_level, zlib.DEFLATED, _GZIP)
        self._header = True

    def write(self, frame: pl.DataFrame) -> None:
        """Append the rows of a frame, before the first the column names."""
        text = BytesIO()
        frame.write_csv(text, include_header=self._header)
        self._header = False
        self._handle.write(self._packer.compress(text.getbuffer()) if self._packer else text.getbuffer())

    def close(self) -> None:
        """Write what the compressor holds back."""
        if self._packer:
            self._handle.write(self._packer.flush())


class _ParquetSink:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        """Append the rows of a frame, one row group a frame."""
        table: pa.Table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        """Write the footer."""
        if self._writer is not None:
            self._writer.close()


def _frame_member(handle: BinaryIO, name: str, seconds: int) -> None:
    """Turn what follows the first block of a file into the one member of a tar archive."""
    end = handle.seek(0, 2)
    about = tarfile.TarInfo(name)
    about.size, about.mtime = end - tarfile.BLOCKSIZE, seconds
    full = end + 2 * tarfile.BLOCKSIZE  # the archive ends with two empty blocks, and with a whole record
    handle.write(bytes(-(-full // tarfile.RECORDSIZE) * tarfile.RECORDSIZE - end))
    handle.seek(0)
    handle.write(about.tobuf(tarfile.GNU_FORMAT))
