"""Orders, distributions and backends: the same outputs and the same ledger but for times and workers."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from jobs.launcher import find_mpiexec
from jobs.ledger import Row, read_ledger
from tests.pipeline.jobs_combinations_program import combinations
from tests.pipeline.ranks import ENVIRONMENT, TASKS, expected_outputs, write_inputs

PROGRAM = [sys.executable, "-m", "tests.pipeline.jobs_combinations_program"]
VARIES = {"run", "worker", "workers", "node", "started_at_s", "seconds", "peak_rss_bytes"}


def facts(row: Row):
    return {name: value for name, value in row.as_dict().items() if name not in VARIES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("combinations")
    write_inputs(found)
    return found


@pytest.fixture(scope="module")
def reference(folder):
    """What the plainest of all, one process and the order of the plan, writes down."""
    subprocess.run([*PROGRAM, folder, "serial"], env=ENVIRONMENT, check=True, timeout=120)
    keep = folder / "serial"
    keep.mkdir()
    for order, distribution in combinations("serial"):
        (folder / f"{order} {distribution}").rename(keep / f"{order} {distribution}")
    return [facts(row) for row in read_ledger(keep / "as-given block" / "ledger")]


@pytest.mark.parametrize("backend", ["serial", "mpi", "process", "dask"])
def test_the_same_whatever_runs_it(folder, reference, backend):
    assert len(reference) == TASKS
    if backend == "dask" and importlib.util.find_spec("distributed") is None:
        pytest.skip("distributed is not installed (pip install trackmill[dask])")
    place = folder
    if backend == "serial":
        place = folder / "serial"
    else:
        ranks = [str(find_mpiexec()), "-n", "4"] if backend == "mpi" else []
        command = [*ranks, *PROGRAM, str(folder), backend]
        done = subprocess.run(
            command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=300
        )
        assert (done.returncode, done.stderr) == (0, "")
    for order, distribution in combinations(backend):
        run = place / f"{order} {distribution}"
        written = {path.name: path.read_bytes() for path in sorted((run / "out").iterdir())}
        assert written == expected_outputs(folder), run.name
        assert [facts(row) for row in read_ledger(run / "ledger")] == reference, run.name
        if backend != "serial":
            run.rename(folder / f"{backend} {run.name}")
