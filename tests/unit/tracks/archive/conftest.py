import pytest

from tests.unit.tracks.archive.world import World


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A small run, each leaf a task of its own."""
    monkeypatch.setattr("tracks.archive.tasks.TASK_ROWS", 0)
    return World(tmp_path)
