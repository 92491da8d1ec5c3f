import re
import time

import pyarrow as pa
import pytest

from data_schemas.tables.ledger import LEDGER
from jobs import progress as module
from jobs.ledger import Row
from jobs.progress import Pace, Tail, duration_text, progress, rate_text
from tests.unit.jobs.ledger_writing import append

RUN = "20260101T000000000002"


def rows(*args, **kwargs):
    return pa.Table.from_pylist([row(*args, **kwargs).as_dict()], schema=LEDGER.schema())


def row(task, cost, status="done", rows_in=700):
    return Row(
        run=RUN,
        stage="s",
        task=task,
        attempt=1,
        worker=1,
        workers=1,
        node="n",
        started_at_s=0.0,
        seconds=1.0,
        status=status,
        output="o",
        settings="",
        fingerprint="",
        rows_in=rows_in,
        rows_out=rows_in,
        cost=cost,
    )


def test_time_left_follows_the_cost_and_not_the_number_of_tasks():
    pace = Pace(todo=10, todo_cost=100.0)
    assert pace.seconds_left(60.0) is None
    pace.add(rows("large", 75.0))
    assert pace.seconds_left(60.0) == pytest.approx(20.0)
    assert pace.rows_per_second(7.0) == 100.0
    assert pace.rows_per_second(0.0) == 0.0
    assert pace.text(60.0) == "1 of 10 tasks done, 12 rows/s, about 20 s left"
    pace.add(rows("bad", 5.0, status="failed"))
    assert pace.text(60.0) == "1 of 10 tasks done, 1 failed, 12 rows/s, about 20 s left"


def test_without_costs_the_number_of_tasks_counts():
    pace = Pace(todo=4, todo_cost=0.0)
    pace.add(rows("a", 0.0))
    assert pace.seconds_left(5.0) == 15.0


def test_texts():
    assert [duration_text(s) for s in (0.4, 59.4, 59.6, 185, 3599.6, 7620)] == [
        "0 s",
        "59 s",
        "1 min 00 s",
        "3 min 05 s",
        "1 h 00 min",
        "2 h 07 min",
    ]
    assert [rate_text(r) for r in (0, 999.4, 1234, 5.6e6)] == [
        "0 rows/s",
        "999 rows/s",
        "1.2 k rows/s",
        "5.6 M rows/s",
    ]


@pytest.fixture
def show(tmp_path, monkeypatch):
    """Run a task's worth of progress, shown every 10 ms."""

    def run(**kwargs):
        monkeypatch.setattr(module, "PLAIN_INTERVAL_S", 0.01)
        monkeypatch.setattr(module, "BAR_INTERVAL_S", 0.01)
        with progress("count", Tail(tmp_path, RUN, 1), Pace(2, 2.0), **kwargs):
            append(tmp_path, row("a", 1.0))
            time.sleep(1.2)

    return run


def test_a_batch_log_gets_plain_lines(show, capsys, monkeypatch):
    monkeypatch.delenv("TRACKMILL_PROGRESS", raising=False)
    show(shown=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) > 3
    pattern = r"count: 1 of 2 tasks done, [0-9.]+( k)? rows/s, about \d s left"
    assert all(re.fullmatch(pattern, line) for line in lines[-2:])


def test_a_terminal_gets_a_bar(show, capsys, monkeypatch):
    monkeypatch.setenv("TRACKMILL_PROGRESS", "bar")
    monkeypatch.setenv("COLUMNS", "100")
    show(shown=True)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    assert "1 of 2 tasks done" in text


def test_nothing_is_shown_where_nobody_wants_it(show, capsys):
    show(shown=False)
    assert capsys.readouterr().err == ""
