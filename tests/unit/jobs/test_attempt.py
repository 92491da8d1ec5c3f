import time
from pathlib import Path

import pytest

from data_schemas.errors import InputError
from data_schemas.task import Counts, Task
from jobs.attempt import Place, TaskRunner, Totals, attempt, one_line
from jobs.ledger import read_ledger

PLACE = Place("20260101T000000000002", "organize", 2, 3, "n5")


@pytest.fixture
def task(tmp_path):
    (tmp_path / "in").write_text("12345")
    return Task("t", (str(tmp_path / "in"),), str(tmp_path / "out"), cost=7.0, settings="s1")


def good(task):
    Path(task.output).write_text("xyz")
    return Counts(5, 3, {"bad_address": 2}, {"files": 1})


def test_a_row_tells_what_was_done_where_and_how_long(task):
    def slow(task):
        time.sleep(0.05)
        return good(task)

    before = time.time()
    row = attempt(slow, task, PLACE, 3)
    assert (row.task, row.attempt, row.status, row.error) == ("t", 3, "done", None)
    assert (row.rows_in, row.rows_out, row.left, row.made) == (5, 3, {"bad_address": 2}, {"files": 1})
    assert (row.bytes_in, row.bytes_out, row.cost, row.settings) == (5, 3, 7.0, "s1")
    assert row.place == str(PLACE) == "worker 2 of 3 on host n5"
    assert 0.05 <= row.seconds < 5
    assert before <= row.started_at_s <= time.time()
    assert row.inputs is None


class PanicError(BaseException):
    """What Rust libraries raise is no Exception."""


@pytest.mark.parametrize(
    "error", [ValueError("two\nlines"), PanicError("two lines"), SystemExit("two lines")]
)
def test_whatever_is_raised_becomes_a_row(task, error):
    def bad(_task):
        raise error

    row = attempt(bad, task, PLACE, 1)
    assert row.status == "failed"
    assert row.error == f"{type(error).__name__}: two lines"
    assert "in bad" in row.traceback
    assert row.inputs == task.inputs
    assert (row.rows_in, row.bytes_out) == (0, 0)


def test_an_interrupt_is_not_caught(task):
    def bad(_task):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(bad, task, PLACE, 1)


def test_a_worker_must_write_its_output_and_return_counts(task):
    assert "without writing" in attempt(lambda _: Counts(), task, PLACE, 1).error
    assert "expected Counts" in attempt(lambda _: None, task, PLACE, 1).error


def test_our_own_errors_are_told_as_they_are():
    assert one_line(InputError("a.csv", "no column time")) == "a.csv: no column time"
    assert one_line(KeyError()) == "KeyError"
    assert one_line(OSError("\udcff")) == "OSError: \\udcff"


def test_the_peak_memory_is_that_of_the_task(task):
    def hungry(task):
        block = bytearray(200 * 2**20)
        block[:: 2**12] = b"x" * (len(block) // 2**12)
        return good(task)

    large = attempt(hungry, task, PLACE, 1).peak_rss_bytes
    small = attempt(good, task, PLACE, 1).peak_rss_bytes
    assert large - small > 150 * 2**20


def test_retries_stop_at_the_first_success(tmp_path, task):
    calls = []

    def flaky(task):
        calls.append(task)
        if len(calls) < 3:
            raise OSError(f"try {len(calls)}")
        return good(task)

    runner = TaskRunner(PLACE, flaky, tmp_path, retries=5)
    runner.run(task)
    runner.close()
    assert [(row.attempt, row.status) for row in read_ledger(tmp_path)] == [
        (1, "failed"),
        (2, "failed"),
        (3, "done"),
    ]
    assert runner.outcome.failures == []
    assert runner.outcome.totals.tasks == 1


def test_a_task_out_of_retries_has_failed_once(tmp_path, task):
    def bad(_task):
        raise OSError("always")

    runner = TaskRunner(PLACE, bad, tmp_path, retries=2)
    runner.run(task)
    runner.close()
    assert [row.attempt for row in runner.outcome.failures] == [3]
    assert len(read_ledger(tmp_path)) == 3


def test_a_ledger_that_cannot_be_written_ends_the_run_in_one_line(tmp_path, task, monkeypatch):
    runner = TaskRunner(PLACE, good, tmp_path, retries=0)

    def full(_handle, _data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("jobs.ledger.os.write", full)
        with pytest.raises(
            InputError, match=r"cannot be written .No space left on device.; run the stage again"
        ):
            runner.run(task)
    runner.close()


def test_totals_add_up(task):
    totals, other = Totals(), Totals()
    row = attempt(good, task, PLACE, 1)
    totals.add(row)
    totals.add(row)
    other.add(row)
    totals.merge(other)
    assert (totals.tasks, totals.rows_in, totals.rows_out) == (3, 15, 9)
    assert (totals.left, totals.made) == ({"bad_address": 6}, {"files": 3})
    assert (totals.bytes_in, totals.bytes_out) == (15, 9)
    assert totals.busy_seconds == pytest.approx(3 * row.seconds)
