import sys
from pathlib import Path

import pytest

from data_schemas.config.launch import LaunchSettings
from data_schemas.errors import InputError
from jobs.launcher import check_started_as_one, command, environment, find_mpiexec, launched_rank, ranks

PROGRAM = ["python", "-m", "workflow.cli.main", "organize"]


def settings(*triple, **others):
    return LaunchSettings(triple=triple, **others)


@pytest.mark.parametrize(
    ("launch", "expected"),
    [
        (settings(2, 3, 5, distribution="self"), ["mpiexec", "-n", "7", "-ppn", "3", *PROGRAM]),
        (settings(2, 3, 5, distribution="block"), ["mpiexec", "-n", "6", "-ppn", "3", *PROGRAM]),
        (settings(1, 3, 5, distribution="self"), ["mpiexec", "-n", "4", *PROGRAM]),
        (settings(1, 3, 5, distribution="cyclic"), ["mpiexec", "-n", "3", *PROGRAM]),
        (settings(1, 1, 5, distribution="self"), PROGRAM),
        (settings(2, 3, 5, backend="serial"), PROGRAM),
    ],
)
def test_command(launch, expected):
    found = command(launch, PROGRAM, {})
    assert [Path(found[0]).name, *found[1:]] == expected


def test_in_a_job_of_slurm_srun_starts_the_ranks():
    job = {"SLURM_JOB_ID": "17"}
    found = command(settings(2, 3, 5), PROGRAM, job)
    assert found[: -len(PROGRAM)] == [
        "srun",
        "--mpi=pmi2",
        "--nodes=2",
        "--ntasks=7",
        "--cpus-per-task=5",
        "--overcommit",
        "--distribution=block",
        "--cpu-bind=none",
        "--kill-on-bad-exit=0",
        "--wait=30",
        "--job-name=trackmill",
    ]
    assert "--mpi=pmix" in command(settings(2, 3, 5, mpi="pmix"), PROGRAM, job)
    by_mpiexec = command(settings(2, 3, 5, mpi="mpiexec"), PROGRAM, job)
    assert (Path(by_mpiexec[0]).name, by_mpiexec[1:]) == ("mpiexec", ["-n", "7", *PROGRAM])
    assert command(settings(1, 1, 5), PROGRAM, job) == PROGRAM


def test_processes_that_mpi_does_not_bring_together_are_refused():
    check_started_as_one(1, {})
    check_started_as_one(1, {"SLURM_STEP_NUM_TASKS": "1"})
    check_started_as_one(4, {"SLURM_STEP_NUM_TASKS": "4"})
    with pytest.raises(InputError, match=r"srun: has started 4 processes.*pmi2 for MPICH"):
        check_started_as_one(1, {"SLURM_STEP_NUM_TASKS": "4"})


def test_the_manager_comes_on_top_of_the_workers():
    assert ranks(settings(2, 3, 5)) == 7
    assert ranks(settings(1, 1, 1)) == 1


def test_mpiexec_beside_this_python_comes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="pip install mpich"):
        find_mpiexec()
    (tmp_path / "mpiexec").touch()
    assert find_mpiexec() == tmp_path / "mpiexec"
    assert command(settings(1, 2, 1), ["x"])[0] == str(tmp_path / "mpiexec")
    (tmp_path / "path").mkdir()
    (tmp_path / "mpiexec").rename(tmp_path / "path" / "mpiexec")
    (tmp_path / "path" / "mpiexec").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert find_mpiexec() == Path(tmp_path / "path" / "mpiexec")


def test_the_environment_carries_threads_and_the_terminal(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert environment(settings(2, 3, 5))["POLARS_MAX_THREADS"] == "5"
    assert environment(settings(2, 3, 5))["TRACKMILL_PROGRESS"] == "bar"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert "TRACKMILL_PROGRESS" not in environment(settings(2, 3, 5))


def test_the_rank_is_known_without_mpi():
    assert launched_rank({}) is None
    assert launched_rank({"PMI_RANK": "3"}) == 3
    assert launched_rank({"OMPI_COMM_WORLD_RANK": "5"}) == 5


def test_mpich_has_short_addresses_where_slurm_carries_them():
    job = {"SLURM_JOB_ID": "17"}
    assert environment(settings(2, 3, 5), job)["MPIR_CVAR_CH4_NETMOD"] == "ofi"
    assert "OMPI_MCA_rmaps_base_oversubscribe" not in environment(settings(2, 3, 5), job)
    assert environment(settings(2, 3, 5), {})["OMPI_MCA_rmaps_base_oversubscribe"] == "1"
    for launch, variables in (
        (settings(2, 3, 5), {}),
        (settings(2, 3, 5), job | {"MPIR_CVAR_CH4_NETMOD": "ucx"}),
        (settings(2, 3, 5, mpi="pmix"), job),
        (settings(1, 1, 5), job),
    ):
        assert "MPIR_CVAR_CH4_NETMOD" not in environment(launch, variables)
