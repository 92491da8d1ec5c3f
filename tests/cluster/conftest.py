"""Fixtures of the tests on the virtual cluster."""

import os
import shutil
import subprocess

import pytest

from tests.cluster.virtual import machine


@pytest.fixture(scope="session")
def cluster():
    """Skip where the virtual cluster is not up; never touch a SLURM that is not ours."""
    if shutil.which("sinfo") is None:
        pytest.skip("SLURM is not installed: make cluster (Debian, as root)")
    if not machine.is_ours():
        pytest.skip("the virtual SLURM cluster is not up: make cluster (Debian, as root)")
    done = subprocess.run(
        ["scontrol", "ping"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        pytest.skip(f"the virtual SLURM cluster does not answer: make cluster; {done.stdout.strip()}")
    # The virtual nodes lie on one machine: ranks of different nodes talk over its loopback address.
    os.environ["FI_TCP_IFACE"] = "lo"


@pytest.fixture
def without_pmix(cluster):  # noqa: ARG001
    """Skip where srun can load its plugin pmix: Debian's needs a library that is not installed with it."""
    asked = ["srun", "--test-only", "--mpi=pmix", "true"]
    done = subprocess.run(asked, capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        pytest.skip("srun can load its plugin pmix here")
