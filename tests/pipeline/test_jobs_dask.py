"""Backend dask with real workers: the deaths of tasks and of the program, and being asked to stop."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess

import psutil
import pytest

from data_schemas.config.launch import LaunchSettings
from jobs.launcher import command, ranks
from tests.pipeline.ranks import (
    DEADLINE_S,
    ENVIRONMENT,
    PROGRAM,
    ROWS_IN,
    SEVENFOLD,
    TASKS,
    expected_outputs,
    outputs,
    rows,
    wait_for_rows,
    write_inputs,
)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="distributed is not installed"
)

LAUNCH = {"backend": "dask", "triple": [1, 2, 1], "order": "as-given"}


@pytest.fixture
def folder(tmp_path):
    write_inputs(tmp_path)
    return tmp_path


def start(folder, launch, **options):
    """The program as `trackmill` starts it: on ranks where dask is on ranks."""
    launch = LAUNCH | launch
    words = [*PROGRAM, str(folder), json.dumps(options | {"launch": launch})]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(LaunchSettings(**launch), words),
        stdout=pipe,
        stderr=pipe,
        text=True,
        env=ENVIRONMENT,
        start_new_session=True,
    )


def finish(process):
    """Exit code, what was said, and a check that no process is left."""
    try:
        out, err = process.communicate(timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail(f"hangs; it said {process.communicate()}")
    mine = [p for p in psutil.process_iter() if _session(p) == process.pid]
    psutil.wait_procs(mine, timeout=20)
    assert not [p for p in mine if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    return process.returncode, out, err


def _session(process):
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return None


DEADLY = {"t03": "kill", "t05": "segfault", "t07": "hang", "t09": "allocate"}


def test_each_way_to_die_costs_one_task_and_the_next_run_does_just_those(folder):
    launch = {"tasks_per_message": 4}
    limits = {"task_seconds": 1.5, "task_memory_gb": 0.4}
    code, _, err = finish(start(folder, launch | limits, poison=DEADLY, fails=["t11"]))
    assert code == 1
    told = {line.split()[0]: line for line in err.splitlines() if line.startswith("t")}
    assert set(told) == {"task", *DEADLY, "t11"}
    assert told["t03"].endswith("the worker died of it: its process was ended from outside")
    assert "the worker died of it: Fatal Python error: Segmentation fault" in told["t05"]
    assert told["t07"].endswith("ended at the time limit of 1.5 s, in a call that did not return")
    assert "ended at the memory limit: 0.4" in told["t09"]
    assert told["t11"].endswith("ValueError: cannot read t11")
    bad = {f"{task}.txt" for task in [*DEADLY, "t11"]}
    expected = expected_outputs(folder)
    assert outputs(folder) == {name: text for name, text in expected.items() if name not in bad}
    found = {row.task: row for row in rows(folder)}
    assert len(found) == TASKS == len(rows(folder))
    assert {task: row.status for task, row in found.items() if not row.done} == dict.fromkeys(
        DEADLY, "crashed"
    ) | {"t11": "failed"}
    code, out, err = finish(start(folder, launch))
    assert (code, err) == (0, "")
    assert out.startswith(f"count: 5 of {TASKS} tasks done, {TASKS - 5} were up to date; ")
    assert outputs(folder) == expected


def test_on_ranks_a_retry_counts_on_after_a_death(folder):
    launch = {"dask": "mpi", "distribution": "cyclic", "retries": 1}
    assert ranks(LaunchSettings(**(LAUNCH | launch))) == 4
    code, _, err = finish(start(folder, launch, poison={"t05": "kill"}))
    assert code == 1
    assert re.search(r"^t05 +2 +worker 1 of 2 on host ", err, re.MULTILINE)
    assert f"stage count: 1 of {TASKS} tasks failed" in err
    expected = expected_outputs(folder)
    assert outputs(folder) == {name: text for name, text in expected.items() if name != "t05.txt"}
    assert {row.worker for row in rows(folder) if row.task in {"t07", "t09", "t11"}} == {1}
    attempts = [(row.attempt, row.status) for row in rows(folder) if row.task == "t05"]
    assert attempts == [(1, "crashed"), (2, "crashed")]


@pytest.mark.parametrize("launch", [{"tasks_per_message": 5}, {"dask": "mpi"}])
def test_asked_to_stop_the_tasks_in_flight_finish(folder, launch):
    process = start(folder, launch, seconds=0.4)
    wait_for_rows(folder, 2)
    os.killpg(process.pid, signal.SIGTERM)  # as SLURM and a terminal do: to all processes
    code, _, err = finish(process)
    done = len(outputs(folder))
    assert 2 <= done < TASKS
    assert all(row.done for row in rows(folder))
    told = f"stage count was asked to stop: {done} tasks done, {TASKS - done} left; run it again to go on\n"
    assert err == f"error on rank 0: {told}"
    assert code == 75


def working(process):
    """Processes of dask's workers that have begun, by number: they hold their parts open."""
    found = {}
    for child in psutil.Process(process.pid).children(recursive=True):
        for file in child.open_files():
            if match := re.search(r"/part-\w+-(\d+)\.jsonl$", file.path):
                found[int(match[1])] = child
    return found


def test_workers_end_with_a_program_that_is_killed_whatever_they_do(folder):
    process = start(folder, {}, seconds=0.1, poison={"t05": "hang"})
    wait_for_rows(folder, 9)
    process.kill()
    finish(process)
    code, out, err = finish(start(folder, {}))
    assert (code, err) == (0, "")
    assert out.startswith("count: ")
    assert {row.task: row.status for row in rows(folder) if not row.done}["t05"] == "interrupted"
    assert outputs(folder) == expected_outputs(folder)


def test_a_worker_that_dies_while_it_waits_costs_nothing(folder):
    process = start(folder, {"distribution": "block"}, seconds=4, slow=["t07"])
    wait_for_rows(folder, TASKS - 1)
    working(process)[2].kill()
    code, out, err = finish(process)
    assert (code, err) == (0, "")
    assert f"{TASKS} of {TASKS} tasks done; {ROWS_IN:,} rows in, {ROWS_IN - SEVENFOLD:,} out" in out
    assert outputs(folder) == expected_outputs(folder)


def test_a_set_up_that_fails_ends_the_run_in_one_line(folder):
    code, _, err = finish(start(folder, {}, set_up_fails_on=0, set_up_error="input"))
    assert (code, err) == (2, "error on rank 0: registry.parquet: not found; run stage registry\n")
    for launch in ({}, {"dask": "mpi"}):
        code, _, err = finish(start(folder, launch, plan_fails=True))
        assert code == 2
        assert err.endswith("holds no hour file; give the folder with the raw files\n")
        assert len(err.splitlines()) == 1
