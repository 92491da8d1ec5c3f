from dataclasses import fields, replace

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_schemas.errors import InputError
from data_schemas.tables.ledger import LEDGER
from jobs.ledger import PartWriter, Row, Tail, known_runs, last_rows, merge, new_run, part_path, read_ledger

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
    writer = PartWriter(folder, run, worker)
    for row in rows:
        writer.append(replace(row, run=run, worker=worker))
    writer.close()


def test_row_and_table_name_the_same_columns():
    assert {f.name for f in fields(Row)} == set(LEDGER.names)


TEXT = st.text(st.characters(codec="utf-8"))


@given(
    error=st.none() | TEXT,
    inputs=st.none() | st.lists(TEXT).map(tuple),
    left=st.dictionaries(TEXT, st.integers(0, 2**62)),
    seconds=st.floats(0, 1e9),
)
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


def test_half_a_last_line_is_ignored(tmp_path):
    append(tmp_path, ROW.run, 2, ROW, FAILED)
    path = part_path(tmp_path, ROW.run, 2)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for length in (first, first + 1, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert read_ledger(tmp_path) == [ROW]
    path.write_bytes(whole[: first - 1])
    assert read_ledger(tmp_path) == []


def test_a_broken_line_elsewhere_is_named(tmp_path):
    append(tmp_path, ROW.run, 2, ROW)
    path = part_path(tmp_path, ROW.run, 2)
    path.write_bytes(path.read_bytes() + b"\0\0\0\n" + path.read_bytes())
    with pytest.raises(InputError, match=r"-2\.jsonl:2: not a ledger row; delete the line"):
        read_ledger(tmp_path)


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


def test_the_last_row_of_a_task_is_that_of_the_last_attempt_of_the_last_run(tmp_path):
    later = "20260101T000000000005"
    append(tmp_path, later, 1, replace(ROW, attempt=2), replace(ROW, attempt=1, status="failed"))
    append(tmp_path, ROW.run, 3, replace(ROW, attempt=7, status="failed"))
    last = last_rows(read_ledger(tmp_path))[ROW.task]
    assert (last.run, last.attempt, last.status) == (later, 2, "done")


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
    assert tail.new_rows() == []
    append(tmp_path, ROW.run, 2, ROW)
    path = part_path(tmp_path, ROW.run, 2)
    line = path.read_bytes()
    assert tail.new_rows() == [ROW]
    path.write_bytes(line + line[:20])
    assert tail.new_rows() == []
    path.write_bytes(line + line)
    append(tmp_path, ROW.run, 3, FAILED)
    assert [row.worker for row in tail.new_rows()] == [2, 3]
    assert tail.new_rows() == []
