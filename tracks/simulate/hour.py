"""One hour file of reports on planned flights."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from data_schemas.config.simulate import SimulateSettings
from data_schemas.files import complete_file
from data_schemas.tables.raw import RAW_COLUMNS
from data_schemas.task import Counts
from tracks.simulate.containers import hour_sink
from tracks.simulate.frame import Words, to_frame
from tracks.simulate.plan import Plan
from tracks.simulate.reception import make_reception
from tracks.simulate.reports import COUNTED, report

HOUR_S = 3600
_NAME = "states_%Y-%m-%d-%H"
_CHUNK_ROWS = 65_536
"""Rows held at a time, about; a constant, since the row groups of Parquet follow it."""


def hour_name(moment: datetime) -> str:
    """Return the published name of an hour, without the suffix of its file."""
    return f"{moment:{_NAME}}"


def hour_of(name: str) -> datetime:
    """Return the hour that a published name means, UTC.

    Raises
    ------
    ValueError
        The text is no such name.
    """
    return datetime.strptime(name, _NAME).replace(tzinfo=UTC)


def write_hour(
    path: str | Path, moment: datetime, plan: Plan, words: Words, settings: SimulateSettings
) -> Counts:
    """Write the reports on planned flights in an hour.

    Parameters
    ----------
    path
        File to write.
    moment
        Start of the hour, UTC.
    plan
        Flights with a message in the hour.
    words
        Texts of their aircraft.
    settings
        What is about reception and about the file's form.

    Returns
    -------
    Counts
        rows_in: state vectors due, and duplicates; left: `coverage_gap`, due but nothing was heard of the
        aircraft for `stale_s`; made: rows written, by what is special about them
        (`tracks.simulate.reports.COUNTED`), duplicates not counted again.
    """
    begin = int(moment.timestamp())
    reception = make_reception(settings)
    counts = np.zeros(len(COUNTED), dtype=np.int64)
    times = np.arange(begin, begin + HOUR_S, settings.report_interval_s, dtype=np.int64)
    flights = max(1, len(plan.flights))
    step = max(1, _CHUNK_ROWS // flights)
    room = np.empty((flights * step, len(RAW_COLUMNS)))
    written = 0
    with (
        complete_file(path) as part,
        hour_sink(part, settings.form, hour_name(moment), begin, settings.gzip_level) as sink,
    ):
        for first in range(0, len(times), step):
            rows = report(*plan, reception, times[first : first + step], room, counts)
            sink.write(to_frame(rows, words, flags_as_text=settings.form != ".parquet"))
            written += len(rows)
    return _sum_up(dict(zip(COUNTED, counts.tolist(), strict=True)), written)


def _sum_up(found: dict[str, int], written: int) -> Counts:
    rows_in = found.pop("due") + found["duplicate_row"]
    left = {"coverage_gap": found.pop("coverage_gap")}
    return Counts(rows_in, written, {k: v for k, v in left.items() if v}, found)
