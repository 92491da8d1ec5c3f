"""Transport Canada's civil aircraft register (CCARCS): carscurr.txt, carslayout.txt, carsownr.txt.

Comma-separated, every value in double quotes, Windows-1252, without a header. The names of the fields, in
order, are in carslayout.txt. SQL*Plus ends each file with a blank line and `34897 rows selected.`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import polars as pl

from data_schemas.errors import InputError
from tracks.registry.addresses import hex_from_binary
from tracks.registry.kinds import with_types_by_words
from tracks.registry.register import Register, require, seats_in, settle, with_dates
from tracks.registry.text_file import Dialect, first_line, read_content, read_fields

SOURCE = "TC"
"""Source of these rows."""

_Layout: TypeAlias = tuple[Mapping[str, int], int]

_AIRCRAFT = {
    "COMMON_NAME": 3,
    "MODEL_NAME": 4,
    "ID_PLATE_MANUFACTURERS_NAME": 7,
    "AIRCRAFT_CATEGORY_E": 10,
    "NUMBER_OF_ENGINES": 17,
    "NUMBER_OF_SEATS": 18,
    "AIR_WEIGHT_KILOS": 19,
    "ISSUE_DATE": 21,
    "EFFECTIVE_DATE": 22,
    "INEFFECTIVE_DATE": 23,
    "MODE_S_TRANSPONDER_BINARY": 42,
    "TRIMMED_MARK": 46,
}
_OWNERS = {"TYPE_OF_OWNER_E": 11, "TRIMMED_MARK": 19}
"""Fields read of carscurr.txt and carsownr.txt, with their places where there is no carslayout.txt."""
_PUBLISHED_WIDTHS = (47, 20)
_LAYOUT_LINE = re.compile(r"^\s*\d+\s+(\S+)\s+\S+\s+(\S+)")
"""Ordinal, name, name again, Oracle type (FILE where a file begins), description."""
_END = re.compile(rb"\s*^\s*(\d+) rows? selected\.\s*\Z", re.MULTILINE)


def read_transport_canada(folder: Path) -> Register:
    """Read the folder of the unpacked ccarcsdb.zip: carscurr.txt, and the other two where they are there.

    The address is MODE_S_TRANSPONDER_BINARY. The type is AIRCRAFT_CATEGORY_E, of aeroplanes by
    NUMBER_OF_ENGINES. No seats (0) is a missing number. weight_class is AIR_WEIGHT_KILOS (`1089 kg`),
    owner_type the TYPE_OF_OWNER_E of all owners. valid_from is EFFECTIVE_DATE, where that is missing
    ISSUE_DATE; valid_to INEFFECTIVE_DATE; a text that is no date is missing (`unreadable_date`).

    Raises
    ------
    InputError
        carscurr.txt or a field of the layout is missing, a line has another number of fields, or the file
        ends before the number of rows that its last line names.
    """
    layouts = _layouts(folder / "carslayout.txt")
    rows = _read(folder / "carscurr.txt", layouts[0])
    if (folder / "carsownr.txt").exists():
        rows = rows.join(
            _owner_types(folder / "carsownr.txt", layouts[1]),
            on="TRIMMED_MARK",
            how="left",
            maintain_order="left",
        )
    dates = {"effective": "EFFECTIVE_DATE", "issued": "ISSUE_DATE", "valid_to": "INEFFECTIVE_DATE"}
    rows, unreadable = with_dates(rows, dates, "%Y/%m/%d")
    seats = seats_in("NUMBER_OF_SEATS")
    rows = rows.with_columns(
        hex_from_binary("MODE_S_TRANSPONDER_BINARY").alias("icao24"),
        pl.coalesce("ID_PLATE_MANUFACTURERS_NAME", "COMMON_NAME").alias("manufacturer"),
        pl.col("MODEL_NAME").alias("model"),
        pl.col("NUMBER_OF_ENGINES").str.to_integer(strict=False).alias("engines"),
        pl.when(seats > 0).then(seats).alias("seats"),
        (pl.col("AIR_WEIGHT_KILOS") + " kg").alias("weight_class"),
        pl.lit("CA").alias("country"),
        pl.coalesce("effective", "issued").alias("valid_from"),
    )
    rows = with_types_by_words(rows, "AIRCRAFT_CATEGORY_E", "engines")
    return settle(rows, SOURCE, {"unreadable_date": unreadable})


def _layouts(path: Path) -> tuple[_Layout, _Layout]:
    """Return the places of the fields read of carscurr.txt and carsownr.txt, and how many fields each has."""
    wanted = (_AIRCRAFT, _OWNERS)
    if not path.exists():
        return (_AIRCRAFT, _PUBLISHED_WIDTHS[0]), (_OWNERS, _PUBLISHED_WIDTHS[1])
    files: list[list[str]] = []
    for line in read_content(path).decode().splitlines():
        found = _LAYOUT_LINE.match(line)
        if found and found[2] == "FILE":
            files.append([])
        elif found and files:
            files[-1].append(found[1])
    if len(files) != len(wanted):
        problem = f"describes {len(files)} files, expected carscurr.txt and carsownr.txt"
        raise InputError(path, problem, "download it anew")
    for fields, names in zip(files, wanted, strict=True):
        require(names, fields, path)
    aircraft, owners = (
        ({name: fields.index(name) for name in names}, len(fields))
        for fields, names in zip(files, wanted, strict=True)
    )
    return aircraft, owners


def _read(path: Path, layout: _Layout) -> pl.DataFrame:
    """Read the wanted fields of one file and check the number of its rows against the last line."""
    if not path.exists():
        raise InputError(path, "no such file", "expected the folder of the unpacked ccarcsdb.zip")
    places, width = layout
    content = read_content(path)
    end = _END.search(content)
    content = content[: end.start()] if end else content
    found = len(first_line(content, path, Dialect()))
    if found != width:
        problem = f"line 1 has {found} fields, the layout has {width}"
        raise InputError(path, problem, "put the carslayout.txt of the same download beside it")
    rows, _ = read_fields(content, path, places, Dialect(), header=False)
    if end and int(end[1]) != rows.height:
        problem = f"holds {rows.height} rows, its last line says {end[1].decode()}"
        raise InputError(path, problem, "download it anew")
    return rows


def _owner_types(path: Path, layout: _Layout) -> pl.DataFrame:
    """Return the kinds of owner of every mark, different ones together (`Entity, Individual`)."""
    kinds = pl.col("TYPE_OF_OWNER_E").unique().sort().str.join(", ")
    return _read(path, layout).drop_nulls().group_by("TRIMMED_MARK").agg(kinds.alias("owner_type"))
