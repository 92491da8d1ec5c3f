"""Progress on a real (pseudo) terminal: a bar, although ranks and logs hide the terminal."""

import os
import pty
import subprocess
import sys
import threading

import pytest

from jobs.progress import TERMINAL
from tests.pipeline.runs import ROOT, trackmill, write_config


@pytest.fixture
def terminal():
    """A pseudo terminal: the name of its device, and a function that returns all that was drawn on it."""
    master, slave = pty.openpty()
    drawn = bytearray()

    def read():
        try:
            while data := os.read(master, 65536):
                drawn.extend(data)
        except OSError:  # the other end is closed
            return

    thread = threading.Thread(target=read, daemon=True)
    thread.start()

    def text():
        os.close(slave)
        thread.join(timeout=10)
        return drawn.decode(errors="replace")

    yield os.ttyname(slave), slave, text
    os.close(master)


@pytest.fixture
def config(request, tmp_path):
    request.getfixturevalue("recordings")
    path = write_config(tmp_path, launch={"backend": "mpi", "triple": [1, 2, 1]})
    for words in (("registry", "build"), ("samples",)):
        done = trackmill(*words, "--config", path)
        assert done.returncode == 0, done.stderr
    return path


def organize(config, stderr, **environment):
    command = [sys.executable, "-m", "workflow.cli.main", "organize", "--config", str(config)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"TRACKMILL_OVERSUBSCRIBE": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=stderr,
        check=False,
        timeout=300,
    ).returncode


def test_bar_is_drawn_through_mpiexec(config, terminal):
    _, slave, text = terminal
    assert organize(config, slave) == 0
    drawn = text()
    assert "━" in drawn
    assert "tasks done" in drawn


def test_bar_is_drawn_although_stderr_is_a_log(config, terminal, tmp_path):
    device, _, text = terminal
    with (tmp_path / "log").open("w") as log:
        assert organize(config, log, **{TERMINAL: device}) == 0
    assert "━" in text()
    logged = (tmp_path / "log").read_text()
    assert "━" not in logged
    assert "tasks done" in logged


def test_no_bar_without_a_terminal(config, tmp_path):
    with (tmp_path / "log").open("w") as log:
        assert organize(config, log) == 0
    assert "━" not in (tmp_path / "log").read_text()
