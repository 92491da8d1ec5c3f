"""Fixtures of the whole runs."""

import importlib.util

import pytest

from tests.pipeline.runs import trackmill, write_config


@pytest.fixture(scope="session")
def recordings():
    """Skip where the recordings are not installed (the lock file samples.lock does)."""
    if importlib.util.find_spec("traffic") is None:
        pytest.skip("the recordings are not installed: pip install --no-deps -r samples.lock")


@pytest.fixture(scope="session")
def serial_run(request, tmp_path_factory):
    """The small data set run serially, once for all tests: the results folder and what the run said."""
    request.getfixturevalue("recordings")
    folder = tmp_path_factory.mktemp("serial")
    done = trackmill("run", "all", "--config", write_config(folder))
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "results", done
