"""Registers as text files: decompressed, decoded, and cut in fields, every line accounted for."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from data_schemas.errors import InputError
from tracks.registry.register import text

_LINES_OF_ONE_RECORD = 20  # a quoted value may hold a line break or two; one that holds more was never closed
_BLOCK_BYTES = 1 << 24


@dataclass(frozen=True)
class Dialect:
    """How fields are kept apart: what stands between them, around them, and before a delimiter inside one."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None


PLAIN = Dialect(quote=None)
"""Commas alone: quotes are plain characters."""


def read_content(path: Path) -> bytes:
    """Return a file's content as UTF-8 without byte-order mark and NUL, .gz or not.

    What is not UTF-8 is taken for Windows-1252, of which Latin-1 text is a part.

    Raises
    ------
    InputError
        The file is missing or cannot be read.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as handle:
            content = handle.read()
    except FileNotFoundError:
        raise InputError(path, "no such register", "mend registry.sources") from None
    except (OSError, EOFError):
        remedy = "is it a whole file, and .gz only where it is gzip?"
        raise InputError(path, "cannot be read", remedy) from None
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    if not content.isascii():
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            content = content.decode("cp1252", errors="replace").encode("utf-8")
    return content


def first_line(content: bytes, path: Path, dialect: Dialect) -> list[str]:
    """Return the fields of the first line that is not blank, trimmed.

    Raises
    ------
    InputError
        The file is empty.
    """
    start = content.lstrip(b"\r\n \t")[: 1 << 20].decode("utf-8", errors="replace")
    if not start:
        raise InputError(path, "is empty", "download it anew")
    if dialect.quote is None:
        fields = start.split("\n")[0].split(dialect.delimiter)
    else:
        fields = next(csv.reader(io.StringIO(start), delimiter=dialect.delimiter, quotechar=dialect.quote))
    return [field.strip() for field in fields]


def read_fields(
    content: bytes,
    path: Path,
    columns: Mapping[str, int],
    dialect: Dialect,
    *,
    header: bool = True,
    lenient: bool = False,
) -> tuple[pl.DataFrame, int]:
    """Cut a file in records and return some of their fields as text without padding, blank ones missing.

    Parameters
    ----------
    columns
        Position of each wanted field, from 0, by the name it gets.
    header
        Whether the first line names the columns.
    lenient
        Count lines with more or fewer fields than the first line instead of refusing the file.

    Returns
    -------
    tuple
        The records, in the file's order, and the number of lines with another number of fields.

    Raises
    ------
    InputError
        A line has another number of fields than the first, a quoted value never ends, or the file is empty.
    """
    width = len(first_line(content, path, dialect))
    wrong: list[pacsv.InvalidRow] = []

    def note(row: pacsv.InvalidRow) -> str:
        wrong.append(row)
        return "skip" if lenient and not _never_ends(row) else "error"

    if width <= max(columns.values()):
        needed = max(columns.values()) + 1
        raise InputError(path, f"line 1 has {width} fields, needed are {needed}", "is it this register?")
    names = [f"f{i}" for i in range(width)]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(content),
            # One thread: only then does Arrow know the number of a wrong line.
            read_options=pacsv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, column_names=names),
            parse_options=pacsv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                escape_char=dialect.escape or False,
                newlines_in_values=dialect.quote is not None,
                invalid_row_handler=note,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=list(dict.fromkeys(names[i] for i in columns.values())),
            ),
        )
    except pa.ArrowInvalid as error:
        if not wrong:
            raise InputError(path, f"cannot be cut in fields ({error})", "download it anew") from None
        raise _refusal(path, content, wrong[-1], width) from None
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    picked = frame.slice(int(header)).select(pl.col(names[i]).alias(name) for name, i in columns.items())
    return picked.select(text(name) for name in picked.columns), len(wrong)


def _never_ends(row: pacsv.InvalidRow) -> bool:
    """Whether a quote was opened that swallows the lines after it."""
    return bool(row.text.count("\n") > _LINES_OF_ONE_RECORD)


def _refusal(path: Path, content: bytes, row: pacsv.InvalidRow, width: int) -> InputError:
    """Name the line of a record that cannot be; lines count from 1, blank lines are no records."""
    filled = (number for number, line in enumerate(content.split(b"\n"), 1) if line.strip(b"\r"))
    where = f"{path}, line {next(itertools.islice(filled, row.number - 1, None), row.number)}"
    if _never_ends(row):
        return InputError(where, "a quoted value does not end", "mend or delete the line")
    fields = f"{row.actual_columns} field{'s' * (row.actual_columns != 1)}"
    remedy = "is the file whole? Download it anew, or mend or delete the line"
    return InputError(where, f"has {fields}, the lines before have {width}", remedy)
