"""The download against a real HTTP server on loopback that stalls, breaks off, refuses and lies."""

import gzip
import hashlib
import io
import json
import os
import pty
import random
import signal
import subprocess
import sys
import tarfile
import time

import pytest
import yaml

from data_schemas.config import DownloadSettings
from data_schemas.errors import InputError
from tests.pipeline.hour_server import Behaviour, HourServer, closed_port, forward_proxy, serving
from tests.pipeline.runs import ROOT, trackmill, write_config
from tracks.download import Download, check_files
from workflow.cli.main import main

DAY = "2018-06-04"


def packed(rows, seed=0):
    """An hour as it is published, of random rows that gzip cannot pack much."""
    draw = random.Random(seed)
    lines = (b"%d,%06x\n" % (draw.getrandbits(30), draw.getrandbits(24)) for _ in range(rows))
    inner = gzip.compress(b"time,icao24\n" + b"".join(lines), mtime=0)
    return tar_of(f"states_{DAY}-00.csv.gz", inner)


def tar_of(member, data):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(member)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


BODY = packed(40_000)
assert len(BODY) > 300_000


def name(hour, day=DAY):
    return f"states_{day}-{hour:02d}.csv.tar"


def path(hour, day=DAY):
    return f"/{day}/{hour:02d}/{name(hour, day)}"


@pytest.fixture(autouse=True)
def no_proxy_of_the_site(monkeypatch):
    for key in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(key, raising=False)
        monkeypatch.delenv(key.lower(), raising=False)


@pytest.fixture
def server():
    with serving(HourServer()) as running:
        yield running


@pytest.fixture
def settings(server):
    """Settings that wait next to nothing, with changes."""

    def make(**changes):
        quick = {
            "mondays": DAY,
            "hours": "0",
            "addresses": (f"{server.url}/{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar",),
            "connect_timeout_s": 5,
            "stall_timeout_s": 10,
            "attempts": 3,
            "first_wait_s": 0.01,
            "longest_wait_s": 2,
            "keep_free_gb": 0,
            "hour_gb": 0.001,
        }
        return DownloadSettings(**(quick | changes))

    return make


@pytest.fixture
def one(server, settings, tmp_path):
    """Fetch one hour that the server has, served in some way; return its outcome."""

    def fetch(behaviour, body=BODY, **changes):
        server.files[path(0)] = body
        server.behaviours[path(0)] = behaviour
        return Download(settings(**changes), tmp_path).run()[0]

    return fetch


def ranges(server):
    return [wanted for _, wanted, *_ in server.seen]


def files(folder):
    return sorted(file.name for file in folder.iterdir())


def is_whole(outcome, folder, body=BODY):
    """Nothing but the file and the list lies in the folder, and the file is that of the server."""
    assert (outcome.status, outcome.reason) == ("fetched", "")
    assert files(folder) == ["download.jsonl", outcome.hour.name]
    return (folder / outcome.hour.name).read_bytes() == body


def is_nowhere(outcome, folder):
    """The file failed, and no reader can take anything for it."""
    assert outcome.status == "failed"
    return not (folder / outcome.hour.name).exists() and not (folder / "download.jsonl").exists()


def test_hours_are_fetched_checked_and_listed(server, settings, tmp_path):
    bodies = {hour: packed(100, hour) for hour in range(24)}
    server.files |= {path(hour): body for hour, body in bodies.items()}
    outcomes = Download(settings(hours="0..23"), tmp_path).run()
    assert [outcome.status for outcome in outcomes] == ["fetched"] * 24
    listed = [json.loads(line) for line in (tmp_path / "download.jsonl").read_text().splitlines()]
    assert len(listed) == 24
    for entry in listed:
        hour = int(entry["name"][18:20])
        assert (tmp_path / entry["name"]).read_bytes() == bodies[hour]
        assert entry["sha256"] == hashlib.sha256(bodies[hour]).hexdigest()
        assert (entry["addresses"], entry["etag"]) == ([server.url + path(hour)], '"one"')
    agents = {headers["user-agent"].split("/")[0] for *_, headers in server.seen}
    assert agents == {"trackmill"}


def test_second_run_asks_nothing(server, settings, tmp_path):
    server.files[path(0)] = BODY
    wanted = settings(hours="0..1")
    assert [o.status for o in Download(wanted, tmp_path).run()] == ["fetched", "absent"]
    asked = len(server.seen)
    assert [o.status for o in Download(wanted, tmp_path).run()] == ["there", "absent"]
    assert len(server.seen) == asked
    server.files[path(1)] = BODY
    assert [o.status for o in Download(wanted, tmp_path, ask_again=True).run()] == ["there", "fetched"]


def test_addresses_are_tried_in_order(server, settings, tmp_path):
    dotted = f"{server.url}/.{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar"
    plain = f"{server.url}/{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar"
    server.files |= {f"/.{DAY}/00/{name(0)}": BODY, path(1): BODY}
    outcomes = Download(settings(hours="0..2", addresses=(dotted, plain), connections=1), tmp_path).run()
    assert [outcome.status for outcome in outcomes] == ["fetched", "fetched", "absent"]
    assert [p.split("/")[1][0] for p in server.requests()] == [".", ".", "2", ".", "2"]
    # Asked at other addresses, an hour that was absent is asked for again.
    server.files[f"/mirror/{name(2)}"] = BODY
    mirror = (f"{server.url}/mirror/states_{{day}}-{{hour}}.csv.tar",)
    assert Download(settings(hours="2", addresses=mirror), tmp_path).run()[0].status == "fetched"


@pytest.mark.parametrize("kind", ["break_after", "stall_after"])
def test_a_broken_or_silent_connection_is_gone_on_with(server, one, tmp_path, kind):
    clock = time.monotonic()
    outcome = one(Behaviour(**{kind: [100_000, 120_000]}), stall_timeout_s=0.4)
    assert time.monotonic() - clock < 10  # the server would be silent for 10 s each time
    assert is_whole(outcome, tmp_path)
    first, second, third = ranges(server)
    assert first is None
    begun = [int(wanted.removeprefix("bytes=").removesuffix("-")) for wanted in (second, third)]
    assert 100_000 - (1 << 14) <= begun[0] <= 100_000
    assert begun[0] + 120_000 - (1 << 14) <= begun[1] <= begun[0] + 120_000
    assert server.seen[1][3]["if-range"] == '"one"'


def test_attempts_that_bring_something_do_not_count(server, one, tmp_path):
    outcome = one(Behaviour(break_after=[40_000] * 7), attempts=2)
    assert is_whole(outcome, tmp_path)
    assert len(server.seen) == 8


def test_a_server_without_ranges_starts_again(server, one, tmp_path):
    assert is_whole(one(Behaviour(ranges=False, break_after=[200_000])), tmp_path)
    assert server.bytes_sent[path(0)] == 200_000 + len(BODY)


def test_without_a_validator_no_part_is_kept(server, one, tmp_path):
    assert is_whole(one(Behaviour(etag=None, break_after=[200_000])), tmp_path)
    assert ranges(server) == [None, None]


def test_a_weak_etag_is_no_validator_but_a_date_is(server, one, tmp_path):
    date = "Mon, 04 Jun 2018 02:00:00 GMT"
    assert is_whole(one(Behaviour(etag='W/"1"', last_modified=date, break_after=[200_000])), tmp_path)
    assert server.seen[1][3]["if-range"] == date


@pytest.mark.parametrize("obey", [True, False])
def test_a_part_of_a_file_that_has_changed_is_thrown_away(server, settings, tmp_path, obey):
    """A server that knows If-Range sends all of the new file, another one a part that must not be joined."""
    server.files[path(0)] = BODY
    server.behaviours[path(0)] = Behaviour(break_after=[200_000] * 9)
    assert Download(settings(attempts=1), tmp_path).run()[0].status == "failed"
    part = tmp_path / f"{name(0)}.part"
    assert part.stat().st_size > 150_000
    changed = packed(40_000, seed=1)
    server.files[path(0)] = changed
    server.behaviours[path(0)] = Behaviour(etag='"two"', obey_if_range=obey)
    assert is_whole(Download(settings(), tmp_path).run()[0], tmp_path, changed)


def test_a_file_that_is_shorter_than_its_part_is_fetched_anew(server, settings, tmp_path):
    server.files[path(0)] = BODY
    server.behaviours[path(0)] = Behaviour(break_after=[200_000])
    Download(settings(attempts=1), tmp_path).run()
    shorter = packed(100)
    server.files[path(0)] = shorter
    assert is_whole(Download(settings(), tmp_path).run()[0], tmp_path, shorter)
    assert ranges(server)[-1] is None


def test_a_file_without_announced_length(one, tmp_path):
    assert is_whole(one(Behaviour(chunked=True, break_after=[200_000])), tmp_path)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_holds_all_connections(server, settings, tmp_path, status):
    server.files |= {path(hour): BODY for hour in range(4)}
    server.behaviours[path(0)] = Behaviour(status=[status], retry_after="1")
    outcomes = Download(settings(hours="0..3", connections=1), tmp_path).run()
    assert {outcome.status for outcome in outcomes} == {"fetched"}
    moments = [moment for _, _, moment, _ in server.seen]
    assert moments[1] - moments[0] >= 1.0
    assert len(moments) == 5


def test_a_wait_of_one_connection_holds_the_other(server, settings, tmp_path):
    server.files |= {path(hour): packed(50) for hour in range(8)}
    server.behaviours[path(0)] = Behaviour(status=[429], retry_after="1")
    server.behaviours[path(1)] = Behaviour(bytes_per_s=8000)
    Download(settings(hours="0..7", connections=2), tmp_path).run()
    moments = sorted(moment for _, _, moment, _ in server.seen)
    assert moments[1] - moments[0] < 0.5  # two begin together
    assert moments[2] - moments[0] >= 1.0  # and whatever comes next, comes when it may


def test_a_longer_wait_than_ours_fails_the_file(one, tmp_path):
    outcome = one(Behaviour(status=[503] * 9, retry_after="3600"))
    assert is_nowhere(outcome, tmp_path)
    assert "come again in 3600 s" in outcome.reason


def test_passing_faults_of_the_server_are_waited_for(server, one, tmp_path):
    assert is_whole(one(Behaviour(status=[503, 500])), tmp_path)
    moments = [moment for _, _, moment, _ in server.seen]
    assert moments[2] - moments[1] > (moments[1] - moments[0]) / 2  # the wait grows


@pytest.mark.parametrize(
    ("status", "requests"), [(403, 1), (401, 1), (400, 1), (301, 1), (206, 1), (502, 3), (429, 3)]
)
def test_a_file_that_is_refused_is_told_with_its_status(server, one, tmp_path, status, requests):
    outcome = one(Behaviour(status=[status] * 9))
    assert is_nowhere(outcome, tmp_path)
    assert outcome.reason.startswith(f"HTTP {status}")
    assert len(server.seen) == requests


@pytest.mark.parametrize("status", [404, 410])
def test_an_absent_hour_is_no_failure(server, settings, tmp_path, status):
    server.files |= {path(0): BODY, path(1): BODY}
    server.behaviours[path(1)] = Behaviour(status=[status])
    assert [o.status for o in Download(settings(hours="0,1"), tmp_path).run()] == ["fetched", "absent"]


def test_more_announced_than_sent_is_refused(one, tmp_path):
    outcome = one(Behaviour(announce=100))
    assert is_nowhere(outcome, tmp_path)
    assert f"of {len(BODY) + 100:,}" in outcome.reason or "shorter than what has come" in outcome.reason


def test_less_announced_than_sent_is_refused(server, one, tmp_path):
    outcome = one(Behaviour(announce=-20_000))
    assert is_nowhere(outcome, tmp_path)
    assert "the same bytes came twice" in outcome.reason
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    "body", [b"<html>sign in first</html>" * 9, b"", BODY[:-30_000], gzip.compress(b"x")]
)
def test_what_is_no_whole_archive_is_refused(one, tmp_path, body):
    assert is_nowhere(one(Behaviour(), body), tmp_path)


def test_a_flipped_bit_is_found_and_fetched_again(server, settings, tmp_path):
    flipped = bytearray(BODY)
    flipped[len(BODY) // 2] ^= 1
    server.files[path(0)] = bytes(flipped)
    outcome = Download(settings(), tmp_path).run()[0]
    assert outcome.status == "failed"
    assert "gzip" in outcome.reason
    server.files[path(0)] = BODY
    assert is_whole(Download(settings(), tmp_path).run()[0], tmp_path)


def test_md5_of_an_s3_server_is_checked(server, settings, tmp_path):
    s3 = {"x-amz-request-id": "1"}
    right, other = hashlib.md5(BODY).hexdigest(), hashlib.md5(b"").hexdigest()
    server.files |= {path(hour): BODY for hour in range(5)}
    server.behaviours |= {
        path(0): Behaviour(etag=f'"{right}"', headers=s3),
        path(1): Behaviour(etag=f'"{other}"', headers=s3),
        path(2): Behaviour(etag=f'"{other}-7"', headers=s3),  # of parts: no MD5 of the whole
        path(3): Behaviour(etag=f'"{other}"', headers=s3 | {"x-amz-server-side-encryption": "aws:kms"}),
        path(4): Behaviour(etag=f'"{other}"'),  # no S3: 32 digits may be anything
    }
    outcomes = Download(settings(hours="0..4"), tmp_path).run()
    assert [outcome.status for outcome in outcomes] == ["fetched", "failed", "fetched", "fetched", "fetched"]
    assert "MD5" in outcomes[1].reason


def test_an_encoding_not_asked_for_is_refused(one, tmp_path):
    outcome = one(Behaviour(headers={"Content-Encoding": "gzip"}))
    assert is_nowhere(outcome, tmp_path)
    assert "gzip, which was not asked for" in outcome.reason


def test_no_more_connections_than_allowed(server, settings, tmp_path):
    server.files |= {path(hour): packed(200) for hour in range(12)}
    server.behaviours |= {path(hour): Behaviour(bytes_per_s=60_000) for hour in range(12)}
    Download(settings(hours="0..11", connections=3), tmp_path).run()
    assert server.most_open == 3


def test_the_rest_is_not_tried_after_failures_in_a_row(settings, tmp_path):
    nowhere = (f"{closed_port()}/states_{{day}}-{{hour}}.csv.tar",)
    wanted = settings(hours="0..23", addresses=nowhere, failures_in_a_row=3, connections=1)
    outcomes = Download(wanted, tmp_path).run()
    assert [outcome.status for outcome in outcomes] == ["failed"] * 3 + ["not tried"] * 21
    assert "no connection (" in outcomes[0].reason
    assert "Connection refused" in outcomes[0].reason
    assert outcomes[3].reason == "3 files failed in a row"


def test_files_that_are_there_already_are_taken_if_whole(server, settings, tmp_path):
    server.files |= {path(hour): BODY for hour in range(3)}
    (tmp_path / name(0)).write_bytes(BODY)
    (tmp_path / name(1)).write_bytes(BODY[:-50_000])
    outcomes = Download(settings(hours="0..2"), tmp_path).run()
    assert [outcome.status for outcome in outcomes] == ["there", "fetched", "fetched"]
    assert (tmp_path / name(1)).read_bytes() == BODY
    assert len(server.seen) == 2
    # So is an hour that the server did not have and that somebody brought since.
    assert Download(settings(hours="3"), tmp_path).run()[0].status == "absent"
    (tmp_path / name(3)).write_bytes(BODY)
    assert Download(settings(hours="3"), tmp_path).run()[0].status == "there"


def test_a_listed_file_of_another_size_is_fetched_again(one, settings, tmp_path):
    one(Behaviour())
    (tmp_path / name(0)).write_bytes(BODY[:100])
    assert is_whole(Download(settings(), tmp_path).run()[0], tmp_path)


def test_a_process_that_ended_before_the_last_steps(server, settings, tmp_path):
    """All bytes have come, but the file was neither checked nor named: nothing is asked for again."""
    server.files[path(0)] = BODY
    server.behaviours[path(0)] = Behaviour(break_after=[200_000])
    Download(settings(attempts=1), tmp_path).run()
    with (tmp_path / f"{name(0)}.part").open("r+b") as part:
        part.seek(0)
        part.write(BODY)
    asked = len(server.seen)
    assert is_whole(Download(settings(), tmp_path).run()[0], tmp_path)
    assert len(server.seen) == asked


def test_a_line_of_the_list_that_was_cut_is_ignored(server, one, settings, tmp_path):
    one(Behaviour())
    with (tmp_path / "download.jsonl").open("a") as handle:
        handle.write('{"name": "states_')
    server.files[path(1)] = BODY
    outcomes = Download(settings(hours="0,1"), tmp_path).run()
    assert [outcome.status for outcome in outcomes] == ["there", "fetched"]
    assert Download(settings(hours="0,1"), tmp_path).outcomes.keys() == {name(0), name(1)}


def test_without_room_nothing_is_begun(server, settings, tmp_path):
    wanted = settings(hours="0..23", keep_free_gb=1e9)
    with pytest.raises(InputError, match=r"about 0\.024 GB are needed, 24 hours of 0\.001 GB; .* are free"):
        Download(wanted, tmp_path).run()
    assert not server.seen


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_the_download_stops_before_the_disk_is_full(server, settings, small_disk):
    bodies = {hour: packed(60_000, hour) for hour in range(6)}  # some 0.6 MB each
    server.files |= {path(hour): body for hour, body in bodies.items()}
    wanted = settings(hours="0..5", hour_gb=0.0001, connections=1)
    outcomes = Download(wanted, small_disk).run()
    statuses = [str(outcome.status) for outcome in outcomes]
    fetched = statuses.count("fetched")
    assert 2 <= fetched <= 3
    assert statuses == ["fetched"] * fetched + ["not tried"] * (6 - fetched)
    assert f"are needed for {name(fetched)}" in outcomes[-1].reason
    assert not list(small_disk.glob("*.part"))


def test_a_disk_that_others_fill_is_told(server, settings, small_disk):
    server.files[path(0)] = BODY
    server.behaviours[path(0)] = Behaviour(chunked=True)  # no length: the estimate is believed
    (small_disk / "others").write_bytes(bytes(1_900_000))
    outcomes = Download(settings(hour_gb=0.00001), small_disk).run()
    assert outcomes[0].status == "not tried"
    assert "No space left on device" in outcomes[0].reason


def test_a_folder_that_cannot_be_written_is_one_line(settings, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="not a folder for the data"):
        Download(settings(), tmp_path / "file").run()


def test_a_part_that_cannot_be_written_ends_all_in_one_line(server, settings, tmp_path):
    server.files |= {path(hour): BODY for hour in range(3)}
    (tmp_path / f"{name(0)}.part").mkdir()
    with pytest.raises(InputError, match=r"cannot be written \(.+\); mend the folder"):
        Download(settings(hours="0..2"), tmp_path).run()


def test_a_proxy_of_the_environment_is_used(server, one, tmp_path, monkeypatch):
    with serving(forward_proxy()) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
        assert is_whole(one(Behaviour()), tmp_path)
        assert proxy.seen == [server.url + path(0)]


def test_no_proxy_is_heeded(one, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert is_whole(one(Behaviour()), tmp_path)


def test_a_proxy_that_does_not_answer_is_named(one, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    outcome = one(Behaviour(), attempts=1)
    assert is_nowhere(outcome, tmp_path)
    assert outcome.reason.startswith("the proxy does not answer as it should")


def test_check_finds_what_has_changed(server, settings, tmp_path):
    server.files |= {path(hour): BODY for hour in range(4)}
    Download(settings(hours="0..3"), tmp_path).run()
    assert check_files(tmp_path) == (4, [])
    (tmp_path / name(1)).unlink()
    (tmp_path / name(2)).write_bytes(BODY[:-1])
    (tmp_path / name(3)).write_bytes(BODY[:-1] + b"x")
    files_listed, problems = check_files(tmp_path)
    assert files_listed == 4
    assert ["missing" in problems[0], "bytes, not" in problems[1], "SHA-256" in problems[2]] == [True] * 3
    with pytest.raises(InputError, match="holds no list"):
        check_files(tmp_path / "..")


# The command


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


# The rule


def snakemake(config, *more):
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *more, "--configfile", str(config)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def rows_of(file):
    with tarfile.open(file) as archive:
        return gzip.decompress(archive.extractfile(archive.next()).read()).count(b"\n") - 1


@pytest.mark.usefixtures("recordings")
def test_the_rule_fetches_the_raw_hours_before_organize(server, tmp_path):
    """Real recordings of two Mondays, served over HTTP, fetched by the rule, read by stage 1."""
    source = tmp_path / "source"
    assert trackmill("samples", source, "calfire", "noisy").returncode == 0
    mondays = sorted(file for day in ("2019-11-11", "2020-09-14") for file in source.glob(f"states_{day}-*"))
    assert len(mondays) > 10
    for file in mondays:
        day, hour = file.name[7:17], int(file.name[18:20])
        server.files[path(hour, day)] = file.read_bytes()
    broken = next(iter(server.files))
    server.behaviours[broken] = Behaviour(status=[503], break_after=[9000])
    download = {
        "mondays": "2019-11-11,2020-09-14..2020-09-20",
        "addresses": [f"{server.url}/{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar"],
        "first_wait_s": 0.05,
        "keep_free_gb": 0,
        "hour_gb": 0.001,
    }
    config = write_config(tmp_path / "run", datasets={"mondays": {"download": download}})
    results = tmp_path / "run" / "results"
    target = results / "mondays" / "ledger" / "organize.json"
    refused = snakemake(config, str(target))
    assert refused.returncode
    assert "datasets.mondays.download: the terms of the data are not accepted" in refused.stderr
    assert not server.seen
    tree = yaml.safe_load(config.read_text())
    tree["download"] = {"accept_licences": True}
    config.write_text(yaml.safe_dump(tree))
    done = snakemake(config, str(target))
    assert done.returncode == 0, done.stderr[-3000:]
    raw = results / "mondays" / "raw"
    assert {file.name: file.read_bytes() for file in raw.glob("*.tar")} == {
        file.name: file.read_bytes() for file in mondays
    }
    assert len(server.requests(broken)) == 3
    fetched = json.loads((results / "mondays" / "ledger" / "download.json").read_text())
    assert (fetched["hours"], len(fetched["absent"])) == (len(mondays), 48 - len(mondays))
    organized = json.loads(target.read_text())
    assert organized["tasks"] == len(mondays)
    assert organized["rows_in"] == sum(map(rows_of, mondays))
    again = snakemake(config, str(target), "-n")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_run_all_and_sbatch_fetch_too(server, tmp_path):
    download = {"mondays": DAY, "accept_licences": True, "keep_free_gb": 0, "hour_gb": 0.001}
    download["addresses"] = [f"{server.url}/{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar"]
    config = write_config(tmp_path, datasets={"m": {"raw": str(tmp_path / "raw"), "download": download}})
    failed = trackmill("run", "all", "--config", config)  # the server has none: stage 1 says so
    assert failed.returncode == 2
    assert "0 were there, 24 absent from the server" in failed.stdout
    assert "no raw hour files here" in failed.stderr
    assert (tmp_path / "raw" / "LICENCES.txt").exists()
    printed = trackmill("sbatch", "all", "--config", config).stdout
    assert f"download --config {config} --dataset m </dev/null" in printed.replace(" \\\n    ", " ")
    assert printed.index(" download ") < printed.index("inputs=$(submit")
    assert "samples" not in trackmill("sbatch", "inputs", "--config", config).stdout
