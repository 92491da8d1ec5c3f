import time
from dataclasses import replace

import pytest

from data_schemas.errors import InputError
from data_schemas.task import Task
from jobs.fingerprint import Fingerprint
from jobs.ledger import PartWriter, Row, merge
from jobs.lock import only_run
from jobs.run_record import RunRecord, State
from jobs.status import status
from tests.unit.jobs.ledger_writing import append

RUN = "20260101T000000000002"
RECORD = RunRecord(
    run=RUN,
    stage="archive",
    tasks=11,
    skipped=4,
    todo=7,
    todo_cost=70.0,
    workers=3,
    triple=(1, 3, 5),
    backend="mpi",
    order="as-given",
    distribution="self",
    started_at_s=1000.0,
)
ROW = Row(
    run=RUN,
    stage="archive",
    task="a",
    attempt=1,
    worker=1,
    workers=3,
    node="n1",
    started_at_s=1001.0,
    seconds=2.0,
    status="done",
    output="o",
    settings="",
    fingerprint="",
    rows_in=600,
    rows_out=600,
    cost=10.0,
    peak_rss_bytes=2**28,
)


@pytest.fixture
def ledger(tmp_path):
    RECORD.write(tmp_path)
    replace(RECORD, run="20250101T000000000002", stage="older").write(tmp_path)
    append(
        tmp_path,
        ROW,
        replace(ROW, task="b", started_at_s=1003.0, seconds=5.0, peak_rss_bytes=5 * 2**28),
        replace(ROW, task="c", worker=2, node="n22", status="failed", rows_in=0, rows_out=0),
        replace(ROW, task="c", worker=2, node="n22", attempt=2, started_at_s=1005.0, seconds=3.0),
    )
    return tmp_path


@pytest.fixture
def live(ledger):
    with only_run(ledger):
        yield


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1010.0)


@pytest.mark.usefixtures("clock", "live")
def test_status_of_a_live_run(ledger):
    found = status(ledger)
    assert (found.stage, found.state, found.done, found.failed, found.left) == ("archive", "running", 3, 0, 4)
    assert (found.rows_in, found.elapsed_s, found.rows_per_second) == (1800, 10.0, 180.0)
    assert found.seconds_left == pytest.approx(10.0 * 40 / 30)
    assert found.silent_s == 2.0
    assert [(w.worker, w.done, w.failed, w.busy_fraction) for w in found.workers] == [
        (1, 2, 0, 0.7),
        (2, 1, 1, 0.5),
    ]
    assert found.render().splitlines() == [
        "archive: running, 3 done, 0 failed, 4 left (4 of 11 were up to date)",
        "1,800 rows in 10 s: 180 rows/s, about 13 s left; 2 s since a task began or ended",
        "most memory of a process: 1.25 GiB (b)",
        "worker  node   done  failed   busy  slowest task",
        "     1  n1        2       0   70%  b (5.0 s)",
        "     2  n22       1       1   50%  c (3.0 s)",
    ]


@pytest.mark.usefixtures("clock", "live")
def test_status_shows_what_is_at_work(ledger):
    writer = PartWriter(ledger, replace(ROW, worker=3, node="n3").place)
    writer.began(Task("d", (), ""), 1, 1009.0, Fingerprint("", 0))
    writer.close()
    found = status(ledger)
    assert (found.left, found.silent_s, found.workers[2].busy_fraction) == (4, 1.0, 0.1)
    assert found.render().splitlines()[-1] == "     3  n3        0       0   10%  -; now d (1 s)"


@pytest.mark.usefixtures("clock")
def test_a_run_that_died_is_told_by_its_lock(ledger):
    with only_run(ledger):
        assert status(ledger).state is State.RUNNING
        with pytest.raises(
            InputError, match=r"another run is at work here: process \d+ on host .+; wait for"
        ):
            only_run(ledger).__enter__()
    found = status(ledger)
    assert (found.state, found.seconds_left) == (State.DIED, None)
    assert found.render().startswith("archive: died, 3 done, 0 failed, 4 left")


@pytest.mark.usefixtures("clock")
def test_status_of_a_finished_run_is_the_same_from_the_merged_ledger(ledger):
    RECORD.ended(State.DONE, 20.0, "each process is pinned to 5 of 15 cores").write(ledger)
    merge(ledger, lambda _: True)
    found = status(ledger)
    assert (found.state, found.elapsed_s, found.seconds_left) == (State.DONE, 20.0, None)
    assert found.workers[0].busy_fraction == pytest.approx(0.35)
    assert found.render().splitlines()[1:4] == [
        "1,800 rows in 20 s: 90 rows/s",
        "most memory of a process: 1.25 GiB (b)",
        "each process is pinned to 5 of 15 cores",
    ]


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(InputError, match="no run has left a record here"):
        status(tmp_path)


def test_a_broken_record_is_named(ledger):
    (ledger / f"run-{RUN}.json").write_text("{")
    with pytest.raises(InputError, match=r"run-20260101T000000000002\.json: not a run record"):
        status(ledger)
