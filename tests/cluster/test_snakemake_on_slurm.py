"""`snakemake --profile slurm` on the virtual cluster: the demo, with the bytes of a local run."""

import re
import subprocess
from collections import defaultdict

import pytest
import yaml

from jobs.ledger import read_ledger
from tests.cluster.snakemake_runs import ended, start
from tests.cluster.virtual.configuration import NODES
from tests.pipeline.runs import PRODUCTS, ROOT, digests, trackmill, write_config

pytestmark = pytest.mark.usefixtures("cluster")

ONE_A_NODE = {"backend": "mpi", "triple": [2, 1, 1], "memory_gb": 0.4}
WORKERS = 4


def workers_by_node(ledger):
    """Return how many workers of each node have done tasks."""
    found = defaultdict(set)
    for row in read_ledger(ledger):
        found[row.node].add(row.worker)
    return {node: len(workers) for node, workers in found.items()}


# ---- the demo, whole


@pytest.fixture(scope="module")
def demos(request, tmp_path_factory):
    """The results of the demo, run locally and on the cluster, where process has a triple of its own."""
    request.getfixturevalue("recordings")
    request.getfixturevalue("cluster")
    folder = tmp_path_factory.mktemp("demo")
    demo = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())

    def written(name, **changes):
        path = folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(demo | {"results": str(folder / name)} | changes))
        return path

    of_its_own = {"process": {"launch": {"triple": [2, 2, 1], "memory_gb": 0.7}, "cluster": {"minutes": 20}}}
    config = written("slurm", launch=ONE_A_NODE, stages=of_its_own, cluster={"minutes": 30})
    on_the_cluster = start(config)
    done = trackmill("run", "all", "--config", written("local", launch={"backend": "serial"}))
    assert done.returncode == 0, done.stderr[-3000:]
    code, said = ended(on_the_cluster, 600)
    assert code == 0, said[-5000:]
    return folder / "local", folder / "slurm"


def test_the_demo_gives_the_bytes_of_the_local_run(demos):
    local, slurm = demos
    assert digests(slurm, *PRODUCTS) == digests(local, *PRODUCTS)
    assert (slurm / "report.html").stat().st_size > 100_000


@pytest.mark.parametrize("dataset", ["paris", "alps"])
@pytest.mark.parametrize(("stage", "workers_a_node"), [("organize", 1), ("process", 2)])
def test_ranks_land_on_the_nodes_of_their_stage(demos, dataset, stage, workers_a_node):
    _, slurm = demos
    found = workers_by_node(slurm / dataset / "ledger" / stage)
    assert len(found) == 2
    assert set(found) < set(NODES)
    assert max(found.values()) <= workers_a_node
    if stage == "process":
        assert sum(found.values()) == WORKERS


# ---- what cannot run


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cluster": {"partition": "al"}}, r"cluster\.partition is al, .*did you mean 'all'"),
        ({"stages": {"train": {"launch": {"triple": [9, 2, 1]}}}}, r"stage train: .*9 nodes.*has 4"),
        ({"cluster": {"partition": "projects"}}, r"account"),
        ({"launch": ONE_A_NODE | {"mpi": "pmix"}}, r"srun (has no|cannot load its) MPI plugin pmix"),
    ],
)
def test_what_the_cluster_will_not_take_is_one_line_and_nothing_is_submitted(
    request, tmp_path, changes, said
):
    if "pmix" in said:
        request.getfixturevalue("without_pmix")
    config = write_config(tmp_path, **({"launch": ONE_A_NODE} | changes))
    before = submitted()
    code, told = ended(start(config), 600)
    assert code == 2, told
    assert "Traceback" not in told
    lines = [line for line in told.splitlines() if line.startswith("trackmill: ")]
    assert len(lines) == 1
    assert re.search(said, lines[0]), lines[0]
    assert submitted() <= before  # the controller forgets old ones


def submitted():
    """Return the numbers of all jobs that the controller remembers."""
    words = ["squeue", "--noheader", "--states=all", "--format=%A %k"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return {line for line in done.stdout.splitlines() if "rule_" in line}
