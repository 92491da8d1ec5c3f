"""CSV text to records, with proof that no line was dropped or bent."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from tracks.raw.ahead import one_ahead
from tracks.raw.columns import observed
from tracks.raw.containers import AGAIN
from tracks.raw.lines import Kind, gather, read_lines
from tracks.raw.names import FLAGS, TIMES, Source, find_sources
from tracks.raw.text_blocks import LONGEST_LINE, text_blocks
from tracks.records import FLAG_SHIFTS, NUMBERS, WORDS, Records

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(ARCHIVED.names, Kind.NUMBER),
    **dict.fromkeys(TIMES, Kind.TIME),
    **dict.fromkeys(FLAGS, Kind.FLAG),
    "icao24": Kind.ADDRESS,
    "callsign": Kind.CALLSIGN,
    "squawk": Kind.SQUAWK,
}
_PLACES = NUMBERS | FLAG_SHIFTS

_USUAL_FIELD = 8
"""Bytes of a field that records are made for; where fields are shorter, a block takes several rounds."""

_Bytes = npt.NDArray[np.uint8]


def read_csv(path: Path, block_bytes: int) -> Iterator[Records]:
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
                yield part.records
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
    kinds, places, units
        Of each column of the text, as `read_lines` takes them.
    """

    file: Path
    header: bytes
    sources: dict[str, Source]
    kinds: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    units: npt.NDArray[np.float64]

    @staticmethod
    def of(header: bytes, file: Path) -> _Layout:
        try:
            names = next(csv.reader([header.decode("utf-8").rstrip("\r\n")]), [])
        except UnicodeDecodeError:
            raise InputError(f"{file}, line 1", "the header is not UTF-8 text", AGAIN) from None
        sources = find_sources(names, file)
        kinds = np.full(len(names), Kind.SKIPPED, np.int64)
        places, units = np.zeros(len(names), np.int64), np.ones(len(names))
        for name, source in reversed(sources.items()):  # the last is that of time_s, whatever else it is
            column = names.index(source.raw)
            kinds[column], places[column], units[column] = _KINDS[name], _PLACES.get(name, 0), source.unit
        return _Layout(file, header, sources, kinds, places, units)


@dataclass(frozen=True)
class _Part:
    """Lines of a text, read: a row for each, and how many bytes and lines of the text they take."""

    records: Records
    size: int
    lines: int


def _read_part(layout: _Layout, text: _Bytes, end: int, line: int) -> _Part:
    """Read as many lines of a text as columns of usual size hold; the first is that line of the file."""
    words = np.empty((end // (_USUAL_FIELD * len(layout.kinds)) + 1, WORDS), np.uint64)
    odd = np.empty((len(words), 4), np.int64)
    rows, size, lines, odd_rows, fields = read_lines(
        text, end, layout.kinds, layout.places, layout.units, words, odd
    )
    if fields:
        problem = f"{fields} fields, but the header has {len(layout.kinds)}"
        raise _bad_line(layout.file, line + lines, problem)
    records = Records(words[:rows], {})
    _complete(records, layout.sources)
    if odd_rows:
        odd = odd[:odd_rows]
        others = Records.of(_by_rules(layout, text, odd, line))
        records.words[odd[:, 0]] = others.words
        records.names.update(others.names)
    return _Part(records, size, lines)


def _complete(records: Records, sources: Mapping[str, Source]) -> None:
    """Fill the columns of numbers that the text lacks, or that are the same as the time."""
    for name in NUMBERS:
        column, source = records.numbers(name), sources.get(name)
        if source is None:
            column[:] = np.nan
        elif source == sources["time_s"] and name != "time_s":
            column[:] = records.numbers("time_s")


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
