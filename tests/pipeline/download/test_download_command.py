"""`trackmill download`: terms, options, exit codes, interruption."""

import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from tests.pipeline.download.hour_server import Behaviour
from tests.pipeline.download.hours import BODY, DAY, name, path
from tests.pipeline.runs import ROOT
from workflow.cli.main import main


def words(server, folder, *more):
    """The command line that fetches some hours of a day."""
    address = f"{server.url}/{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar"
    quick = {"addresses": f"[{address!r}]", "keep_free_gb": 0, "hour_gb": 0.001, "first_wait_s": 0.05}
    settings = [word for key, value in quick.items() for word in ("--download", f"{key}={value}")]
    return ["download", str(folder), "--mondays", DAY, "--hours", "0..2", *settings, *more]


@pytest.fixture
def said(capsys):
    """Run a command in this process; give its exit code, output and messages."""

    def run(*words):
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    return run


def test_terms_are_shown_and_must_be_accepted(server, said, tmp_path):
    server.files |= {path(0): BODY, path(1): BODY}
    code, _, told = said(*words(server, tmp_path))
    assert code == 2
    assert "Bringing Up OpenSky" in told
    assert told.splitlines()[-1].endswith("or set download.accept_licences: true")
    assert not server.seen
    code, out, _ = said(*words(server, tmp_path, "--accept-licences"))
    assert code == 0
    assert out.splitlines()[-1].endswith(
        f"of 3 hours 2 fetched ({2 * len(BODY) / 1e9:.3g} GB), 0 were there, 1 absent from the server"
    )
    assert "2018-06-04          0          2          1" in out
    written = (tmp_path / "LICENCES.txt").read_text()
    assert written.startswith(said("download", "--licences")[1])
    assert "Accepted 20" in written
    code, out, told = said(*words(server, tmp_path))
    assert (code, told) == (0, "")
    assert "nothing fetched, 2 were there, 1 absent" in out
    assert len(server.seen) == 3
    assert said("download", tmp_path, "--check") == (0, f"{tmp_path}: 2 files are as they were fetched\n", "")
    (tmp_path / name(0)).write_bytes(b"")
    assert said("download", tmp_path, "--check")[0] == 1


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"\n", 2)])
def test_a_person_is_asked(server, tmp_path, answer, code):
    server.files[path(0)] = BODY
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    command = [sys.executable, "-m", "workflow.cli.main", *words(server, tmp_path)]
    done = subprocess.run(command, stdin=theirs, capture_output=True, cwd=ROOT, text=True, check=False)
    os.close(ours)
    os.close(theirs)
    assert done.returncode == code, done.stderr
    assert "Do you accept these terms? [y/N]" in done.stderr
    assert (tmp_path / "LICENCES.txt").exists() == (code == 0)


def test_a_killed_process_is_gone_on_with_and_two_at_once_are_refused(server, said, tmp_path):
    """Kill -9 in the middle of a file; what had come is not sent again."""
    server.files[path(0)] = BODY
    server.behaviours[path(0)] = Behaviour(bytes_per_s=150_000)
    command = [sys.executable, "-m", "workflow.cli.main", *words(server, tmp_path, "--accept-licences")]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = tmp_path / f"{name(0)}.part"
    until = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 100_000):
        assert time.monotonic() < until, "the download has not begun"
        assert running.poll() is None
        time.sleep(0.01)
    code, _, told = said(*words(server, tmp_path))
    assert code == 2
    assert "another run is at work here: process" in told
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not (tmp_path / name(0)).exists()
    have = part.stat().st_size
    assert have < len(BODY), "the machine was too slow to kill it in time"
    server.behaviours[path(0)] = Behaviour()
    assert said(*words(server, tmp_path))[0] == 0
    assert (tmp_path / name(0)).read_bytes() == BODY
    assert [wanted for p, wanted, *_ in server.seen if p == path(0)] == [None, f"bytes={have}-"]


def test_ctrl_c_ends_at_once(server, tmp_path):
    server.files[path(0)] = BODY
    server.behaviours[path(0)] = Behaviour(stall_after=[50_000], stall_s=30)
    command = [sys.executable, "-m", "workflow.cli.main", *words(server, tmp_path, "--accept-licences")]
    running = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while not server.bytes_sent[path(0)]:
        assert time.monotonic() < until, "the download has not begun"
        time.sleep(0.01)
    clock = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert (running.returncode, "Traceback" in said) == (130, False)
    assert time.monotonic() - clock < 10


def test_failed_hours_are_a_table_and_exit_code_1(server, said, tmp_path):
    server.files |= {path(hour): BODY for hour in range(3)}
    server.behaviours[path(1)] = Behaviour(status=[403])
    code, out, told = said(*words(server, tmp_path, "--accept-licences"))
    assert code == 1
    assert f"{name(1)}: HTTP 403 Forbidden" in out
    assert told.splitlines()[-1].endswith("1 failed of 3 hours; the same command goes on")
    assert said(*words(server, tmp_path))[0] == 0


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--mondays", "2018-06-05"], "--mondays: '2018-06-05' holds no Monday"),
        (["--mondays", "2020..2018"], "ends before it begins"),
        (["--mondays", "2018", "--hours", "24"], "--hours: '24' is not an hour"),
        (["--mondays", "2018", "--download", "connections=9"], "--download connections"),
        (["--mondays", "2018", "--download", "conections=2"], "did you mean 'connections'?"),
        (
            ["--mondays", "2018", "--download", "addresses=['http://x/{day}.csv.tar']"],
            "with {day} and {hour}",
        ),
        (["--mondays", "2018", "--config", "none.yaml"], "no such configuration file"),
        ([], "--mondays: is missing"),
    ],
)
def test_wrong_options_are_one_line(said, tmp_path, more, problem):
    code, _, told = said("download", tmp_path / "new", *more)
    assert code == 2
    assert problem in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "new").exists()
