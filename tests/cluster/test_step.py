"""Steps of a job on a real SLURM: those of a name are warned, and no others."""

import pytest

from jobs.slurm.step import warn_step
from tests.cluster import batch

pytestmark = pytest.mark.usefixtures("cluster")

HEED = """trap "touch warned-$0; exit" TERM; touch ready-$0; while :; do sleep 0.1; done"""


def test_the_steps_of_that_name_are_warned(tmp_path):
    steps = [f"srun --ntasks=1 --overlap --job-name={name} bash -c '{HEED}' {name} &" for name in ("a", "b")]
    job = batch.submit(tmp_path, "\n".join([*steps, "wait"]), "--nodes=1", "--mem=100", "--time=5")
    try:
        batch.until(lambda: len(list(tmp_path.glob("ready-*"))) == 2, 60, "both steps")
        warn_step(str(job.number), "a")
        batch.until((tmp_path / "warned-a").exists, 30, "the warning")
        assert batch.state(job) == "RUNNING"
        assert not (tmp_path / "warned-b").exists()
    finally:
        batch.cancel(job)
        batch.wait(job, 60)
