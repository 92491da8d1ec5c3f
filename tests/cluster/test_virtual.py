"""The virtual cluster is what the tests on it take it for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import batch
from tests.cluster.virtual import processes
from tests.cluster.virtual.configuration import ACCOUNT, CPUS, KILL_WAIT_SECONDS, MEMORY_MB, NODES, QOS
from tests.cluster.virtual.leftovers import job_processes
from tests.cluster.virtual.nodes import bring_node_up, take_node_down
from tests.cluster.virtual.record import RECORD

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


@pytest.fixture
def lost_node():
    yield "n3"
    bring_node_up("n3")


def start_step_on_two_nodes(folder, *options):
    step = "srun --ntasks=2 --mem=100 bash -c 'touch $SLURMD_NODENAME; sleep 60; true'"
    again = "[[ ${SLURM_RESTART_COUNT:-0} == 0 ]] || { srun --ntasks=2 --mem=100 hostname; exit; }"
    shape = ("--nodelist=n3,n4", "--nodes=2", "--ntasks-per-node=1", "--mem=100")
    job = batch.submit(folder, f"{again}\n{step}", *shape, *options)
    batch.until(lambda: (folder / "n3").exists() and (folder / "n4").exists(), 30, "both tasks")
    return job


@as_root
def test_a_job_fails_with_its_node(tmp_path, lost_node):
    job = start_step_on_two_nodes(tmp_path, "--no-requeue")
    take_node_down(lost_node)
    assert not job_processes(lost_node)
    assert nodes_by_state()[lost_node].startswith("down")
    assert batch.wait(job, 30).state == "NODE_FAIL"
    bring_node_up(lost_node)
    assert nodes_by_state()[lost_node] == "idle"
    assert all(process.is_running() for process in processes.load(RECORD))
    assert "already up" in output_of(sys.executable, "-m", "tests.cluster.virtual", "start", cwd=ROOT)


@as_root
def test_a_job_is_requeued_while_its_lost_ranks_go_on(tmp_path, lost_node):
    job = start_step_on_two_nodes(tmp_path)
    take_node_down(lost_node, slurmd_only=True)
    batch.until(lambda: batch.state(job) == "PENDING", 30, "the job in the queue again")
    assert job_processes(lost_node)
    bring_node_up(lost_node)
    assert not job_processes(lost_node)
    # SLURM would wait two minutes.
    output_of("scontrol", "update", f"JobId={job.number}", "StartTime=now")
    assert batch.wait(job, 30).state == "COMPLETED"


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([f"--mem={MEMORY_MB + 1}"], "Memory specification can not be satisfied"),
        ([f"--nodes={len(NODES) + 1}"], "Node count specification invalid"),
        (["--nodes=1", f"--ntasks-per-node={CPUS + 1}"], "node configuration is not available"),
        (["--partition=short", "--time=2"], "time limit is invalid"),
        (["--partition=projects"], "Invalid account"),
        (["--partition=projects", "--account=other"], "Invalid account"),
        (["--partition=projects", f"--account={ACCOUNT}", "--qos=other"], "Invalid qos"),
    ],
)
def test_what_cannot_be_is_refused_at_once(tmp_path, options, words):
    with pytest.raises(subprocess.CalledProcessError) as caught:
        batch.submit(tmp_path, "true", *options)
    assert words in caught.value.stderr


def test_the_projects_account_is_taken(tmp_path):
    job = batch.submit(tmp_path, "true", "--partition=projects", f"--account={ACCOUNT}", f"--qos={QOS}")
    assert batch.wait(job, 30).state == "COMPLETED"
