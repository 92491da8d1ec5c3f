import os
import signal
import threading
from pathlib import Path

import pytest

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import ConfigError, InputError, StageFailedError, StageStoppedError
from data_schemas.task import Counts, Task
from jobs.ledger import read_ledger
from jobs.run import run_tasks
from jobs.run_record import State, read_records
from jobs.status import status

SERIAL = LaunchSettings(backend="serial", order="as-given")


@pytest.fixture
def tasks(tmp_path):
    found = []
    for number in (2, 3, 5, 7):
        path = tmp_path / f"in{number}"
        path.write_text("x" * number)
        found.append(Task(f"t{number}", (str(path),), str(tmp_path / "out" / f"t{number}"), float(number)))
    (tmp_path / "out").mkdir()
    return found


def count(task):
    text = Path(task.inputs[0]).read_text()
    Path(task.output).write_text(text[1:])
    return Counts(len(text), len(text) - 1, {"first": 1}, {"files": 1})


def run(tmp_path, tasks, worker=count, launch=SERIAL):
    return run_tasks(tasks, lambda: worker, launch, tmp_path / "ledger", "count", progress=False)


def failing(*names):
    def work(task):
        if task.id in names:
            raise ValueError(f"cannot read {task.id}")
        return count(task)

    return work


def test_summary(tmp_path, tasks):
    summary = run(tmp_path, tasks)
    assert (summary.tasks, summary.skipped, summary.done, summary.failed, summary.left) == (4, 0, 4, 0, 0)
    assert (summary.totals.rows_in, summary.totals.rows_out) == (17, 13)
    assert (summary.totals.left, summary.totals.made) == ({"first": 4}, {"files": 4})
    assert summary.line().startswith("count: 4 of 4 tasks done; 17 rows in, 13 out; ")
    assert [row.task for row in read_ledger(tmp_path / "ledger")] == ["t2", "t3", "t5", "t7"]
    assert read_records(tmp_path / "ledger")[0].state is State.DONE


def test_a_rerun_does_only_what_is_missing_and_knows_the_totals_of_all(tmp_path, tasks):
    run(tmp_path, tasks)
    Path(tasks[2].output).unlink()
    summary = run(tmp_path, tasks)
    assert (summary.skipped, summary.done, summary.totals.rows_in) == (3, 1, 5)
    assert (summary.stage_totals.tasks, summary.stage_totals.rows_in) == (4, 17)


def test_nothing_to_do_makes_no_worker_and_leaves_the_ledger_alone(tmp_path, tasks):
    run(tmp_path, tasks)
    before = sorted((tmp_path / "ledger").iterdir())
    ran = run_tasks(tasks, pytest.fail, SERIAL, tmp_path / "ledger", "count")
    assert (ran.done, ran.skipped, ran.run, ran.stage_totals.rows_in) == (0, 4, "", 17)
    assert sorted((tmp_path / "ledger").iterdir()) == before


def test_an_empty_list_is_done(tmp_path):
    assert run(tmp_path, []).tasks == 0


def test_a_failed_task_is_told_and_the_rest_is_done(tmp_path, tasks, capsys):
    with pytest.raises(
        StageFailedError, match=r"stage count: 1 of 4 tasks failed; .* run it again to retry"
    ) as caught:
        run(tmp_path, tasks, failing("t3"))
    assert caught.value.exit_code == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0].split() == ["task", "attempts", "where", "error"]
    assert told[1].startswith("t3    1         worker 1 of 1 on host ")
    assert told[1].endswith("ValueError: cannot read t3")
    assert len(told) == 3
    assert read_records(tmp_path / "ledger")[0].state is State.FAILED
    assert run(tmp_path, tasks).done == 1


def test_many_failures_are_cut(tmp_path, capsys):
    tasks = [Task(f"t{number:02d}", (), str(tmp_path / f"{number}")) for number in range(23)]
    with pytest.raises(StageFailedError, match="23 of 23"):
        run(tmp_path, tasks, failing(*(task.id for task in tasks)))
    assert "and 3 more\n" in capsys.readouterr().err


def test_orphans_are_told(tmp_path, tasks, capsys):
    run(tmp_path, tasks)
    summary = run(tmp_path, tasks[:2])
    assert [path.name for path in summary.orphans] == ["t5", "t7"]
    assert capsys.readouterr().err == "count: 2 outputs belong to no task of the list any more\n"
    assert Path(tasks[2].output).exists()


def test_bad_input_of_plan_and_set_up_is_raised_as_it_is(tmp_path, tasks):
    error = InputError("registry.parquet", "not found")

    def bad():
        raise error

    with pytest.raises(InputError) as caught:
        run_tasks(bad, lambda: count, SERIAL, tmp_path / "l", "count")
    assert caught.value is error
    with pytest.raises(InputError) as caught:
        run_tasks(tasks, bad, SERIAL, tmp_path / "l", "count")
    assert caught.value is error


def test_any_other_error_of_plan_or_set_up_is_one_line(tmp_path):
    with pytest.raises(
        StageFailedError, match=r"stage count broke off: ZeroDivisionError: division by zero .host "
    ):
        run_tasks(lambda: 1 / 0, lambda: count, SERIAL, tmp_path / "l", "count")


def test_a_ledger_that_is_a_file_is_refused(tmp_path, tasks):
    (tmp_path / "ledger").touch()
    with pytest.raises(InputError, match="ledger: not a folder that can be written"):
        run(tmp_path, tasks)


def test_unknown_names_are_refused(tmp_path, tasks):
    for setting in ("backend", "order", "distribution"):
        launch = SERIAL.model_copy(update={setting: "wrong"})
        with pytest.raises(ConfigError, match=f"launch.{setting}: 'wrong' is unknown"):
            run(tmp_path, tasks, launch=launch)


def test_more_threads_than_cores_are_refused(tmp_path, tasks, monkeypatch):
    monkeypatch.delenv("TRACKMILL_OVERSUBSCRIBE", raising=False)
    with pytest.raises(InputError, match="1 processes × 999999 threads need 999999 cores"):
        run(tmp_path, tasks, launch=LaunchSettings(backend="serial", triple=(1, 1, 999999)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_task_in_flight_finish_and_the_rest_for_later(tmp_path, tasks, number):
    def work(task):
        if task.id == "t3":
            os.kill(os.getpid(), number)
        return count(task)

    before = signal.getsignal(number)
    message = "stage count was asked to stop: 2 tasks done, 2 left; run it again to go on"
    with pytest.raises(StageStoppedError, match=message) as caught:
        run(tmp_path, tasks, work)
    assert caught.value.exit_code == 75
    assert signal.getsignal(number) is before
    assert [row.task for row in read_ledger(tmp_path / "ledger")] == ["t2", "t3"]
    assert status(tmp_path / "ledger").state is State.STOPPED
    assert run(tmp_path, tasks).done == 2


def test_a_signal_during_the_last_task_stops_nothing(tmp_path, tasks):
    def work(task):
        if task.id == "t7":
            os.kill(os.getpid(), signal.SIGTERM)
        return count(task)

    assert run(tmp_path, tasks, work).done == 4


def test_a_second_interrupt_from_the_keyboard_ends_at_once(monkeypatch):
    from jobs.drain import Drain

    drain = Drain()
    drain.on_signal(signal.SIGINT, None)
    drain.on_signal(signal.SIGINT, None)  # the same key press, passed on by mpiexec
    monkeypatch.setattr("jobs.drain.time.monotonic", lambda: 1e12)
    drain.on_signal(signal.SIGTERM, None)
    with pytest.raises(KeyboardInterrupt):
        drain.on_signal(signal.SIGINT, None)


def test_outside_the_main_thread_a_run_works_without_signals(tmp_path, tasks):
    found = []
    thread = threading.Thread(target=lambda: found.append(run(tmp_path, tasks)))
    thread.start()
    thread.join(10)
    assert found[0].done == 4
