"""Reading parts: JSON lines to Arrow batches, in memory that does not grow with their length."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from data_schemas.errors import InputError
from data_schemas.tables.ledger import LEDGER

BLOCK_BYTES: Final = 16 << 20

_TALLY = pa.list_(pa.struct([("name", pa.string()), ("count", pa.int64())]))
_BEGAN = pa.schema(
    [
        ("began", pa.string()),
        ("attempt", pa.int32()),
        ("at", pa.float64()),
        ("output", pa.string()),
        ("settings", pa.string()),
        ("fingerprint", pa.string()),
        ("bytes_in", pa.int64()),
        ("cost", pa.float64()),
    ]
)
_ENDED = pa.schema(
    [
        ("ended", pa.string()),
        ("seconds", pa.float64()),
        ("status", pa.string()),
        ("rows_in", pa.int64()),
        ("rows_out", pa.int64()),
        ("left", _TALLY),
        ("made", _TALLY),
        ("bytes_out", pa.int64()),
        ("peak_rss_bytes", pa.int64()),
        ("error", pa.string()),
        ("traceback", pa.string()),
        ("inputs", pa.list_(pa.string())),
    ]
)
_REMEDY = "delete the file; its tasks are run again"


@dataclass(slots=True)
class InFlight:
    """An attempt that began and did not end, its `began` line, and the notes that stand below it."""

    began: dict[str, Any]
    notes: list[str]


@dataclass(slots=True)
class PartReader:
    """Reads a part from its beginning on; each call goes on where the one before ended.

    Attributes
    ----------
    path
        The part.
    header
        Whose part it is: run, stage, worker, workers, node; empty as long as the file is.
    """

    path: Path
    header: dict[str, Any] = field(default_factory=dict)
    _offset: int = 0
    _line: int = 0
    _began: bytes = b""
    _notes: list[bytes] = field(default_factory=list)

    def batches(self) -> Iterator[pa.Table]:
        """Yield the attempts that have ended, as rows of table `ledger`; half a last line is left for later.

        Raises
        ------
        InputError
            The file is no part of a ledger.
        """
        try:
            handle = self.path.open("rb")
        except FileNotFoundError:
            return
        size = BLOCK_BYTES
        with handle:
            while True:
                handle.seek(self._offset)
                block = handle.read(size)
                complete, end, _ = block.rpartition(b"\n")
                if not end and len(block) < size:
                    return
                if not end:
                    size *= 2  # one line longer than a block
                    continue
                self._offset += len(complete) + 1
                began, ended = self._sorted_lines(complete.split(b"\n"))
                yield _joined(
                    self._parsed(began, _BEGAN), self._parsed(ended, _ENDED), self.header, self.path
                )

    def in_flight(self) -> InFlight | None:
        """Return the attempt that had not ended where reading ended."""
        if not self._began:
            return None
        return InFlight(json.loads(self._began), [note.decode(errors="replace") for note in self._notes])

    def _sorted_lines(self, lines: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        """Return the lines that tell what began and how it ended, as many of one as of the other."""
        if self._line == 0:
            self.header = self._parsed_header(lines.pop(0))
            self._line = 1
        if self._began:
            lines.insert(0, self._began)
            self._line -= 1
        began, ended, notes = lines[0::2], lines[1::2], self._notes
        # Line after line in turn, as it nearly always is; looking at each alone takes five times as long.
        if notes or not (
            all(map(bytes.startswith, began, repeat(b'{"began":')))
            and all(map(bytes.startswith, ended, repeat(b'{"ended":')))
        ):
            began, ended, notes = self._one_by_one(lines, notes)
        self._line += len(lines)
        self._notes = notes
        self._began = began.pop() if len(began) > len(ended) else b""
        return began, ended

    def _one_by_one(
        self, lines: list[bytes], notes: list[bytes]
    ) -> tuple[list[bytes], list[bytes], list[bytes]]:
        """Return what began, how it ended, and the notes below the last line, where there are notes."""
        began: list[bytes] = []
        ended: list[bytes] = []
        for number, line in enumerate(lines, start=self._line + 1):
            if line.startswith(b'{"began":'):
                began.append(line)
                notes = notes if line is self._began else []
            elif line.startswith(b'{"ended":'):
                ended.append(line)
                notes = []
            elif line.startswith(b"{"):
                raise InputError(f"{self.path}:{number}", "not a ledger row", _REMEDY)
            elif line:
                notes = [*notes, line]
            if not 0 <= len(began) - len(ended) <= 1:
                raise InputError(f"{self.path}:{number}", "not the end of the attempt before it", _REMEDY)
        return began, ended, notes

    def _parsed_header(self, line: bytes) -> dict[str, Any]:
        try:
            header = json.loads(line)
            return {name: header[name] for name in ("run", "stage", "worker", "workers", "node")}
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{self.path}:1", "not the head of a ledger's part", _REMEDY) from error

    def _parsed(self, lines: Sequence[bytes], schema: pa.Schema) -> pa.Table:
        if not lines:
            return schema.empty_table()
        text = pa.py_buffer(b"\n".join(lines))
        try:
            return pj.read_json(
                pa.BufferReader(text),
                pj.ReadOptions(use_threads=False, block_size=len(text) + 1),
                pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"),
            ).combine_chunks()
        except pa.ArrowInvalid as error:
            raise InputError(self.path, f"holds a broken ledger row ({error})", _REMEDY) from error


def _joined(began: pa.Table, ended: pa.Table, header: dict[str, Any], path: Path) -> pa.Table:
    if not pc.all(pc.equal(began["began"], ended["ended"])).as_py() and len(ended):
        raise InputError(path, "tells of ends of attempts that did not begin", _REMEDY)
    rows = len(ended)
    known = {
        "task": began["began"],
        "started_at_s": began["at"],
        **{
            name: began[name] for name in ("attempt", "output", "settings", "fingerprint", "bytes_in", "cost")
        },
        **{name: ended[name] for name in ("seconds", "status", "error", "traceback", "inputs")},
        **{
            name: pc.fill_null(ended[name], 0)
            for name in ("rows_in", "rows_out", "bytes_out", "peak_rss_bytes")
        },
        **{name: _map(ended[name]) for name in ("left", "made")},
    }
    schema = LEDGER.schema()
    columns = [
        known[field.name]
        if field.name in known
        else pa.repeat(pa.scalar(header[field.name], field.type), rows)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _map(lists: pa.ChunkedArray) -> pa.Array:
    """Return lists of names and counts as maps; a list that is not there is an empty map."""
    array = lists.combine_chunks() if lists.num_chunks != 1 else lists.chunk(0)
    lengths = pc.fill_null(pc.list_value_length(array), 0)
    ends = pc.cumulative_sum(lengths)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends.cast(pa.int32())])
    pairs = array.flatten()
    return pa.MapArray.from_arrays(offsets, pairs.field("name"), pairs.field("count"))
