from dataclasses import fields, replace

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.errors import InputError
from data_schemas.tables.ledger import LEDGER
from data_schemas.task import Task
from jobs.fingerprint import Fingerprint
from jobs.ledger import (
    PartReader,
    PartWriter,
    Row,
    batches,
    known_runs,
    merge,
    new_run,
    part_path,
    read_ledger,
)
from jobs.ledger import lines as reading
from jobs.progress import Tail
from tests.unit.jobs.ledger_writing import append as append_rows

ROW = Row(
    run="20260101T000000000002",
    stage="organize",
    task="2022-06-27-00",
    attempt=1,
    worker=2,
    workers=3,
    node="n5",
    started_at_s=1656288000.25,
    seconds=0.1 + 0.2,
    status="done",
    output="out/a.parquet",
    settings="0f",
    fingerprint="1e",
    rows_in=7,
    rows_out=5,
    left={"bad_address": 2},
    made={"files": 1},
    bytes_in=11,
    bytes_out=13,
    cost=17.0,
    peak_rss_bytes=19,
)
FAILED = replace(
    ROW,
    task="b",
    status="failed",
    left={},
    made={},
    error="ValueError: x",
    traceback="…\n",
    inputs=("a", "b"),
)


def append(folder, run, worker, *rows):
    append_rows(folder, *(replace(row, run=run, worker=worker) for row in rows))


def test_row_and_table_name_the_same_columns():
    assert {f.name for f in fields(Row)} == set(LEDGER.names)


TEXT = st.text(st.characters(codec="utf-8"))


@given(
    error=st.none() | TEXT,
    inputs=st.none() | st.lists(TEXT).map(tuple),
    left=st.dictionaries(TEXT, st.integers(0, 2**62)),
    seconds=st.floats(0, 1e9),
)
@settings(deadline=None)  # each example waits for the disk twice, which has taken 0.6 s
def test_rows_come_back_as_they_were_written(tmp_path_factory, error, inputs, left, seconds):
    folder = tmp_path_factory.mktemp("ledger")
    row = replace(ROW, error=error, inputs=inputs, left=left, seconds=seconds)
    append(folder, ROW.run, 2, row)
    assert read_ledger(folder) == [row]
    merge(folder, lambda _: True)
    assert read_ledger(folder) == [row]


def test_merged_file_has_the_schema_and_units(tmp_path):
    append(tmp_path, ROW.run, 2, ROW, FAILED)
    table = pq.read_table(merge(tmp_path, lambda _: True))
    LEDGER.check(table.schema, "ledger")
    assert table.schema.field("seconds").metadata[b"unit"] == b"s"
    assert not list(tmp_path.glob("part-*"))


def test_an_absent_ledger_is_empty(tmp_path):
    assert read_ledger(tmp_path / "absent") == []


def test_a_kill_at_any_moment_leaves_every_attempt_that_had_ended(tmp_path):
    append(tmp_path, ROW.run, 2, ROW, FAILED)
    path = part_path(tmp_path, ROW.run, 2)
    whole = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    assert len(ends) == 5  # whose part it is, and two lines an attempt
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        expected = [] if length < ends[2] else [ROW] if length < ends[4] else [ROW, FAILED]
        assert read_ledger(tmp_path) == expected
        reader = PartReader(path)
        list(reader.batches())
        flying = reader.in_flight()
        if ends[1] <= length < ends[2]:
            assert (flying.began["began"], flying.notes) == (ROW.task, [])
        elif ends[3] <= length < ends[4]:
            assert flying.began["began"] == FAILED.task
        else:
            assert flying is None


def test_a_reader_that_follows_a_growing_part_gives_each_attempt_once(tmp_path):
    append(tmp_path, ROW.run, 2, ROW)
    path = part_path(tmp_path, ROW.run, 2)
    path.write_bytes(path.read_bytes() + b"a note of nobody\n\n")
    append(tmp_path, ROW.run, 2, FAILED, replace(ROW, task="c"))
    whole = path.read_bytes()
    path.write_bytes(b"")
    reader, found = PartReader(path), []
    for byte in whole:
        with path.open("ab") as part:
            part.write(bytes([byte]))
        found += [Row.from_dict(row) for table in reader.batches() for row in table.to_pylist()]
    assert found == [ROW, FAILED, replace(ROW, task="c")]
    assert reader.in_flight() is None


def test_whoever_goes_on_with_a_part_removes_the_half_line_of_the_dead(tmp_path):
    append(tmp_path, ROW.run, 2, ROW)
    path = part_path(tmp_path, ROW.run, 2)
    path.write_bytes(path.read_bytes() + b'{"began":"' + b"x" * 10_000)
    append(tmp_path, ROW.run, 2, FAILED)
    assert read_ledger(tmp_path) == [ROW, FAILED]


def test_notes_of_the_dying_stand_beside_their_task(tmp_path):
    append(tmp_path, ROW.run, 2, ROW)
    path = part_path(tmp_path, ROW.run, 2)
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(lines[:2]) + b"\nFatal Python error: Aborted\n\n  File x\n")
    reader = PartReader(path)
    assert [len(table) for table in reader.batches()] == [0]
    assert reader.in_flight().notes == ["Fatal Python error: Aborted", "  File x"]


def test_what_is_no_ledger_is_named(tmp_path):
    append(tmp_path, ROW.run, 2, ROW)
    path = part_path(tmp_path, ROW.run, 2)
    head, began, ended, _ = path.read_bytes().split(b"\n")
    for wrong, message in (
        ([b"[]"], r"-2\.jsonl:1: not the head of a ledger's part; delete the file"),
        ([head, began, began], r"-2\.jsonl:3: not the end of the attempt before it"),
        ([head, ended], r"-2\.jsonl:2: not the end of the attempt before it"),
        ([head, began, b"{}"], r"-2\.jsonl:3: not a ledger row"),
        ([head, began, ended[:-9] + b"}"], r"-2\.jsonl: holds a broken ledger row"),
        (
            [head, began, ended.replace(b"2022", b"2023")],
            r"-2\.jsonl: tells of ends of attempts",
        ),
    ):
        path.write_bytes(b"\n".join([*wrong, b""]))
        with pytest.raises(InputError, match=message):
            read_ledger(tmp_path)


def test_a_long_part_is_read_in_pieces_and_a_line_may_be_longer_than_one(tmp_path, monkeypatch):
    rows = [replace(ROW, task=f"t{i:03d}", error="x" * (i % 7) * 200) for i in range(200)]
    append(tmp_path, ROW.run, 2, *rows)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 700)
    assert len(list(batches(tmp_path))) > 50
    assert read_ledger(tmp_path) == rows
    merge(tmp_path, lambda _: True)
    assert read_ledger(tmp_path) == rows


def test_short_tasks_are_written_two_lines_at_once_and_long_ones_at_their_end(tmp_path):
    short, long = replace(ROW, seconds=1e-6), replace(ROW, seconds=1.0)
    for row, seen in ((short, 0), (long, 1)):
        folder = tmp_path / f"{seen}"
        folder.mkdir()
        writer = PartWriter(folder, row.place)
        append_open(writer, row)
        assert len(read_ledger(folder)) == seen
        append_open(writer, replace(row, task="next"))
        assert len(read_ledger(folder)) == seen + 1
        writer.close()
        assert len(read_ledger(folder)) == 2


def append_open(writer, row):
    writer.began(Task(row.task, (), row.output), 1, 0.0, Fingerprint("", 0))
    writer.ended(row.task, row.seconds, row.status, 0, {})


def test_a_merged_file_that_is_no_ledger_is_named(tmp_path):
    (tmp_path / "ledger.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"ledger\.parquet: not a Parquet file"):
        read_ledger(tmp_path)


def test_a_row_both_merged_and_in_a_part_counts_once(tmp_path):
    """A kill between the merged file and the removal of the parts leaves both."""
    append(tmp_path, ROW.run, 2, ROW, FAILED)
    part = part_path(tmp_path, ROW.run, 2).read_bytes()
    merge(tmp_path, lambda _: True)
    part_path(tmp_path, ROW.run, 2).write_bytes(part)
    assert read_ledger(tmp_path) == [ROW, FAILED]
    merge(tmp_path, lambda _: True)
    assert read_ledger(tmp_path) == [ROW, FAILED]


def test_parts_of_a_run_that_may_still_write_are_not_merged(tmp_path):
    other = "20260101T000000000005"
    append(tmp_path, ROW.run, 1, ROW)
    append(tmp_path, other, 1, FAILED)
    merge(tmp_path, {ROW.run}.__contains__)
    assert [path.name for path in tmp_path.glob("part-*")] == [f"part-{other}-1.jsonl"]
    assert [row.run for row in read_ledger(tmp_path)] == [ROW.run, other]


def test_a_new_run_sorts_after_all_others_even_if_the_clock_went_back(tmp_path):
    first = new_run(tmp_path)
    assert len(first) == len(ROW.run)
    append(tmp_path, "20991231T235959999999", 1, ROW)
    (tmp_path / "run-20260101T000000000003.json").touch()
    later = new_run(tmp_path)
    assert later > "20991231T235959999999"
    assert len(known_runs(tmp_path)) == 2


def test_tail_gives_each_complete_row_once(tmp_path):
    tail = Tail(tmp_path, ROW.run, workers=3)

    def new():
        return [Row.from_dict(row) for table in tail.new_rows() for row in table.to_pylist()]

    assert new() == []
    append(tmp_path, ROW.run, 2, ROW)
    path = part_path(tmp_path, ROW.run, 2)
    whole = path.read_bytes()
    lines = whole[whole.index(b"\n") + 1 :]
    assert new() == [ROW]
    path.write_bytes(whole + lines[:20])
    assert new() == []
    path.write_bytes(whole + lines)
    append(tmp_path, ROW.run, 3, FAILED)
    assert [row.worker for row in new()] == [2, 3]
    assert new() == []
