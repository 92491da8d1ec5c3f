"""Scripts of `trackmill sbatch` on a real SLURM: piped to sbatch, as a user does."""

import collections
import dataclasses
import json
import re
import subprocess
import sys

import pytest

from data_schemas.config import ClusterSettings, LaunchSettings
from jobs.ledger import read_ledger
from jobs.slurm.request import request
from jobs.slurm.script import batch_script, command_line
from tests.cluster import batch
from tests.cluster.virtual.configuration import NODES
from tests.pipeline.runs import trackmill
from workflow.layout import STAGES

HOURS = 8
SIMULATED = ["--set", f"hours={HOURS}", "--set", "aircraft=100", "--set", "start=2021-10-04-10"]
SMALL = ["--config", "config.yaml", "--launch", "memory_gb=0.6", "--cluster", "minutes=5"]
JOB_S = 180


@pytest.fixture
def project(tmp_path):
    """A folder with simulated hours, their registry, and a folder to submit from."""
    folder = tmp_path / "my project"
    done = trackmill("simulate", folder, *SIMULATED)
    assert done.returncode == 0, done.stderr
    return folder


def drive(folder, script):
    """Run a driver: the jobs that it submitted, in order, by their names."""
    done = subprocess.run(
        ["bash"], cwd=folder, input=script, capture_output=True, text=True, check=True, timeout=JOB_S
    )
    told = done.stderr
    found = re.findall(r"^job (\d+): (\w+)(?: --dataset (\w+))?$", told, re.MULTILINE)
    assert len(found) == len(told.splitlines()) == 7, told
    logs = folder / "my project" / "results" / "logs"
    jobs = {}
    for number, what, dataset in found:
        log = logs / f"{'-'.join(filter(None, ['trackmill', dataset, what]))}-{number}.log"
        jobs[what] = batch.Job(int(number), log, log)
    return jobs


@pytest.fixture(scope="module", autouse=True)
def warned(cluster, tmp_path_factory):  # noqa: ARG001
    """Jobs that wait to be warned, one without steps and one with, started early: it takes up to a minute."""
    folder = tmp_path_factory.mktemp("warned")
    heed = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(75)); time.sleep(100)"
    settings = ClusterSettings(minutes=1, warning_seconds=59)
    asked = request(LaunchSettings(backend="serial", triple=(1, 1, 1), memory_gb=0.1), settings)
    jobs = []
    for steps in (False, True):
        words = ["exec", *(["srun", "--ntasks=1"] if steps else []), sys.executable, "-c", heed]
        one = dataclasses.replace(asked, steps=steps)
        script = batch_script(one, "warned", "It waits.", folder, [command_line(words)])
        jobs.append(batch.submit_printed(folder, script, "warned"))
    return jobs


def summary(project, stage):
    return json.loads((project / "results" / "simulation" / "ledger" / f"{stage}.json").read_text())


def test_a_stage_runs_on_the_nodes_of_its_triple(project, tmp_path):
    built = trackmill("registry", "build", "--config", "config.yaml", cwd=project)
    assert built.returncode == 0, built.stderr
    launch = ["--triple", "2,2,1", "--backend", "mpi", "--distribution", "cyclic"]
    printed = trackmill("sbatch", "organize", *SMALL, *launch, cwd=project)
    assert (printed.returncode, printed.stderr) == (0, "")

    job = batch.submit_printed(tmp_path, printed.stdout, "trackmill-simulation-organize")
    ended = batch.wait(job, JOB_S)
    assert (ended.state, ended.exit_code) == ("COMPLETED", 0), ended.stdout
    assert f"organize: {HOURS} of {HOURS} tasks done" in ended.stdout

    facts = summary(project, "organize")
    assert facts["tasks"] == HOURS
    assert facts["rows_in"] == facts["rows_out"] + sum(facts["left"].values()) > 0
    rows = read_ledger(project / "results" / "simulation" / "ledger" / "organize")
    assert len(rows) == HOURS
    workers_of_nodes = collections.Counter(node for _, node in {(row.worker, row.node) for row in rows})
    assert sorted(workers_of_nodes.values()) == [2, 2]
    assert set(workers_of_nodes) <= set(NODES)


def test_all_submits_a_whole_run(project, tmp_path):
    printed = trackmill("sbatch", "all", *SMALL, "--backend", "serial", cwd=project)
    assert (printed.returncode, printed.stderr) == (0, "")
    jobs = drive(tmp_path, printed.stdout)
    ended = batch.wait(jobs["report"], JOB_S)
    assert ended.state == "COMPLETED", {what: job.output.read_text() for what, job in jobs.items()}
    assert {batch.state(job) for job in jobs.values()} == {"COMPLETED"}
    assert all(job.output.exists() for job in jobs.values())

    facts = {stage: summary(project, stage) for stage in STAGES}
    assert facts["organize"]["tasks"] == HOURS
    assert facts["organize"]["rows_out"] == facts["archive"]["rows_in"] > 0
    assert facts["archive"]["rows_out"] == facts["process"]["rows_in"]
    assert facts["process"]["made"]["seconds"] == facts["statistics"]["rows_in"] == facts["train"]["rows_in"]
    assert (project / "results" / "report.html").exists()


def test_what_waits_for_a_failed_job_is_cancelled(project, tmp_path):
    (project / "registry" / "aircraft.csv").unlink()
    printed = trackmill("sbatch", "all", *SMALL, "--backend", "serial", cwd=project)
    jobs = drive(tmp_path, printed.stdout)
    inputs = jobs.pop("inputs")
    ended = batch.wait(inputs, JOB_S)
    assert (ended.state, ended.exit_code) == ("FAILED", 2)
    assert "aircraft.csv" in ended.stdout
    batch.until(lambda: {batch.state(job) for job in jobs.values()} == {"CANCELLED"}, 60, "cancelled jobs")


def test_the_warning_before_the_walltime_reaches_who_can_heed_it(warned):
    """SLURM warns the steps of a job, or its batch script alone."""
    assert [batch.wait(job, JOB_S).exit_code for job in warned] == [75, 75]
