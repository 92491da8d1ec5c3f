"""Only the very process that was started is ended."""

import dataclasses
import time

import pytest

from tests.cluster.virtual import processes


@pytest.fixture
def sleeper(tmp_path):
    process = processes.start("sleeper", ["sleep", "60"], tmp_path / "log")
    yield process
    process.end()


@pytest.mark.parametrize("change", [{"started": 1}, {"command": ("sleep", "61")}])
def test_another_process_of_the_same_number_is_left_alone(sleeper, change):
    assert not dataclasses.replace(sleeper, **change).end()
    assert sleeper.is_running()


def test_the_recorded_process_is_ended(sleeper, tmp_path):
    processes.save([sleeper], tmp_path / "record")
    (loaded,) = processes.load(tmp_path / "record")
    assert loaded == sleeper
    assert loaded.end()
    assert not sleeper.is_running()
    assert not loaded.end()


def test_one_that_ignores_sigterm_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_TERM_SECONDS", 0.2)
    log = tmp_path / "log"
    command = ["bash", "-c", "trap '' TERM; echo ready; while true; do sleep 0.1; done"]
    process = processes.start("deaf", command, log)
    while "ready" not in log.read_text():
        time.sleep(0.01)
    assert process.end()
    assert not process.is_running()


def test_no_record_is_no_processes(tmp_path):
    assert processes.load(tmp_path / "none") == []
