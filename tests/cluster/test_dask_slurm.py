"""Backend dask as jobs of a real SLURM: what SLURM refuses is one line, and stops before any task."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from tests.pipeline.ranks import PROGRAM, write_inputs

pytest.importorskip("dask_jobqueue")


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize(
    ("triple", "variables", "message"),
    [
        ([1, 1, 1], {"SBATCH_PARTITION": "nowhere"}, "[Ii]nvalid partition .*"),
        ([1, 99, 1], {}, ".*(node configuration is not available|More processors requested than permitted)"),
    ],
)
def test_jobs_that_slurm_refuses_are_one_line(tmp_path, triple, variables, message):
    write_inputs(tmp_path)
    launch = {"backend": "dask", "dask": "slurm", "triple": triple, "memory_gb": 0.01}
    done = subprocess.run(
        [*PROGRAM, str(tmp_path), json.dumps({"launch": launch})],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"DASK_JOBQUEUE__SLURM__INTERFACE": "lo"} | variables,
    )
    assert done.returncode == 2
    assert re.fullmatch(rf"error on rank 0: sbatch: {message}; set SBATCH_PARTITION, .*\n", done.stderr)
    assert not (tmp_path / "out").exists()
