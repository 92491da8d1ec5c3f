"""What lies in the folder of a download: files, their list, parts, and room for more."""

import hashlib
import json
import subprocess

import pytest

from data_schemas.errors import InputError
from tests.pipeline.download.hour_server import Behaviour
from tests.pipeline.download.hours import BODY, is_whole, name, packed, path
from tracks.download import Download, check_files


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
