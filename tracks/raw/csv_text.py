"""CSV text to a frame, typed in one pass, with proof that no line was dropped or bent."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numba
import numpy as np
import polars as pl

from data_schemas.errors import InputError
from tracks.raw.containers import AGAIN

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_COMMA, _NEWLINE, _QUOTE = b',\n"'


def tidy(data: bytes) -> bytes:
    """Return the text without a byte-order mark and without blank lines at its end."""
    data = data.removeprefix(_BYTE_ORDER_MARK)
    return data.rstrip(b"\r\n") if data.endswith((b"\n\n", b"\n\r\n")) else data


def csv_header(data: bytes, where: Path) -> list[str]:
    """Return the column names in the first line of a tidy text, as they are written."""
    end = data.find(b"\n")
    try:
        line = (data if end < 0 else data[:end]).decode("utf-8").rstrip("\r")
    except UnicodeDecodeError:
        raise InputError(f"{where}, line 1", "the header is not UTF-8 text", AGAIN) from None
    return next(csv.reader([line]), [])


def parse_csv(data: bytes, columns: int, types: Mapping[str, pl.DataType], where: Path) -> pl.DataFrame:
    """Parse the named columns of a tidy text with `columns` fields a line.

    Numeric columns are parsed as such; where any value of the file resists (blanks around it, letters), the
    whole file is read again as text, and the rules of `tracks.raw.fields` decide value by value. Both ways
    give the same values, the first one sooner.

    Raises
    ------
    InputError
        A line has more or fewer fields than the header, or is not UTF-8, or its quotes do not match: the
        line is named. No line is ever skipped.
    """
    rows = _count_rows(data, columns, where)
    texts: dict[str, pl.DataType] = dict.fromkeys(types, pl.String())
    try:
        try:
            frame = _parse(data, types)
        except pl.exceptions.ComputeError:
            frame = _parse(data, texts)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _malformed(data, where, error) from None
    if frame.height != rows:
        raise InputError(where, f"{rows} lines of data were read as {frame.height} rows", AGAIN)
    return frame


def _parse(data: bytes, types: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Parse the columns that have a type; what resists its type raises."""
    return pl.read_csv(
        data, columns=list(types), schema_overrides=types, infer_schema=False, null_values=["NULL"]
    )


def _count_rows(data: bytes, columns: int, where: Path) -> int:
    """Return the number of lines after the header, all of which have `columns` fields."""
    rows, line, fields = _scan(np.frombuffer(data, dtype=np.uint8), columns)
    if line:
        problem = f"{fields} fields, but the header has {columns}" if fields else "a quote that is not closed"
        raise InputError(f"{where}, line {line}", problem, "repair or remove that line")
    return int(rows)


@numba.njit(cache=True)
def _scan(text, columns):  # type: ignore[no-untyped-def]
    """Count records after the header; stop at the first whose number of fields is not `columns`.

    Returns (records, line of the first bad record counted from 1 or 0, its number of fields or 0 where a
    quote is not closed). Commas and line ends within quotes belong to the value; a quote opens only at the
    start of a field.
    """
    records, line, first, fields = -1, 1, 1, 1
    quoted, fresh = False, True
    for byte in text:
        if byte == _QUOTE and (quoted or fresh):
            quoted = not quoted
            fresh = not quoted  # a doubled quote opens again
            continue
        if byte == _NEWLINE:
            line += 1
        if not quoted:
            if byte == _COMMA:
                fields += 1
                fresh = True
                continue
            if byte == _NEWLINE:
                if fields != columns:
                    return records, first, fields
                records += 1
                first, fields, fresh = line, 1, True
                continue
        fresh = False
    if quoted:
        return records, first, 0
    if text[-1] != _NEWLINE:
        if fields != columns:
            return records, first, fields
        records += 1
    return records, 0, 0


def _malformed(data: bytes, where: Path, error: BaseException) -> InputError:
    """Say which line polars could not read, as far as that can be told."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        return InputError(f"{where}, line {line}", "not UTF-8 text", "repair or remove that line")
    return InputError(where, f"malformed CSV ({str(error).splitlines()[0]})", AGAIN)
