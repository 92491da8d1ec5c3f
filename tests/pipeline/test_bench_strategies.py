"""Ways of launching that are measured: each does the same work, and says who did it."""

import os
import signal

import psutil
import pytest

from data_schemas.config import BenchSettings, Config
from jobs.triple import Triple
from workflow.bench.data import prepare_data
from workflow.bench.design import Configuration
from workflow.bench.measure import measure
from workflow.bench.strategies import _wait, cannot_run

SETTINGS = BenchSettings(hours=3, aircraft=40)
TWO = Triple(1, 2, 1)
HOURS = [f"states_2021-10-04-{hour}" for hour in (12, 13, 14)]


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    config = Config(bench=SETTINGS, datasets={"unused": {}})
    return prepare_data(config, {"organize"}, tmp_path_factory.mktemp("data"))["organize"]


@pytest.mark.parametrize(
    ("strategy", "triple"),
    [
        ("process-a-task", TWO),
        ("snakemake", TWO),
        ("futures", TWO),
        ("dask-mpi", TWO),
        ("mpi", Triple(2, 1, 1)),
    ],
)
def test_the_work_is_done_and_the_time_accounted_for(job, strategy, triple, tmp_path):
    if why := cannot_run(strategy):
        pytest.skip(why)
    one = Configuration("organize", strategy, triple, "chronological")
    facts, tasks = measure(one, job, SETTINGS, tmp_path / "run")
    assert (facts["status"], facts["error"]) == ("done", None)
    assert sorted(task["task"] for task in tasks) == HOURS
    assert facts["rows"] == sum(task["rows_in"] for task in tasks) > 0
    idle = facts["launch_core_s"] + facts["dispatch_core_s"] + facts["barrier_core_s"]
    assert idle + facts["busy_core_s"] == pytest.approx(2 * facts["job_s"])
    assert {task["worker"] for task in tasks} <= {1, 2}
    if triple.nodes == 2:
        assert {task["node"] for task in tasks} <= {"virtual-1", "virtual-2"}
        assert facts["virtual_nodes"]


def test_a_strategy_that_fails_says_why(job, tmp_path, monkeypatch):
    monkeypatch.setattr("jobs.launcher.find_mpiexec", lambda: "/bin/false")
    facts, tasks = measure(Configuration("organize", "mpi", TWO), job, SETTINGS, tmp_path / "run")
    assert facts["status"] == "failed"
    assert facts["error"].startswith("exit code 1")
    assert tasks == []


def test_an_interrupt_ends_all_that_a_run_has_started(tmp_path):
    script = f"sleep 300 & echo $! > {tmp_path}/pid; sleep 1; kill -INT {os.getpid()}; wait"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            _wait(["bash", "-c", script], os.environ, tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    started = int((tmp_path / "pid").read_text())
    assert not psutil.pid_exists(started) or psutil.Process(started).status() == psutil.STATUS_ZOMBIE
