"""Jobs that a real SLURM would refuse or keep waiting for ever are refused beforehand, in one line."""

import dataclasses
import os
import re
import subprocess

import pytest

from data_schemas.config.cluster import ClusterSettings
from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from jobs.slurm.check import check_requests
from jobs.slurm.request import request
from tests.cluster import batch
from tests.cluster.virtual.configuration import ACCOUNT, CONTROLLER_PORT, CPUS, MEMORY_MB, QOS, SLURM_CONF

pytestmark = pytest.mark.usefixtures("cluster")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
FITS = {"triple": (2, CPUS, 1), "memory_gb": 0.5}
PROJECTS = {"partition": "projects", "account": ACCOUNT}


def asked(launch, cluster):
    return request(LaunchSettings(**FITS | launch), ClusterSettings(**cluster))


def jobs_known():
    command = ["squeue", "--noheader", "--states=all", "--name=sbatch", "--format=%A"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("launch", "cluster"),
    [
        ({}, {}),
        ({}, {"partition": "all", "exclusive": True, "warning_seconds": 30, "extra": ("--mail-type=FAIL",)}),
        ({"triple": (4, 1, CPUS)}, {"minutes": 100_000}),
        ({}, {"partition": "short", "minutes": 1, "warning_seconds": 10}),
        ({}, {"partition": "short,all", "minutes": 1, "warning_seconds": 0}),
        ({}, PROJECTS),
        ({}, PROJECTS | {"qos": QOS}),
        ({}, {"constraint": "east"}),
        ({}, {"constraint": "[east|west]"}),
        ({"triple": (4, 1, 1)}, {"constraint": "[east*2&west*2]"}),
        ({"mpi": "mpiexec"}, {}),
        ({"backend": "process", "triple": (1, 2, 1)}, {}),
        ({}, {"extra": ("--nodelist=n1",)}),
    ],
)
def test_what_the_cluster_can_give_is_taken(launch, cluster):
    before = jobs_known()
    check_requests({"process": asked(launch, cluster)})
    assert jobs_known() <= before


@pytest.mark.parametrize(
    ("launch", "cluster", "message"),
    [
        ({}, {"partition": "projets"}, r"cluster\.partition is projets, but .*; did you mean 'projects'\?"),
        ({}, {"partition": "zzz"}, r"cluster\.partition is zzz, .*; known names: all, projects, short"),
        ({"triple": (5, 1, 1)}, {}, r"5 nodes are asked for, but partition all has 4; lower the nodes of la"),
        ({"triple": (1, 3, 5)}, {}, rf"3 × 5 = 15 cores of a node .* partition all has {CPUS}; lower the pr"),
        ({"memory_gb": 3}, {}, rf"6656 MiB of a node .* all has {MEMORY_MB}; lower launch\.memory_gb or "),
        (
            {},
            {"partition": "short"},
            r"60 min .* short gives a job 1; lower cluster\.minutes, or .*: all, pro",
        ),
        (
            {},
            {"partition": "projects"},
            r"Invalid account or .*; cluster\.account is not set: set it to one ",
        ),
        (
            {},
            PROJECTS | {"account": "other"},
            r"Invalid account or .*; cluster\.account is other: set it to ",
        ),
        ({}, PROJECTS | {"qos": "long"}, r"Invalid qos specification; cluster\.qos is long: set it to one "),
        ({}, {"constraint": "north"}, r"no node of partition all has north; features there: east, west"),
        ({}, {"constraint": "east&west"}, r"2 nodes with 2 cores & .* & east & west .* partition all has 0"),
        ({"triple": (3, 1, 1)}, {"constraint": "east"}, r"3 nodes with 1 cores & .* & east .* has 2; lower"),
        ({}, {"constraint": "[north|south]"}, r"Invalid feature .*; features there: east, west"),
        ({}, {"extra": ("--reservation=x",)}, r"reservation is invalid; change cluster\.extra \(--reserv"),
        ({}, {"extra": ("--nonsense",)}, r"unrecognized option '--nonsense'; change cluster\.extra"),
    ],
)
def test_what_it_cannot_give_is_refused(launch, cluster, message):
    before = jobs_known()
    with pytest.raises(InputError) as caught:
        check_requests({"organize": asked({}, {}), "process": asked(launch, cluster)})
    line = str(caught.value)
    assert line.startswith("stage process: ")
    assert re.search(message, line), line
    assert "\n" not in line
    assert jobs_known() <= before


@pytest.mark.usefixtures("without_pmix")
def test_a_plugin_that_srun_lists_but_cannot_load_is_refused():
    message = r"stage process: srun (has no|cannot load its) MPI plugin pmix.*; set launch\.mpi to pmi2 .* or"
    with pytest.raises(InputError, match=message):
        check_requests({"process": asked({"mpi": "pmix"}, {})})


def test_stages_that_ask_for_the_same_are_named_together():
    same = asked({"triple": (5, 1, 1)}, {})
    with pytest.raises(InputError, match=r"^stages organize, archive: 5 nodes are asked for"):
        check_requests({"train": asked({}, {}), "organize": same, "archive": same})


def test_no_stages_need_no_cluster(monkeypatch):
    monkeypatch.setenv("PATH", "")
    check_requests({})


def test_an_unknown_plugin_is_refused():
    with pytest.raises(InputError, match=r"srun has no MPI plugin openmpi, it has .*none, pmi2"):
        check_requests({"process": dataclasses.replace(asked({}, {}), mpi_plugin="openmpi")})


def test_busy_nodes_are_waited_for(tmp_path):
    job = batch.submit(tmp_path, "sleep 60", "--nodes=4", "--exclusive", "--mem=100", "--time=5")
    try:
        batch.until(lambda: batch.state(job) == "RUNNING", 60, "a job on all nodes")
        check_requests({"process": asked({"triple": (4, 2, 1)}, {"exclusive": True})})
    finally:
        batch.cancel(job)
        batch.wait(job, 30)


def scontrol(*words):
    subprocess.run(["scontrol", *words], check=True, timeout=60)


@pytest.fixture
def temporary():
    name = f"check{os.getpid()}"
    scontrol("create", f"PartitionName={name}", "Nodes=n3,n4", "MaxNodes=1", "MaxMemPerNode=1500")
    yield name
    scontrol("delete", f"PartitionName={name}")


@as_root
def test_limits_and_states_of_a_partition(temporary):
    with pytest.raises(
        InputError, match=f"2 nodes are asked for, but partition {temporary} gives a job 1; .*all"
    ):
        check_requests({"process": asked({}, {"partition": temporary})})
    one = {"triple": (1, 2, 1)}
    with pytest.raises(
        InputError, match=f"1536 MiB of a node are asked for, but partition {temporary} has 1500"
    ):
        check_requests({"process": asked(one, {"partition": temporary})})
    one["memory_gb"] = 0.4
    check_requests({"process": asked(one, {"partition": temporary})})
    for state in ("DOWN", "DRAIN", "INACTIVE"):
        scontrol("update", f"PartitionName={temporary}", f"State={state}")
        with pytest.raises(
            InputError, match=f"partition {temporary} is {state}, so that no job starts there; wait"
        ):
            check_requests({"process": asked(one, {"partition": temporary})})


@as_root
def test_drained_nodes_are_waited_for(temporary):
    scontrol("update", f"PartitionName={temporary}", "MaxNodes=UNLIMITED")
    scontrol("update", "NodeName=n3", "State=DRAIN", "Reason=test")
    try:
        check_requests({"process": asked({"memory_gb": 0.4}, {"partition": temporary})})
    finally:
        scontrol("update", "NodeName=n3", "State=RESUME")


def test_no_slurm_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"SLURM: this machine has no sbatch .* login node .*profiles/local"):
        check_requests({"process": asked({}, {})})


def test_a_controller_that_is_down_is_said(monkeypatch, tmp_path):
    configuration = tmp_path / "slurm.conf"
    configuration.write_text(SLURM_CONF.read_text().replace(f"={CONTROLLER_PORT}", "=1"))
    monkeypatch.setenv("SLURM_CONF", str(configuration))
    with pytest.raises(
        InputError, match=r"SLURM: its controller does not answer: Slurmctld\(primary\) at .* is DOWN"
    ):
        check_requests({"process": asked({}, {})})
