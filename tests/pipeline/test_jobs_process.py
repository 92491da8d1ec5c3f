"""Backend process on real processes that really die: what is lost, what is told, what the next run does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from jobs.run_record import State
from jobs.status import status
from tests.pipeline.ranks import (
    DEADLINE_S,
    ENVIRONMENT,
    HERE,
    ROWS_IN,
    SEVENFOLD,
    TASKS,
    expected_outputs,
    outputs,
    rows,
    wait_for_rows,
    write_inputs,
)

PROGRAM = [sys.executable, str(HERE / "jobs_process_program.py")]
NAMES = [f"t{i:02d}" for i in range(1, TASKS + 1)]


@pytest.fixture
def folder(tmp_path):
    write_inputs(tmp_path)
    return tmp_path


class Run:
    """The program, started in a process group of its own and not yet waited for."""

    def __init__(self, folder, environment=ENVIRONMENT, **options):
        command = [*PROGRAM, str(folder), json.dumps(options)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, env=environment, start_new_session=True
        )
        self.pid = self.process.pid
        self.code = self.out = self.err = None

    def workers(self):
        children = psutil.Process(self.pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def wait(self):
        try:
            self.out, self.err = self.process.communicate(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            pytest.fail(f"it hangs; it said {self.process.communicate()}")
        self.code = self.process.returncode
        return self


def run(folder, **options):
    return Run(folder, **options).wait()


def without(folder, *names):
    return {name: text for name, text in expected_outputs(folder).items() if name[:-4] not in names}


def error_lines(done):
    """Error by task from the table of failures."""
    found = (re.match(r"(t\d+) +(\d+) +worker \d of \d on host \S+ +(.*)", s) for s in done.err.splitlines())
    return {line[1]: (int(line[2]), line[3]) for line in found if line}


@pytest.mark.parametrize(
    ("launch", "workers"),
    [
        ({"triple": [1, 3, 1], "tasks_per_message": 4}, None),
        ({"distribution": "cyclic"}, [1, 2] * 6 + [1]),
    ],
)
def test_results_totals_and_threads(folder, launch, workers):
    done = run(folder, launch=launch, show=True)
    assert (done.code, done.err) == (0, "")
    *shown, line = done.out.splitlines()
    count = launch.get("triple", [1, 2, 1])[1]
    assert line.startswith(
        f"count: {TASKS} of {TASKS} tasks done; {ROWS_IN:,} rows in, {ROWS_IN - SEVENFOLD:,} out; "
    )
    assert outputs(folder) == expected_outputs(folder)
    found = rows(folder)
    assert [row.task for row in found] == NAMES
    assert {row.workers for row in found} == {count}
    assert workers is None or [row.worker for row in found] == workers
    assert len(shown) == count
    for facts in map(json.loads, shown):
        assert (facts["OMP_NUM_THREADS"], facts["POLARS_MAX_THREADS"]) == ("1", "1")
    cores = sorted(os.sched_getaffinity(0))
    if count == len(cores):  # each has a core of its own
        assert sorted(core for facts in map(json.loads, shown) for core in facts["cores"]) == cores


def test_each_way_to_die_costs_one_task_and_the_next_run_does_just_those(folder):
    poison = {
        "t02": "kill",
        "t04": "segfault",
        "t06": "exit",
        "t07": "sleep",
        "t09": "hang",
        "t12": "allocate",
    }
    launch = {"task_seconds": 0.8, "task_memory_gb": 0.4, "tasks_per_message": 3}
    done = run(folder, poison=poison, launch=launch)
    assert done.code == 1
    errors = {task: error for task, (attempts, error) in error_lines(done).items() if attempts == 1}
    of_it = "the worker died of it: "
    memory = errors.pop("t12")
    assert re.fullmatch(of_it + r"ended at the memory limit: 0\.[4-9]\d GiB, more than 0\.40 GiB", memory)
    assert errors == {
        "t02": of_it + "killed by SIGKILL (out of memory?)",
        "t04": of_it + "killed by SIGSEGV",
        "t06": of_it + "ended itself with code 5",
        "t07": "TaskTimeoutError: longer than the limit of 0.8 s",
        "t09": of_it + "ended at the time limit of 0.8 s, in a call that did not return",
    }
    assert f"stage count: 6 of {TASKS} tasks failed" in done.err
    assert outputs(folder) == without(folder, *poison)
    found = {row.task: row for row in rows(folder)}
    assert {task for task, row in found.items() if row.status == "crashed"} == set(poison) - {"t07"}
    assert {task for task, row in found.items() if row.done} == set(NAMES) - set(poison)
    assert "jobs_mpi_program.py" in found["t04"].error  # the note of faulthandler: where it happened

    again = run(folder)
    assert again.code == 0
    assert again.out.startswith(f"count: 6 of {TASKS} tasks done, {TASKS - 6} were up to date; ")
    assert outputs(folder) == expected_outputs(folder)


def test_a_retry_counts_on_and_the_rest_of_what_was_given_goes_on(folder):
    poison = {"t03": "kill once", "t04": "segfault once", "t07": "exit"}
    launch = {"triple": [1, 1, 1], "tasks_per_message": 20, "retries": 1}
    done = run(folder, poison=poison, launch=launch)
    assert done.code == 1
    assert error_lines(done) == {"t07": (2, "the worker died of it: ended itself with code 5")}
    assert outputs(folder) == without(folder, "t07")
    tried = [(row.task, row.attempt, row.status) for row in rows(folder)]
    ends = {"t03": ["crashed", "done"], "t04": ["crashed", "done"], "t07": ["crashed", "crashed"]}
    assert tried == [(task, n, end) for task in NAMES for n, end in enumerate(ends.get(task, ["done"]), 1)]
    found = json.loads(next((folder / "ledger-count").glob("run-*.json")).read_text())
    assert (found["state"], found["todo"]) == ("failed", TASKS)


def test_what_processes_did_before_they_died_counts_once(folder):
    done = run(folder, poison={"t06": "kill once"}, launch={"triple": [1, 1, 1], "retries": 1})
    assert (done.code, done.err) == (0, "")
    assert f"{TASKS} of {TASKS} tasks done; {ROWS_IN:,} rows in, {ROWS_IN - SEVENFOLD:,} out" in done.out


def test_a_worker_that_dies_while_it_waits_costs_nothing(folder):
    done = run(folder, set_up="dies when it is done")
    assert (done.code, done.err) == (0, "")
    assert all(row.done and row.attempt == 1 for row in rows(folder))
    assert outputs(folder) == expected_outputs(folder)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"set_up": "input"}, 2, "registry.parquet: not found; run stage registry"),
        (
            {"set_up": "dies", "launch": {"triple": [1, 1, 1]}},
            1,
            r"stage count broke off: worker 1 of 1 on host \S+ died 3 times with no task in flight: "
            "killed by SIGABRT",
        ),
        (
            {"lambda": True},
            2,
            r"stage count: the worker cannot be sent to other processes \(.*\); make it .*",
        ),
        (
            {"launch": {"triple": [2, 1, 1]}},
            2,
            r"triple \[2, 1, 1\]: 2 nodes, but backend process is one machine; write \[1,1,1\]",
        ),
        (
            {"launch": {"memory_gb": 99999}},
            2,
            r"triple \[1, 2, 1\]: 2 processes of 99999.0 GiB need .*",
        ),
    ],
)
def test_what_cannot_work_is_one_line_and_no_task(folder, options, code, message):
    done = run(folder, **options)
    assert done.code == code
    assert re.fullmatch(f"error: {message}\n", done.err)
    assert not (folder / "out").exists()


def test_a_set_up_that_fails_after_a_death_lets_the_others_finish(folder):
    done = run(folder, set_up="late", poison={"t01": "kill"}, slow=["t02"], seconds=2)
    assert (done.code, done.err) == (2, "error: registry.parquet: has gone; run stage registry\n")
    assert {row.task for row in rows(folder) if row.done} >= {"t02"}
    assert {row.status for row in rows(folder)} == {"done", "crashed"}


@pytest.mark.parametrize(
    ("whom", "number"), [("leader", signal.SIGTERM), ("group", signal.SIGINT), ("worker", signal.SIGTERM)]
)
def test_asked_to_stop_it_finishes_what_is_in_flight(folder, whom, number):
    launch = {"distribution": "block" if whom == "leader" else "self"}
    started = Run(folder, seconds=0.2, launch=launch)
    wait_for_rows(folder, 2)
    if whom == "group":
        os.killpg(started.pid, number)
    else:
        os.kill(started.pid if whom == "leader" else started.workers()[0].pid, number)
    done = started.wait()
    count = len(outputs(folder))
    assert 2 <= count < TASKS
    assert (done.code, done.err) == (
        75,
        f"error: stage count was asked to stop: {count} tasks done, {TASKS - count} left; "
        "run it again to go on\n",
    )
    assert all(row.done for row in rows(folder))
    assert status(folder / "ledger-count").state is State.STOPPED


def test_asked_to_stop_while_workers_start_it_stops_without_a_word_of_theirs(folder):
    started = Run(folder)
    deadline = time.monotonic() + DEADLINE_S
    while not started.workers():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(started.pid, signal.SIGINT)
    done = started.wait()
    assert done.code == 75
    assert done.err == (
        f"error: stage count was asked to stop: 0 tasks done, {TASKS} left; run it again to go on\n"
    )


def test_workers_end_with_a_leader_that_is_killed_and_the_next_run_goes_on(folder):
    started = Run(folder, seconds=0.25, launch={"tasks_per_message": 3}, poison={"t06": "hang"})
    wait_for_rows(folder, 4)
    workers = started.workers()
    assert len(workers) == 2
    started.process.kill()
    started.wait()
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert alive == []
    survived = {row.task for row in rows(folder) if row.done}
    assert 4 <= len(survived) < TASKS
    again = run(folder)
    assert again.code == 0
    last_run = max(row.run for row in rows(folder))
    assert {row.task for row in rows(folder) if row.run == last_run} == set(NAMES) - survived
    assert outputs(folder) == expected_outputs(folder)
