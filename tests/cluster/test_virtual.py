"""The virtual cluster is what the tests on it take it for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import batch
from tests.cluster.virtual.configuration import CPUS, KILL_WAIT_SECONDS, MEMORY_MB, NODES

pytestmark = pytest.mark.usefixtures("cluster")
ROOT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def output_of(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def nodes_by_state():
    lines = output_of("sinfo", "--noheader", "--Node", "--partition=all", "--format=%N %T").splitlines()
    return dict(line.split() for line in lines)


def test_four_nodes_are_idle():
    everyone_idle = dict.fromkeys(NODES, "idle")
    batch.until(lambda: nodes_by_state() == everyone_idle, 30, "idle nodes")
    lines = output_of("sinfo", "--noheader", "--Node", "--partition=all", "--format=%N %c %m").splitlines()
    assert sorted(lines) == [f"{node} {CPUS} {MEMORY_MB}" for node in NODES]


@as_root
def test_starting_again_says_it_is_up():
    assert "already up" in output_of(sys.executable, "-m", "tests.cluster.virtual", "start", cwd=ROOT)


def test_a_task_runs_on_every_node():
    told = output_of("srun", "-N4", "-n4", "--mem=100", "bash", "-c", "echo $SLURMD_NODENAME")
    assert sorted(told.split()) == list(NODES)


def test_mpi_spans_two_nodes():
    pytest.importorskip("mpi4py")
    program = Path(__file__).with_name("mpi_sum_program.py")
    told = output_of("srun", "--mpi=pmi2", "-N2", "-n4", "--mem=1000", sys.executable, str(program))
    ranks = json.loads(told)
    assert [rank["rank"] for rank in ranks] == [0, 1, 2, 3]
    assert {rank["size"] for rank in ranks} == {4}
    assert {rank["sum"] for rank in ranks} == {1 + 2 + 3 + 4}
    assert len({rank["node"] for rank in ranks}) == 2
    # Ranks of one virtual node share it for MPI too, although the host is one.
    assert {rank["on_node"] for rank in ranks} == {2}


def test_batch_job_reports_exit_code_and_output(tmp_path):
    ended = batch.wait(batch.submit(tmp_path, "echo out; echo err >&2; exit 3"), 30)
    assert (ended.state, ended.exit_code, ended.signal) == ("FAILED", 3, 0)
    assert (ended.stdout, ended.stderr) == ("out\n", "err\n")


def test_walltime_of_the_short_partition_is_a_minute():
    assert "MaxTime=00:01:00" in output_of("scontrol", "show", "partition", "short")


def start_sleeper(folder, on_term, *options):
    script = f"trap '{on_term}' TERM; echo ready; while true; do sleep 0.1; done"
    job = batch.submit(folder, script, "--mem=100", *options)
    batch.until(lambda: job.output.exists() and "ready" in job.output.read_text(), 30, "the script")
    return job


def test_scancel_asks_first(tmp_path):
    job = start_sleeper(tmp_path, "echo asked; exit 0")
    batch.cancel(job)
    ended = batch.wait(job, 30)
    assert (ended.state, ended.stdout) == ("CANCELLED", "ready\nasked\n")


def test_scancel_kills_what_does_not_listen(tmp_path):
    job = start_sleeper(tmp_path, "date +%s")
    batch.cancel(job)
    ended = batch.wait(job, KILL_WAIT_SECONDS + 30)
    assert (ended.state, ended.signal) == ("CANCELLED", 9)
    ready, asked, *more = ended.stdout.splitlines()
    assert (ready, asked.isdigit(), more) == ("ready", True, [])


@as_root
def test_a_node_that_goes_down_ends_its_job(tmp_path):
    job = start_sleeper(tmp_path, "exit 0", "--nodelist=n3", "--no-requeue")
    try:
        output_of("scontrol", "update", "NodeName=n3", "State=DOWN", "Reason=test")
        assert batch.wait(job, 30).state == "NODE_FAIL"
        assert nodes_by_state()["n3"].startswith("down")
    finally:
        output_of("scontrol", "update", "NodeName=n3", "State=RESUME")
        batch.until(lambda: nodes_by_state()["n3"] == "idle", 30, "idle node n3")


@pytest.mark.parametrize(
    "options", [("--exclusive", "--mem=100"), ("--mem=1500",)], ids=["exclusive", "memory"]
)
def test_a_node_is_not_shared_out_twice(tmp_path, options):
    first = batch.submit(tmp_path, "sleep 60", "--nodelist=n4", *options)
    second = batch.submit(tmp_path, "sleep 60", "--nodelist=n4", *options)
    try:
        batch.until(lambda: batch.state(first) == "RUNNING", 30, "the first job")
        assert batch.state(second) == "PENDING"
    finally:
        batch.cancel(second)
        batch.cancel(first)
        batch.wait(first, 30)


def test_more_memory_than_a_node_has_is_refused(tmp_path):
    with pytest.raises(subprocess.CalledProcessError) as caught:
        batch.submit(tmp_path, "true", f"--mem={MEMORY_MB + 1}")
    assert "Memory specification can not be satisfied" in caught.value.stderr
