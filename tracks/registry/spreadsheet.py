"""Registers that are published as spreadsheets only, read as text: .xlsx, .ods, or a CSV export of one."""

from __future__ import annotations

from pathlib import Path

import fastexcel
import polars as pl

from data_schemas.errors import InputError
from tracks.registry.register import text
from tracks.registry.text_file import Dialect, first_line, read_content, read_fields


def read_sheet(path: Path) -> pl.DataFrame:
    """Return all rows of the first sheet as text without padding, blank cells missing, columns `0`, `1`, ...

    Dates become 2020-05-31 00:00:00, whole numbers have no decimal point. Rows before, between and after the
    aircraft (titles, totals) are among them. A CSV export (.csv, .txt, .gz) has commas or semicolons.

    Raises
    ------
    InputError
        The file is missing, is no spreadsheet, or is empty.
    """
    if path.suffix.lower() in {".csv", ".txt", ".gz"}:
        return _read_csv(path)
    if not path.exists():
        raise InputError(path, "no such register", "mend registry.sources")
    try:
        sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        remedy = "expected the .xlsx or .ods as it is published, or a CSV export of it"
        raise InputError(path, f"not a spreadsheet ({str(error).splitlines()[0]})", remedy) from None
    if sheet.is_empty():
        raise InputError(path, "its first sheet is empty", "download it anew")
    sheet.columns = [str(i) for i in range(sheet.width)]
    return sheet.select(text(name) for name in sheet.columns)


def _read_csv(path: Path) -> pl.DataFrame:
    content = read_content(path)
    line = content.lstrip().split(b"\n")[0]
    dialect = Dialect(delimiter=";" if line.count(b";") > line.count(b",") else ",")
    width = len(first_line(content, path, dialect))
    rows, _ = read_fields(content, path, {str(i): i for i in range(width)}, dialect, header=False)
    return rows
