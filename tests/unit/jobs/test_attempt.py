import time
from pathlib import Path

import pytest

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from data_schemas.task import Counts, Task
from jobs.attempt import FAILURES_KEPT, TaskRunner, Totals, one_line
from jobs.ledger import Place, read_ledger

PLACE = Place("20260101T000000000002", "organize", 2, 3, "n5")


@pytest.fixture
def task(tmp_path):
    (tmp_path / "in").write_text("12345")
    return Task("t", (str(tmp_path / "in"),), str(tmp_path / "out"), cost=7.0, settings="s1")


@pytest.fixture
def attempt(tmp_path):
    """Run a task with a worker; give its rows and what the runner made of them."""

    def run(worker, *tasks, **launch):
        runner = TaskRunner(PLACE, worker, tmp_path, LaunchSettings(**launch))
        try:
            runner.run(tasks)
        finally:
            runner.close()
        return read_ledger(tmp_path), runner.outcome

    return run


def good(task):
    Path(task.output).write_text("xyz")
    return Counts(5, 3, {"bad_address": 2}, {"files": 1})


def test_a_row_tells_what_was_done_where_and_how_long(task, attempt):
    def slow(task):
        time.sleep(0.05)
        return good(task)

    before = time.time()
    [row], outcome = attempt(slow, task)
    assert (row.task, row.attempt, row.status, row.error) == ("t", 1, "done", None)
    assert (row.rows_in, row.rows_out, row.left, row.made) == (5, 3, {"bad_address": 2}, {"files": 1})
    assert (row.bytes_in, row.bytes_out, row.cost, row.settings) == (5, 3, 7.0, "s1")
    assert row.place == PLACE
    assert str(row.place) == "worker 2 of 3 on host n5"
    assert 0.05 <= row.seconds < 5
    assert before <= row.started_at_s <= time.time()
    assert row.inputs is None
    assert outcome.totals.tasks == 1


class PanicError(BaseException):
    """What Rust libraries raise is no Exception."""


@pytest.mark.parametrize(
    "error", [ValueError("two\nlines"), PanicError("two lines"), SystemExit("two lines")]
)
def test_whatever_is_raised_becomes_a_row(task, attempt, error):
    def bad(_task):
        raise error

    [row], outcome = attempt(bad, task)
    assert row.status == "failed"
    assert row.error == f"{type(error).__name__}: two lines"
    assert "in bad" in row.traceback
    assert row.inputs == task.inputs
    assert (row.rows_in, row.bytes_out) == (0, 0)
    assert [(f.task, f.attempts, f.where) for f in outcome.failures] == [("t", 1, str(PLACE))]


def test_an_interrupt_is_not_caught(task, attempt):
    def bad(_task):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(bad, task)


def test_a_worker_must_write_its_output_and_return_counts(task, attempt, tmp_path):
    assert "without writing" in attempt(lambda _: Counts(), task)[0][-1].error
    assert "expected Counts" in attempt(lambda _: None, task)[0][-1].error
    assert not (tmp_path / "out").exists()


def test_a_task_without_output_writes_none(attempt):
    [row], _ = attempt(lambda _: Counts(3, 3), Task("t", (), ""))
    assert (row.status, row.rows_in, row.output, row.bytes_out) == ("done", 3, "", 0)


def test_file_names_that_are_no_text_do_not_break_the_ledger(tmp_path, attempt):
    task = Task("\udcff", (str(tmp_path / "\udcfe"),), str(tmp_path / "\udcfd"))
    [row], _ = attempt(lambda task: Path(task.inputs[0]).read_bytes(), task)
    assert (row.task, row.status) == ("\\udcff", "failed")
    assert row.inputs == (str(tmp_path / "\\udcfe"),)


def test_our_own_errors_are_told_as_they_are():
    assert one_line(InputError("a.csv", "no column time")) == "a.csv: no column time"
    assert one_line(KeyError()) == "KeyError"
    assert one_line(OSError("\udcff")) == "OSError: \\udcff"


def test_the_peak_memory_is_that_of_the_task(attempt):
    def work(task):
        if task.id == "hungry":
            block = bytearray(200 * 2**20)
            block[:: 2**12] = b"x" * (len(block) // 2**12)
        time.sleep(0.002)
        return Counts()

    rows, _ = attempt(work, Task("hungry", (), ""), Task("modest", (), ""))
    peaks = {row.task: row.peak_rss_bytes for row in rows}
    assert peaks["hungry"] - peaks["modest"] > 150 * 2**20


def test_retries_stop_at_the_first_success(task, attempt):
    calls = []

    def flaky(task):
        calls.append(task)
        if len(calls) < 3:
            raise OSError(f"try {len(calls)}")
        return good(task)

    rows, outcome = attempt(flaky, task, retries=5)
    assert [(row.attempt, row.status) for row in rows] == [(1, "failed"), (2, "failed"), (3, "done")]
    assert outcome.failures == []
    assert outcome.totals.tasks == 1


def test_a_task_out_of_retries_has_failed_once(task, attempt):
    def bad(_task):
        raise OSError("always")

    rows, outcome = attempt(bad, task, retries=2)
    assert [failure.attempts for failure in outcome.failures] == [3]
    assert len(rows) == 3


def test_of_many_failures_the_first_are_kept_and_all_are_counted(attempt):
    tasks = [Task(f"t{number}", (), "") for number in range(FAILURES_KEPT + 7)]
    rows, outcome = attempt(lambda _: 1 / 0, *tasks)
    assert (len(rows), outcome.failed, len(outcome.failures)) == (len(tasks), len(tasks), FAILURES_KEPT)


def test_a_ledger_that_cannot_be_written_ends_the_run_in_one_line(tmp_path, task, monkeypatch):
    runner = TaskRunner(PLACE, good, tmp_path, LaunchSettings())

    def full(_handle, _data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("jobs.ledger.part.os.write", full)
        with pytest.raises(
            InputError, match=r"cannot be written .No space left on device.; run the stage again"
        ):
            runner.run([task])
    runner.close()


def test_a_task_that_sleeps_for_ever_fails_alone(attempt):
    def work(task):
        if task.id == "sleeper":
            time.sleep(1000)
        return Counts()

    clock = time.monotonic()
    rows, outcome = attempt(work, Task("sleeper", (), ""), Task("other", (), ""), task_seconds=0.2)
    assert time.monotonic() - clock < 5
    assert {row.task: row.status for row in rows} == {"sleeper": "failed", "other": "done"}
    assert outcome.failures[0].error == "TaskTimeoutError: longer than the limit of 0.2 s"


def test_totals_add_up():
    totals, other = Totals(), Totals()
    counts = Counts(5, 3, {"bad_address": 2}, {"files": 1})
    totals.add(counts, 5, 3, 0.25)
    totals.add(counts, 5, 3, 0.25)
    other.add(counts, 5, 3, 0.5)
    totals.merge(other)
    assert (totals.tasks, totals.rows_in, totals.rows_out) == (3, 15, 9)
    assert (totals.left, totals.made) == ({"bad_address": 6}, {"files": 3})
    assert (totals.bytes_in, totals.bytes_out) == (15, 9)
    assert totals.busy_seconds == 1.0
