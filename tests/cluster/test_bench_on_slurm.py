"""Strategies of `trackmill bench` that need SLURM: a job array, and steps of one job."""

import os
import signal
import subprocess

import pytest

from data_schemas.config import BenchSettings, Config
from jobs.triple import Triple
from workflow.bench.data import prepare_data
from workflow.bench.design import Configuration, probe_of
from workflow.bench.measure import measure
from workflow.bench.strategies import _job_name, _submitted, cannot_run

pytestmark = pytest.mark.usefixtures("cluster")

SETTINGS = BenchSettings(hours=3, aircraft=40)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    config = Config(bench=SETTINGS, datasets={"unused": {}})
    return prepare_data(config, {"organize"}, tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("strategy", ["slurm-array", "slurm-steps"])
def test_tasks_run_as_jobs_and_as_steps(jobs, strategy, tmp_path):
    assert cannot_run(strategy) is None
    one = Configuration("organize", strategy, Triple(1, 2, 1), "chronological")
    facts, tasks = measure(one, jobs["organize"], SETTINGS, tmp_path / "run")
    assert (facts["status"], facts["error"]) == ("done", None)
    assert sorted(task["task"] for task in tasks) == [f"states_2021-10-04-{hour}" for hour in (12, 13, 14)]
    assert {task["node"] for task in tasks} <= {"n1", "n2", "n3", "n4"}
    assert not facts["oversubscribed"]
    idle = facts["launch_core_s"] + facts["dispatch_core_s"] + facts["barrier_core_s"]
    assert idle + facts["busy_core_s"] == pytest.approx(facts["workers"] * facts["job_s"])
    assert facts["busy_max_s"] < facts["job_s"]


def test_a_probe_tells_what_a_job_of_the_array_costs(jobs, tmp_path):
    one = Configuration("organize", "slurm-array", Triple(1, 2, 1))
    facts, tasks = measure(probe_of(one), jobs["organize"], SETTINGS, tmp_path / "run")
    assert (facts["status"], len(tasks), facts["rows"]) == ("done", 6, 0)
    assert facts["turn_s"] > 0.1  # a Python starts, and SLURM its job


def test_an_interrupt_cancels_the_job(tmp_path):
    job = ["sbatch", "--wait", f"--job-name={_job_name()}", "--output=/dev/null", "--wrap=sleep 300"]
    asked = f"until squeue -h -n {_job_name()} | grep -q ' R '; do sleep 0.2; done; kill -INT {os.getpid()}"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    watch = subprocess.Popen(["bash", "-c", asked])
    try:
        with pytest.raises(KeyboardInterrupt):
            _submitted(job, os.environ, tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
        watch.wait(60)
    left = ["squeue", "--noheader", f"--name={_job_name()}", "--states=PENDING,RUNNING"]
    assert subprocess.run(left, capture_output=True, check=True, timeout=60).stdout == b""
