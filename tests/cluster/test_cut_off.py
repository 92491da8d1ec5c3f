"""A stage cut off on its way, on the virtual cluster: only what was in flight is redone, no row lost."""

import json
import shutil
import signal
import subprocess
from collections import Counter

import psutil
import pytest

from jobs.ledger import read_ledger
from tests.cluster import batch, snakemake_runs
from tests.cluster.virtual.configuration import NODES
from tests.cluster.virtual.nodes import bring_node_up, take_node_down
from tests.pipeline.runs import digests, trackmill, write_config

pytestmark = pytest.mark.usefixtures("cluster")

# Half of two nodes: two jobs go side by side.
LAUNCH = {"backend": "mpi", "triple": [2, 1, 1], "memory_gb": 0.4}
WORKERS = 2
TASKS = 100


class Run:
    """Stage organize of the small data set, whose raw hours and register are there."""

    def __init__(self, folder, local, **cluster):
        self.folder = folder
        self.config = write_config(folder, launch=LAUNCH, cluster={"minutes": 10} | cluster)
        self.results = folder / "results"
        self.ledger = self.results / "small" / "ledger" / "organize"
        self.summary = self.ledger.with_suffix(".json")
        shutil.copytree(local / "small" / "raw", self.results / "small" / "raw")
        shutil.copy2(local / "registry.parquet", self.results)

    def submit(self):
        """Submit the script of `trackmill sbatch`; return a function that waits for its end."""
        printed = trackmill("sbatch", "organize", "--config", self.config, "--dataset", "small").stdout
        job = batch.submit_printed(self.folder, printed, "trackmill-small-organize")
        return lambda: batch.wait(job, 240)

    def snakemake(self):
        """Start Snakemake as a user does; return a function that waits for its end."""
        started = snakemake_runs.start(self.config, self.summary)
        return lambda: snakemake_runs.ended(started, 240)

    def done(self):
        """Return the tasks done so far."""
        rows = read_ledger(self.ledger) if self.ledger.exists() else []
        return {row.task for row in rows if row.done}

    def halted_on_the_way(self):
        """Wait until some tasks are done, halt the ranks, and return them."""
        batch.until(lambda: len(self.done()) >= 10, 120, "the first tasks")
        ranks = [process for process in psutil.process_iter() if self._is_rank(process)]
        for rank in ranks:
            rank.send_signal(signal.SIGSTOP)
        assert len(ranks) == WORKERS + 1
        assert len(self.done()) < TASKS, "the stage was too quick for this test"
        return ranks

    def _is_rank(self, process):
        try:
            here = str(self.folder) in " ".join(process.cmdline())
            return here and "PMI_RANK" in process.environ()
        except psutil.NoSuchProcess:
            return False

    def check(self, before, local):
        """Check what a second start has left, the tasks done before it given."""
        attempts = Counter(row.task for row in read_ledger(self.ledger))
        assert {attempts[task] for task in before} == {1}  # nothing that was done is done again
        assert sum(attempts.values()) - len(attempts) <= WORKERS  # only what was in flight
        assert len(attempts) == TASKS
        assert self.done() == set(attempts)
        products = ("small/organized/*.parquet", "small/ledger/organize.json")
        assert digests(self.results, *products) == digests(local, *products)
        told = json.loads(self.summary.read_text())
        assert told["rows_in"] == told["rows_out"] + sum(told["left"].values())


@pytest.fixture(scope="module")
def begun(request, tmp_path_factory):
    """Two runs that take their time to end, begun at once: one that SLURM ends a minute after its start, and
    one under Snakemake, which looks for the end of a job at ever longer intervals. Each with the tasks done
    when its ranks were halted, and what waits for its end."""
    request.getfixturevalue("cluster")
    local, _ = request.getfixturevalue("serial_run")
    limits = {"walltime": {"minutes": 1, "warning_seconds": 0}, "scancel": {}}
    runs = {how: Run(tmp_path_factory.mktemp(how), local, constraint="west", **limits[how]) for how in limits}
    ends = {"walltime": runs["walltime"].submit(), "scancel": runs["scancel"].snakemake()}
    found = {}
    for how, run in runs.items():
        ranks = run.halted_on_the_way()
        found[how] = (run, run.done(), ends[how])
    subprocess.run(["scancel", ranks[0].environ()["SLURM_JOB_ID"]], check=True, timeout=60)
    return found


def rank_killed(ranks):
    ranks[1].kill()


def node_down(ranks):
    take_node_down(ranks[-1].environ()["SLURMD_NODENAME"])


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize(("cut_off", "state"), [(rank_killed, "FAILED"), (node_down, "NODE_FAIL")])
def test_a_job_that_is_cut_off_goes_on_when_submitted_again(tmp_path, serial_run, cut_off, state):
    local, _ = serial_run
    run = Run(tmp_path, local, constraint="east")
    end = run.submit()
    try:
        ranks = run.halted_on_the_way()
        before = run.done()
        cut_off(ranks)
        first = end()
    finally:
        for node in NODES:
            bring_node_up(node)
    assert first.state == state, first
    assert not run.summary.exists()
    again = run.submit()()
    assert (again.state, again.exit_code) == ("COMPLETED", 0), again.stdout[-3000:]
    run.check(before, local)


def test_a_job_goes_on_after_its_walltime(begun, serial_run):
    run, before, end = begun["walltime"]
    first = end()
    assert first.state == "TIMEOUT", first
    assert not run.summary.exists()
    again = run.submit()()
    assert (again.state, again.exit_code) == ("COMPLETED", 0), again.stdout[-3000:]
    run.check(before, serial_run[0])


def test_snakemake_goes_on_after_scancel(begun, serial_run):
    run, before, end = begun["scancel"]
    code, said = end()
    assert code == 1, said[-5000:]
    assert "Error in rule organize" in said
    assert not run.summary.exists()
    code, said = run.snakemake()()
    assert code == 0, said[-5000:]
    run.check(before, serial_run[0])
