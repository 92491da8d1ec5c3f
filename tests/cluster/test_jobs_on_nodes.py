"""The launcher on several nodes of a real SLURM (`make cluster`): ranks, counters and dask's jobs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from jobs.ledger import read_ledger
from tests.pipeline.ranks import PROGRAM, TASKS, expected_outputs, outputs, write_inputs

DEADLINE_S = 120


def idle_nodes():
    if shutil.which("sinfo") is None:
        return 0
    told = ["sinfo", "--noheader", "--states=idle", "--partition=all", "--format=%D"]
    done = subprocess.run(told, capture_output=True, text=True, check=False, timeout=30)
    return sum(int(word) for word in done.stdout.split()) if done.returncode == 0 else 0


pytestmark = pytest.mark.skipif(idle_nodes() < 2, reason="no SLURM with two idle nodes (make cluster)")

# Two nodes with two processes each; a rank that works on no task shares a core of the first.
ALLOCATION = ["salloc", "--quiet", "--nodes=2", "--ntasks-per-node=2", "--exclusive"]
RANKS = ["srun", "--mpi=pmi2", "--overcommit", "--nodes=2"]
LAUNCH = {"triple": [2, 2, 1], "memory_gb": 0.4}


@pytest.fixture
def folder(tmp_path):
    write_inputs(tmp_path)
    return tmp_path


def run(words, folder, launch, **options):
    told = json.dumps(options | {"launch": LAUNCH | launch})
    variables = os.environ | {"DASK_JOBQUEUE__SLURM__INTERFACE": "lo"}
    return subprocess.run(
        [*words, *PROGRAM, str(folder), told],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
        cwd=folder,
        env=variables,
    )


def workers_of_nodes(folder):
    return {(row.worker, row.node) for row in read_ledger(folder / "ledger-count")}


@pytest.mark.parametrize(
    ("distribution", "ranks"), [("cyclic", 4), ("self", 5), ("counter", 5), ("counter-guided", 5)]
)
def test_ranks_of_two_nodes_share_the_tasks(folder, distribution, ranks):
    launch = {"distribution": distribution}
    done = run([*ALLOCATION, *RANKS, f"--ntasks={ranks}"], folder, launch, seconds=0.1)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"count: {TASKS} of {TASKS} tasks done")
    assert outputs(folder) == expected_outputs(folder)
    found = workers_of_nodes(folder)
    assert len({node for _, node in found}) == 2
    assert len(found) == len({worker for worker, _ in found}) == 4


def test_tasks_of_srun_that_are_no_ranks_are_refused(folder):
    done = run([*ALLOCATION, "srun", "--mpi=none", "--nodes=2", "--ntasks=4"], folder, {})
    assert done.returncode == 2
    told = [line for line in done.stderr.splitlines() if "srun: has started 4 processes" in line]
    assert len(told) == 4
    assert not (folder / "out").exists()


def test_dask_submits_a_job_a_node(folder):
    done = run([], folder, {"backend": "dask", "dask": "slurm"}, seconds=0.1)
    assert (done.returncode, done.stderr) == (0, "")
    assert outputs(folder) == expected_outputs(folder)
    found = workers_of_nodes(folder)
    assert len({node for _, node in found}) == 2
    assert len({worker for worker, _ in found}) == 4
    assert sorted(path.name for path in folder.iterdir()) == ["in", "ledger-count", "out"]


@pytest.mark.parametrize(
    ("triple", "message"),
    [
        (
            "3,1,1",
            r"3 nodes are asked for, but SLURM job \d+ has 2; lower the nodes, or start it in a job of 3",
        ),
        ("1,9,1", r"9 processes × 1 threads need 9 cores, but \S+ has 2; lower the processes"),
    ],
)
def test_a_triple_larger_than_the_allocation_is_one_line(tmp_path, triple, message):
    words = ["simulate", str(tmp_path / "s"), "--backend", "mpi", "--triple", triple]
    done = subprocess.run(
        [*ALLOCATION, sys.executable, "-m", "workflow.cli.main", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if not line.startswith("salloc:")]
    assert len(lines) == 1
    assert re.search(message, lines[0])
