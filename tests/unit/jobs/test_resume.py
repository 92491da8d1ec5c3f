import os
from dataclasses import replace
from pathlib import Path

import pytest

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from data_schemas.task import Counts, Task
from jobs.attempt import TaskRunner
from jobs.fingerprint import fingerprint
from jobs.ledger import Place, read_ledger
from jobs.resume import remove_orphans, resume
from jobs.tasklist import TaskList
from tests.unit.jobs.ledger_writing import append

PLACE = Place("20260101T000000000002", "s", 1, 1, "n")


def copy(task):
    data = "".join(Path(path).read_text() for path in task.inputs)
    Path(task.output).write_text(data)
    return Counts(1, 1, {}, {"files": 2})


@pytest.fixture
def tasks(tmp_path):
    """Three tasks of two inputs each, one of them shared, all done and in the ledger."""
    (tmp_path / "shared").write_text("s")
    found = []
    for name in "abc":
        (tmp_path / name).write_text(name)
        inputs = (str(tmp_path / name), str(tmp_path / "shared"))
        found.append(Task(name, inputs, str(tmp_path / f"{name}.out"), settings="1"))
    runner = TaskRunner(PLACE, copy, tmp_path, LaunchSettings())
    runner.run(found)
    runner.close()
    return found


def split(tasks, ledger):
    return resume(TaskList.pack(tasks), ledger)


def todo(tmp_path, tasks):
    found = split(tasks, tmp_path)
    assert len(found.todo) + found.finished == len(tasks)
    assert found.totals.tasks == found.totals.rows_in == found.finished
    assert found.totals.made["files"] == 2 * found.finished
    return "".join(tasks[index].id for index in found.todo)


def test_everything_finished_is_skipped(tmp_path, tasks):
    assert todo(tmp_path, tasks) == ""
    assert split(tasks, tmp_path).orphans == []


def test_without_a_ledger_everything_runs(tmp_path, tasks):
    assert list(split(tasks, tmp_path / "absent").todo) == [0, 1, 2]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: (d / "b.out").unlink(), "b"),
        (lambda d: (d / "b.out").write_text("cut"), "b"),
        (lambda d: (d / "b").write_text("longer"), "b"),
        (lambda d: os.utime(d / "b", ns=(0, 1)), "b"),
        (lambda d: (d / "b").unlink(), "b"),
        (lambda d: os.utime(d / "shared", ns=(0, 1)), "abc"),
    ],
)
def test_what_is_missing_or_has_changed_inputs_runs(tmp_path, tasks, change, expected):
    change(tmp_path)
    assert todo(tmp_path, tasks) == expected


def test_other_settings_output_or_inputs_run(tmp_path, tasks):
    a, b, c = tasks
    assert todo(tmp_path, [replace(a, settings="2"), b, c]) == "a"
    moved = tmp_path / "moved"
    (tmp_path / "b.out").rename(moved)
    assert todo(tmp_path, [a, replace(b, output=str(moved)), c]) == "b"
    assert todo(tmp_path, [a, replace(c, inputs=c.inputs[:1])]) == "c"
    assert todo(tmp_path, [a, replace(c, cost=99.0)]) == ""


def test_a_task_that_failed_last_runs_although_its_output_stands(tmp_path, tasks):
    row = read_ledger(tmp_path)[0]
    append(tmp_path, replace(row, run="20260101T000000000005", status="failed"))
    assert todo(tmp_path, tasks) == "a"


def test_the_last_row_of_a_task_is_that_of_the_last_attempt_of_the_last_run(tmp_path, tasks):
    row, later = read_ledger(tmp_path)[0], "20260101T000000000005"
    append(tmp_path, replace(row, run=later, attempt=2), replace(row, run=later, status="failed"))
    append(tmp_path, replace(row, worker=3, attempt=7, status="failed"))
    assert todo(tmp_path, tasks) == ""


def test_orphans_are_outputs_of_tasks_no_longer_listed(tmp_path, tasks):
    (tmp_path / "stranger.out").write_text("not ours")
    a, b, c = tasks
    found = split([a], tmp_path)
    assert [path.name for path in found.orphans] == ["b.out", "c.out"]
    # What another task of the list makes now, or what was replaced since, is no orphan.
    assert split([replace(b, id="renamed"), a, c], tmp_path).orphans == []
    (tmp_path / "c.out").write_text("somebody's")
    assert [path.name for path in remove_orphans(tmp_path, [a])] == ["b.out"]
    assert sorted(path.name for path in tmp_path.glob("*.out")) == ["a.out", "c.out", "stranger.out"]
    assert remove_orphans(tmp_path, [a]) == []


def test_tasks_that_share_an_id_or_an_output_are_refused(tmp_path, tasks):
    a, b, _ = tasks
    with pytest.raises(InputError, match="2 tasks have the id 'a'"):
        split([a, b, replace(b, id="a", output="x")], tmp_path)
    with pytest.raises(InputError, match="2 tasks have the output"):
        split([a, replace(b, output=a.output)], tmp_path)
    assert len(split([], tmp_path).todo) == 0
    nothing = [replace(a, output=""), replace(b, output="")]
    assert len(split(nothing, tmp_path).todo) == 2


def test_fingerprint_adds_up_the_inputs_and_tells_their_borders_apart(tmp_path):
    (tmp_path / "a").write_text("12345")
    (tmp_path / "b").write_text("67")
    paths = (str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path / "missing"))
    assert fingerprint(Task("t", paths, "o")).bytes_in == 7
    digests = {
        fingerprint(task, lambda _: (1, 1)).digest
        for task in (
            Task("t", ("a", "b"), "o"),
            Task("t", ("b", "a"), "o"),
            Task("t", ("ab",), "o"),
            Task("t", (), "o", settings="1"),
            Task("t", (), "o1"),
        )
    }
    assert len(digests) == 5
