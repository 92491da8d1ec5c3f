import pytest

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from jobs import allocation, node
from jobs.allocation import check_allocation, nodes_for_mpiexec
from jobs.node import Node, slurm_share, this_node

JOB = {"SLURM_JOB_ID": "17", "SLURM_JOB_NUM_NODES": "3"}


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(allocation, "this_node", lambda: Node("n1", 7, 14 * 2**30))


def launch(*triple, **others):
    return LaunchSettings(triple=triple, **others)


def test_as_many_nodes_as_the_job_has():
    check_allocation(launch(3, 7, 1), JOB)
    with pytest.raises(InputError) as caught:
        check_allocation(launch(5, 7, 1), JOB)
    assert str(caught.value) == (
        "triple [5, 7, 1]: 5 nodes are asked for, but SLURM job 17 has 3; "
        "lower the nodes, or start it in a job of 5 nodes (sbatch, salloc)"
    )


def test_outside_slurm_there_is_one_machine_unless_mpiexec_is_told_of_others():
    check_allocation(launch(1, 2, 1), {})
    with pytest.raises(
        InputError, match="2 nodes are asked for, but this is one machine, in no job of SLURM"
    ):
        check_allocation(launch(2, 2, 1), {})
    check_allocation(launch(2, 2, 1), {"HYDRA_HOST_FILE": "hosts"})


@pytest.fixture
def scontrol(tmp_path, monkeypatch):
    told = "JobId=17 ReqNodeList=(null) ExcNodeList=n7 NodeList=n[3-5] BatchHost=n3 NumNodes=3 NumCPUs=6"
    program = tmp_path / "scontrol"
    program.write_text(f"#!/bin/sh\necho '{told}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("scontrol")
def test_mpiexec_is_told_the_nodes_that_snakemake_hides_from_it():
    check_allocation(launch(3, 2, 1), {"SLURM_JOB_ID": "17"})
    with pytest.raises(InputError, match="SLURM job 17 has 3"):
        check_allocation(launch(4, 2, 1), {"SLURM_JOB_ID": "17"})
    expected = {
        "SLURM_JOB_NODELIST": "n[3-5]",
        "SLURM_NODELIST": "n[3-5]",
        "SLURM_TASKS_PER_NODE": "2(x3)",
        "SLURM_JOB_NUM_NODES": "3",
        "SLURM_NNODES": "3",
    }
    assert nodes_for_mpiexec(launch(3, 2, 1), {"SLURM_JOB_ID": "17"}) == expected
    known = JOB | {"SLURM_JOB_NODELIST": "a,b,c"}
    assert nodes_for_mpiexec(launch(3, 2, 1), known)["SLURM_NODELIST"] == "a,b,c"
    assert nodes_for_mpiexec(launch(1, 2, 1), JOB) == nodes_for_mpiexec(launch(3, 2, 1), {}) == {}


def test_threads_and_memory_of_the_node():
    with pytest.raises(InputError, match="4 processes × 2 threads need 8 cores, but n1 has 7"):
        check_allocation(launch(1, 4, 2), {})
    with pytest.raises(
        InputError, match=r"6 processes of 2\.5 GiB need 15\.0 GiB, but n1 has 14\.0 GiB; lower .*memory_gb"
    ):
        check_allocation(launch(1, 6, 1, memory_gb=2.5), {})
    check_allocation(launch(1, 6, 2, backend="serial"), {})


def test_jobs_that_dask_submits_are_checked_by_slurm():
    check_allocation(launch(50, 2, 1, backend="dask", dask="slurm"), {})


def test_slurm_tells_the_share_of_its_job(monkeypatch):
    assert slurm_share({}) == ([], [])
    assert slurm_share({"SLURM_CPUS_ON_NODE": "3", "SLURM_MEM_PER_CPU": "5"}) == ([3], [15 * 2**20])
    assert slurm_share({"SLURM_CPUS_ON_NODE": "3", "SLURM_MEM_PER_NODE": "7"}) == ([3], [7 * 2**20])
    assert slurm_share({"SLURM_CPUS_ON_NODE": "", "SLURM_MEM_PER_NODE": "x"}) == ([], [])
    monkeypatch.setattr(node, "slurm_share", lambda: ([1], [7 * 2**20]))
    found = this_node()
    assert (found.cores, found.memory_bytes) == (1, 7 * 2**20)
