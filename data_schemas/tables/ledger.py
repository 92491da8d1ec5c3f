"""The ledger of a stage: one row a task attempt."""

from __future__ import annotations

import pyarrow as pa

from data_schemas.table import Column, Table

_TEXT = pa.string()
_TALLY = pa.map_(pa.string(), pa.int64())

LEDGER = Table(
    "ledger",
    "One attempt of one task: where it ran, how long it took, what became of its rows",
    (
        Column("run", _TEXT, "1", "the run; later runs sort after earlier ones"),
        Column("stage", _TEXT, "1", "stage the task belongs to"),
        Column("task", _TEXT, "1", "id of the task, unique within the stage"),
        Column("attempt", pa.int32(), "1", "number of the attempt within the run, from 1"),
        Column("worker", pa.int32(), "1", "number of the worker, from 1"),
        Column("workers", pa.int32(), "1", "workers of the run"),
        Column("node", _TEXT, "1", "host the worker ran on"),
        Column("started_at_s", pa.float64(), "s", "POSIX time of the start, UTC"),
        Column("seconds", pa.float64(), "s", "duration by the monotonic clock"),
        Column(
            "status",
            _TEXT,
            "1",
            "done, failed, crashed (the worker died of it), interrupted (the run died), aside",
        ),
        Column("rows_in", pa.int64(), "1", "rows read"),
        Column("rows_out", pa.int64(), "1", "rows kept"),
        Column("left", _TALLY, "1", "rows that left, by reason: rows_in = rows_out + their sum"),
        Column("made", _TALLY, "1", "other whole numbers the task counted"),
        Column("bytes_in", pa.int64(), "byte", "size of the inputs when the attempt started"),
        Column("bytes_out", pa.int64(), "byte", "size of the output, 0 where the attempt failed"),
        Column("cost", pa.float64(), "1", "cost estimate of the task, in a unit of the stage"),
        Column("peak_rss_bytes", pa.int64(), "byte", "largest resident memory of the process in the attempt"),
        Column("output", _TEXT, "1", "path of the output"),
        Column("settings", _TEXT, "1", "digest of the settings that decide the output"),
        Column("fingerprint", _TEXT, "1", "digest of settings, output path, and inputs (path, size, mtime)"),
        Column("error", _TEXT, "1", "one line: why the attempt failed", nullable=True),
        Column("traceback", _TEXT, "1", "where it failed", nullable=True),
        Column("inputs", pa.list_(_TEXT), "1", "paths read; kept for failed attempts only", nullable=True),
    ),
)
