"""CSV text to observations, with proof that no line was dropped or bent."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from tracks.observations import Observations
from tracks.raw.ahead import one_ahead
from tracks.raw.columns import observed
from tracks.raw.containers import AGAIN
from tracks.raw.lines import NO_ADDRESS, NO_CALLSIGN, NO_SQUAWK, Kind, code_callsigns, gather, read_lines
from tracks.raw.names import FLAGS, TIMES, Source, find_sources
from tracks.raw.text_blocks import LONGEST_LINE, text_blocks

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(ARCHIVED.names, Kind.NUMBER),
    **dict.fromkeys(TIMES, Kind.TIME),
    **dict.fromkeys(FLAGS, Kind.FLAG),
    "icao24": Kind.ADDRESS,
    "callsign": Kind.CALLSIGN,
    "squawk": Kind.SQUAWK,
}
_MISSING = {"icao24": NO_ADDRESS, "callsign": NO_CALLSIGN, "squawk": NO_SQUAWK}
"""Numbers that stand for missing values where there is no NaN."""

_USUAL_FIELD = 8
"""Bytes of a field that columns are made for; where fields are shorter, a block takes several rounds."""

_Bytes = npt.NDArray[np.uint8]


def read_csv(path: Path, block_bytes: int) -> Iterator[Observations]:
    """Read a `.csv`, `.csv.gz` or `.csv.tar` file block by block, unpacking the next one beside.

    Raises
    ------
    InputError
        As `text_blocks`; or a line has more or fewer fields than the header, or is not UTF-8, or its quotes
        do not match: the line is named. No line is ever skipped.
    """
    layout, line = None, 2
    rest = np.empty(0, np.uint8)  # of a line whose quoted value goes on in the next block
    with closing(one_ahead(text_blocks(path, block_bytes))) as blocks:
        for lines in blocks:
            block, at = lines.behind(rest), 0
            if layout is None:
                layout = _Layout.of(block.first_line(), path)
                at = len(layout.header)
            while at < block.end:
                part = _read_part(layout, block.text[at:], block.end - at, line)
                if not part.size:
                    break
                yield part.observations
                at += part.size
                line += part.lines
            rest = block.text[at : block.end]
            if len(rest) > max(LONGEST_LINE, block_bytes):
                break
    if len(rest):
        raise _bad_line(path, line, "a quote that is not closed")


@dataclass(frozen=True)
class _Layout:
    """What the columns of a text are.

    Attributes
    ----------
    header
        The first line, with its end.
    kinds, slots
        Of each column of the text, as `read_lines` takes them.
    slot_of
        The slot of each column of the observations that the text has.
    """

    file: Path
    header: bytes
    sources: dict[str, Source]
    kinds: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int64]
    slot_of: dict[str, int]

    @staticmethod
    def of(header: bytes, file: Path) -> _Layout:
        try:
            names = next(csv.reader([header.decode("utf-8").rstrip("\r\n")]), [])
        except UnicodeDecodeError:
            raise InputError(f"{file}, line 1", "the header is not UTF-8 text", AGAIN) from None
        sources = find_sources(names, file)
        kinds = np.full(len(names), Kind.SKIPPED, np.int64)
        slots = np.arange(len(names))
        for name, source in sources.items():
            kinds[names.index(source.raw)] = _KINDS[name]
        for shared in ([Kind.FLAG], [Kind.NUMBER, Kind.TIME]):
            of_kind = np.isin(kinds, shared)
            slots[of_kind] = np.arange(of_kind.sum())
        slot_of = {name: int(slots[names.index(source.raw)]) for name, source in sources.items()}
        return _Layout(file, header, sources, kinds, slots, slot_of)


@dataclass(frozen=True)
class _Part:
    """Lines of a text, read: a row for each, and how many bytes and lines of the text they take."""

    observations: Observations
    size: int
    lines: int


def _read_part(layout: _Layout, text: _Bytes, end: int, line: int) -> _Part:
    """Read as many lines of a text as columns of usual size hold; the first is that line of the file."""
    room = end // (_USUAL_FIELD * len(layout.kinds)) + 1
    numbers = np.empty((len(layout.kinds), room))
    address, flags = np.empty(room, np.uint32), np.empty((len(FLAGS), room), np.bool_)
    callsign = np.zeros(room, np.uint64)  # as where the text lacks the column
    squawk = np.full(room, NO_SQUAWK, np.int16)
    odd = np.empty((room, 4), np.int64)
    rows, size, lines, odd_rows, fields = read_lines(
        text, end, layout.kinds, layout.slots, numbers, address, callsign, flags, squawk, odd
    )
    if fields:
        problem = f"{fields} fields, but the header has {len(layout.kinds)}"
        raise _bad_line(layout.file, line + lines, problem)
    codes, distinct = code_callsigns(callsign[:rows])
    columns = {"icao24": address[:rows], "callsign": codes, "squawk": squawk[:rows]}
    for name in (name for name in ARCHIVED.names if name not in columns):
        of_kind, none = (flags, False) if name in FLAGS else (numbers, np.nan)
        columns[name] = (
            of_kind[layout.slot_of[name], :rows] if name in layout.sources else np.full(rows, none)
        )
        if (source := layout.sources.get(name)) and source.convert:
            # Finite in any unit, since the kernel leaves numbers beyond 1e80 alone.
            columns[name] = source.convert(columns[name])
    names = distinct.astype(">u8").view("S8").astype(str).tolist()
    if odd_rows:
        odd = odd[:odd_rows]
        names = _replace(columns, names, odd[:, 0], _by_rules(layout, text, odd, line))
    return _Part(_observations(columns, names), size, lines)


def _by_rules(layout: _Layout, text: _Bytes, odd: npt.NDArray[np.int64], line: int) -> pl.DataFrame:
    """Read the lines that are not ordinary by the rules of `tracks.raw.fields`."""
    data = layout.header + gather(text, odd).tobytes()
    try:
        columns = list({source.raw for source in layout.sources.values()})
        raw = pl.read_csv(data, columns=columns, infer_schema=False, null_values=["NULL"])
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _malformed(layout, data, odd, line, error) from None
    if raw.height != len(odd):
        problem = f"{len(odd)} lines behind line {line + odd[0, 3]} were read as {raw.height} rows"
        raise InputError(layout.file, problem, AGAIN)
    return observed(raw, layout.sources, layout.file)


def _replace(
    columns: dict[str, npt.NDArray[Any]], names: list[str], at: npt.NDArray[np.int64], rows: pl.DataFrame
) -> list[str]:
    """Put rows at their places; return the call signs of all rows, the new ones behind the others."""
    new = Observations.of(rows)
    for name, column in columns.items():
        values = new.rows[name]
        column[at] = (values.fill_null(_MISSING[name]) if name in _MISSING else values).to_numpy()
    codes = columns["callsign"]
    codes[at] += np.where(codes[at] == NO_CALLSIGN, 0, len(names)).astype(np.int32)
    new_names: list[str] = new.callsigns.to_pylist()
    return names + new_names


def _observations(columns: dict[str, npt.NDArray[Any]], names: list[str]) -> Observations:
    """Return the rows with their call signs sorted and nulls for missing values."""
    callsigns = sorted(set(names))
    place = {name: code for code, name in enumerate(callsigns)}
    codes = np.array([*map(place.__getitem__, names), NO_CALLSIGN], np.int32)
    columns["callsign"] = codes[columns["callsign"]]  # NO_CALLSIGN is the last one's place
    rows = pl.DataFrame([_series(name, columns[name]) for name in ARCHIVED.names])
    return Observations(rows, pa.array(callsigns, pa.string()))


def _series(name: str, values: npt.NDArray[Any]) -> pl.Series:
    """Return values with nulls for missing ones; no expression, which would cost more than the values."""
    if name not in _MISSING:
        return pl.Series(name, values, nan_to_null=values.dtype == np.float64)
    present = np.packbits(values != _MISSING[name], bitorder="little")
    buffers = [pa.py_buffer(present), pa.py_buffer(values)]
    return pl.Series(name, pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), buffers))


def _bad_line(file: Path, line: int, problem: str) -> InputError:
    return InputError(f"{file}, line {line}", problem, "repair or remove that line")


def _malformed(
    layout: _Layout, data: bytes, odd: npt.NDArray[np.int64], line: int, error: BaseException
) -> InputError:
    """Say which line polars could not read, as far as that can be told."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        ends = len(layout.header) + np.cumsum(odd[:, 2] - odd[:, 1])
        row = int(np.searchsorted(ends, fault.start, side="right"))
        start = int(ends[row] - odd[row, 2] + odd[row, 1])
        line += int(odd[row, 3]) + data.count(b"\n", start, fault.start)
        return _bad_line(layout.file, line, "not UTF-8 text")
    return InputError(layout.file, f"malformed CSV ({str(error).splitlines()[0]})", AGAIN)
