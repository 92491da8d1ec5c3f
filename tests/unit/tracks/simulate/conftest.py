"""Two simulated hours around midnight, written once."""

import polars as pl
import pytest

from data_schemas.config import SimulateSettings
from tracks.simulate import simulate_task, simulate_tasks

MARKED = SimulateSettings(
    seed=5,
    aircraft=1200,
    start="2021-10-04-23",
    hours=2,
    form=".csv",
    duplicate_row=0.01,
    bad_address=0.01,
    missing_baroaltitude=0.02,
    gaps_an_hour=3,
    dropouts_an_hour=3,
)


@pytest.fixture(scope="session")
def two_hours(tmp_path_factory):
    """Settings, tasks, their counts, and the files read as text."""
    tasks = simulate_tasks(tmp_path_factory.mktemp("two_hours"), MARKED)
    counts = [simulate_task(task, settings=MARKED) for task in tasks]
    frames = [pl.read_csv(task.output, infer_schema=False) for task in tasks]
    return MARKED, tasks, counts, frames
