"""A small stage on 1 to 4 real MPI ranks: always the same results, and no end that hangs or loses work."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from jobs.run_record import State
from jobs.status import status
from tests.pipeline.ranks import (
    ENVIRONMENT,
    HERE,
    ROWS_IN,
    SEVENFOLD,
    TASKS,
    Run,
    expected_outputs,
    outputs,
    rows,
    run,
    wait_for_rows,
    write_inputs,
)


@pytest.fixture
def folder(tmp_path):
    write_inputs(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("ranks", "workers", "launch"),
    [
        (0, 1, {"backend": "serial"}),
        (1, 1, {"distribution": "self"}),
        (2, 1, {"distribution": "self"}),
        (4, 3, {"distribution": "self"}),
        (3, 2, {"distribution": "self", "tasks_per_message": 5, "order": "random", "seed": 3}),
        (2, 2, {"distribution": "block", "order": "chronological"}),
        (3, 3, {"distribution": "cyclic", "order": "as-given"}),
    ],
)
def test_results_and_totals_are_the_same_whoever_does_the_work(folder, ranks, workers, launch):
    done = run(folder, ranks, launch=launch)
    assert (done.process.returncode, done.err) == (0, "")
    kept = ROWS_IN - SEVENFOLD
    expected = f"count: {TASKS} of {TASKS} tasks done; {ROWS_IN:,} rows in, {kept:,} out; "
    assert done.out.startswith(expected)
    assert done.out.endswith(f" on {workers} worker{'s' if workers > 1 else ''}\n")
    assert outputs(folder) == expected_outputs(folder)
    found = rows(folder)
    assert [row.task for row in found] == [f"t{i:02d}" for i in range(1, TASKS + 1)]
    assert sum(row.left["sevenfold"] for row in found) == SEVENFOLD
    assert {row.workers for row in found} == {workers}
    if launch.get("distribution") in ("block", "cyclic", "lpt"):  # else one may do it all
        assert {row.worker for row in found} == set(range(1, workers + 1))


@pytest.mark.parametrize("nodes", [{"MPIR_CVAR_NOLOCAL": "1"}, {"MPIR_CVAR_NUM_CLIQUES": "2"}])
@pytest.mark.parametrize("distribution", ["counter", "counter-factoring"])
def test_a_counter_serves_several_nodes(folder, nodes, distribution):
    """MPICH takes ranks for nodes of their own, or for two nodes: messages go through the network's path."""
    launch = {"distribution": distribution}
    started = Run(folder, 5, environment=ENVIRONMENT | nodes, seconds=0.05, launch=launch)
    assert (started.wait(), started.err) == (0, "")
    assert started.out.endswith(" on 4 workers\n")
    assert outputs(folder) == expected_outputs(folder)
    assert {row.worker for row in rows(folder)} == {1, 2, 3, 4}
    assert len(rows(folder)) == TASKS


def test_block_and_cyclic_give_each_worker_its_share(folder):
    run(folder, 2, launch={"distribution": "block", "order": "as-given"})
    assert [row.worker for row in rows(folder)] == [1] * 7 + [2] * 6
    for path in (folder / "out").iterdir():
        path.unlink()
    run(folder, 2, launch={"distribution": "cyclic", "order": "as-given"})
    assert [row.worker for row in rows(folder)[TASKS:]] == [1, 2] * 6 + [1]


def test_a_task_that_raises_is_told_and_the_others_go_on(folder):
    done = run(folder, 3, fails=["t03", "t11"], launch={"retries": 1})
    assert done.process.returncode == 1
    table = done.err.splitlines()
    assert len(table) == 5
    for line, task in zip(table[1:3], ("t03", "t11"), strict=True):
        place = r"worker [12] of 2 on host \S+"
        assert re.fullmatch(rf"{task} +2 +{place} +ValueError: cannot read {task}", line)
    assert table[4].startswith("error on rank 0: stage count: 2 of 13 tasks failed")
    failed = [row for row in rows(folder) if not row.done]
    assert [(row.task, row.attempt) for row in failed] == [("t03", 1), ("t03", 2), ("t11", 1), ("t11", 2)]
    assert all("in work" in row.traceback and row.inputs for row in failed)
    assert len(outputs(folder)) == TASKS - 2
    again = run(folder, 3)
    assert again.process.returncode == 0
    assert again.out.startswith(f"count: 2 of {TASKS} tasks done, {TASKS - 2} were up to date; ")


@pytest.mark.parametrize(
    ("rank", "distribution", "kind", "code", "message"),
    [
        (2, "self", "input", 2, "registry.parquet: not found; run stage registry"),
        (0, "cyclic", "key", 1, r"stage count broke off: KeyError: 'x' (worker 1 of 3 on host \S+)"),
    ],
)
def test_a_set_up_that_fails_on_one_rank_ends_all_in_one_line(
    folder, rank, distribution, kind, code, message
):
    launch = {"distribution": distribution}
    done = run(folder, 3, set_up_fails_on=rank, set_up_error=kind, launch=launch)
    assert done.process.returncode == code
    pattern = "error on rank 0: " + message.replace("(", r"\(").replace(")", r"\)")
    assert re.fullmatch(pattern, done.err.strip())
    assert rows(folder) == []


def test_with_several_hosts_the_line_says_which(folder):
    done = run(folder, 3, own_host_each=True, set_up_fails_on=2, set_up_error="input")
    assert done.err == "error on rank 0: registry.parquet: not found (on host n2); run stage registry\n"


def test_bad_input_of_the_plan_ends_all_ranks_in_one_line(folder):
    done = run(folder, 3, plan_fails=True)
    assert done.process.returncode == 2
    assert done.err == (
        f"error on rank 0: {folder / 'in'}: holds no hour file; give the folder with the raw files\n"
    )


def test_after_a_failed_stage_no_rank_goes_on_to_the_next(folder):
    done = run(folder, 3, stages=["one", "two"], fails=["t05"])
    assert done.process.returncode == 1
    assert len(rows(folder, "one")) == TASKS
    assert not (folder / "ledger-two").exists()


def test_more_ranks_than_cores_are_refused(folder):
    alone = ENVIRONMENT | {"TRACKMILL_OVERSUBSCRIBE": "0"}
    started = Run(folder, 2, environment=alone, launch={"triple": [1, 2, 4999], "distribution": "block"})
    assert started.wait() == 2
    assert "triple [1, 2, 4999]: 2 processes × 4999 threads need 9998 cores" in started.err
    assert len(started.err.splitlines()) == 1


def test_processes_that_mpi_does_not_bring_together_are_refused(folder):
    alone = ENVIRONMENT | {"SLURM_STEP_NUM_TASKS": "5"}  # what srun tells each of five tasks
    started = Run(folder, 1, environment=alone, launch={"triple": [1, 4, 1], "backend": "mpi"})
    assert started.wait() == 2
    assert "srun: has started 5 processes, but this Python's MPI sees only itself" in started.err
    assert len(started.err.splitlines()) == 1
    assert not (folder / "out").exists()


def test_ranks_that_fill_the_node_are_pinned_to_cores_of_their_own_in_every_stage(folder):
    cores = sorted(os.sched_getaffinity(0))
    if not 2 <= len(cores) <= 4:
        pytest.skip(f"fills every core with a rank, and here are {len(cores)}")
    done = run(folder, len(cores), stages=["one", "two"], affinity=True, launch={"distribution": "cyclic"})
    assert done.process.returncode == 0
    pinned = re.findall(r"rank (\d+) cores \[([\d, ]+)\]", done.out)
    assert sorted(pinned) == sorted([(str(rank), str(core)) for rank, core in enumerate(cores)] * 2)
    assert f"each process is pinned to 1 of {len(cores)} cores" in status(folder / "ledger-two").render()


def test_a_manager_with_nothing_to_do_leaves_the_core_to_others(folder):
    for path in sorted((folder / "in").iterdir())[2:]:
        path.unlink()
    done = run(folder, 2, seconds=0.7, cpu=True)
    used = float(re.search(r"rank 0 cpu ([\d.]+)", done.out)[1])
    assert used < 0.7  # waiting in MPI itself takes 1.4 s


def test_killed_ranks_lose_only_what_was_in_flight(folder):
    killed = Run(folder, 3, seconds=1.0)
    wait_for_rows(folder, 4)
    killed.kill(*killed.ranks().values(), killed.process)
    killed.wait()
    survived = {row.task for row in rows(folder)}
    assert 4 <= len(survived) < TASKS
    found = status(folder / "ledger-count")
    assert (found.state, found.done) == (State.DIED, len(survived))
    # Half a row, as a kill in the midst of a write leaves it.
    part = next((folder / "ledger-count").glob("part-*-1.jsonl"))
    part.write_bytes(part.read_bytes() + b'{"began":"2026')

    again = run(folder, 3, launch={"distribution": "cyclic"})
    assert again.process.returncode == 0
    last_run = max(row.run for row in rows(folder))
    rerun = {row.task for row in rows(folder) if row.run == last_run}
    assert rerun == {f"t{i:02d}" for i in range(1, TASKS + 1)} - survived
    assert outputs(folder) == expected_outputs(folder)


def test_two_runs_on_one_ledger_are_kept_apart(folder):
    first = Run(folder, 3, seconds=0.6)
    wait_for_rows(folder, 1)
    assert status(folder / "ledger-count").state is State.RUNNING
    second = run(folder, 2)
    assert second.process.returncode == 2
    assert re.fullmatch(
        r"error on rank 0: \S+ledger-count: another run is at work here: process \d+ on host \S+; "
        r"wait for its end, or end it\n",
        second.err,
    )
    assert first.wait() == 0
    assert outputs(folder) == expected_outputs(folder)


def test_one_killed_rank_ends_the_run_and_a_rerun_completes_it(folder):
    killed = Run(folder, 3, seconds=0.3)
    wait_for_rows(folder, 2)
    killed.kill(killed.ranks()[2])
    assert killed.wait() != 0
    assert run(folder, 2, launch={"distribution": "block"}).process.returncode == 0
    assert outputs(folder) == expected_outputs(folder)


@pytest.mark.parametrize("distribution", ["self", "block", "counter"])
def test_sigterm_lets_tasks_in_flight_finish_and_starts_no_new_ones(folder, distribution):
    launch = {"distribution": distribution}
    stopped = Run(folder, 3, seconds=0.3, launch=launch)
    wait_for_rows(folder, 3)
    stopped.process.send_signal(signal.SIGTERM)
    assert stopped.wait() == 75
    done = len(outputs(folder))
    assert 3 <= done < TASKS
    assert stopped.err == (
        f"error on rank 0: stage count was asked to stop: {done} tasks done, {TASKS - done} left; "
        "run it again to go on\n"
    )
    assert all(row.done for row in rows(folder))
    again = run(folder, 3, launch=launch)
    assert again.out.startswith(f"count: {TASKS - done} of {TASKS} tasks done, {done} were up to date; ")


def test_one_worker_asked_to_stop_stops_all_through_the_manager(folder):
    stopped = Run(folder, 3, seconds=0.3)
    wait_for_rows(folder, 2)
    stopped.ranks()[1].terminate()
    assert stopped.wait() == 75
    assert len(outputs(folder)) < TASKS


def test_serial_imports_no_mpi(folder):
    code = f"""
import sys
sys.argv = ["program", {str(folder)!r}, '{{"launch": {{"backend": "serial"}}}}']
sys.path.insert(0, {str(HERE)!r})
import jobs_mpi_program
assert jobs_mpi_program.main() == 0
print([name for name in sys.modules if name.split(".")[0] in ("mpi4py", "polars", "tracks", "numba")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
