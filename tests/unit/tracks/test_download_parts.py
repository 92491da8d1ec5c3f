"""What the download is made of, without a server: waits, parts, the list, space, hours, terms."""

import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data_schemas.config import DownloadSettings
from data_schemas.errors import InputError
from tracks.download import accepted, licences_text, write_accepted
from tracks.download.hours import wanted_hours
from tracks.download.manifest import Entry, Manifest
from tracks.download.pace import Pace, Stopped, retry_after_s
from tracks.download.part import Origin, Part
from tracks.download.space import NoSpaceError, Space
from tracks.raw.containers import read_through

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@given(st.integers(0, 10**6))
def test_retry_after_in_seconds_and_as_a_date(seconds):
    assert retry_after_s(f" {seconds} ") == seconds
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_s(date, NOW) == seconds


@pytest.mark.parametrize("header", [None, "", "soon", "-3", "1.5", "٣"])
def test_retry_after_that_asks_for_nothing(header):
    assert retry_after_s(header) is None


def test_retry_after_in_the_past_is_no_wait():
    assert retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT", NOW) == 0


@given(st.text(max_size=40))
def test_retry_after_of_any_text(header):
    asked = retry_after_s(header)
    assert asked is None or asked >= 0


@given(st.text(), st.integers(1, 50))
def test_waits_double_up_to_the_longest(name, failures):
    pace = Pace(2.0, 300.0)
    wait = pace.backoff_s(name, failures)
    whole = min(2.0 * 2 ** (failures - 1), 300.0)
    assert whole / 2 <= wait <= whole
    assert pace.backoff_s(name, failures) == wait


def test_waits_of_files_that_failed_together_differ():
    waits = {Pace(2.0, 300.0).backoff_s(f"states_2018-06-04-{hour:02d}.csv.tar", 1) for hour in range(24)}
    assert len(waits) == 24


def test_a_stopped_download_waits_no_more():
    pace = Pace(1, 1)
    pace.hold(3600)
    pace.stop()
    for wait in (pace.check, pace.wait_for_turn, lambda: pace.wait(3600)):
        with pytest.raises(Stopped):
            wait()


def test_a_part_outlives_the_process_only_with_a_validator(tmp_path):
    part = Part(tmp_path / "a.csv.tar")
    assert (part.origin(), part.bytes) == (None, 0)
    for origin, usable in [
        (Origin("http://a", 10, '"x"'), True),
        (Origin("http://a", None, '"x"'), True),
        (Origin("http://a", 10, 'W/"x"', "Mon, 04 Jun 2018 02:00:00 GMT"), True),
        (Origin("http://a", 10, 'W/"x"'), False),
        (Origin("http://a", 10), False),
        (Origin("http://a", 3, '"x"'), False),  # more has come than there should be
    ]:
        part.begin(origin)
        part.path.write_bytes(b"12345")
        assert Part(part.final).origin() == (origin if usable else None)
    part.drop()
    assert not list(tmp_path.iterdir())


def test_a_record_that_cannot_be_read_is_no_part(tmp_path):
    part = Part(tmp_path / "a.csv.tar")
    part.path.write_bytes(b"12345")
    for text in ("", "{", "[]", '{"address": 1, "more": 2}'):
        (tmp_path / "a.csv.tar.part.json").write_text(text)
        assert part.origin() is None


def test_the_last_line_of_a_name_holds(tmp_path):
    manifest = Manifest(tmp_path)
    manifest.add(Entry("a", "1", ("http://x/a",)))
    manifest.add(Entry("b", "2", ("http://x/b",), 5, "00"))
    manifest.add(Entry("a", "3", ("http://x/a",), 7, "11", '"e"', "date"))
    again = Manifest(tmp_path).entries
    assert again == manifest.entries
    assert (again["a"].bytes, again["a"].absent, again["b"].addresses) == (7, False, ("http://x/b",))


@given(st.binary(max_size=60))
def test_any_bytes_in_the_list_leave_the_whole_lines(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("list")
    Manifest(folder).add(Entry("a", "1", ("http://x/a",), 7, "11"))
    with (folder / "download.jsonl").open("ab") as handle:
        handle.write(cut.replace(b"\n", b""))
    Manifest(folder).add(Entry("b", "2", ("http://x/b",), 5, "00"))
    assert Manifest(folder).entries.keys() == {"a", "b"}


def test_space_is_shared_by_the_transfers(tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage)
    space = Space(tmp_path, keep_free_gb=100e-9, hour_bytes=300)  # 900 bytes may be taken
    space.check_all(2, 300)
    with pytest.raises(InputError, match="4 hours of 3e-07 GB"):
        space.check_all(4, 0)
    space.take("a", 500)
    space.take("b", None)  # 300
    with pytest.raises(NoSpaceError, match=r"1\.01e-07 GB are needed for c, 8e-07 GB for files under way"):
        space.take("c", 101)
    space.take("a", 400)  # a new attempt at a file takes the place of the one before
    space.take("c", 200)
    space.came("a", 400)
    space.take("d", 400)
    space.release("d")
    space.release("b")
    space.take("e", 700)


def test_hours_and_where_they_may_lie():
    hours = wanted_hours(DownloadSettings(mondays="2018-06-04..2018-06-17", hours="5,23"))
    assert [hour.name for hour in hours] == [
        f"states_2018-06-{day}-{hour}.csv.tar" for day in ("04", "11") for hour in ("05", "23")
    ]
    place = "https://s3.opensky-network.org/data-samples/states"
    assert hours[0].addresses == (
        f"{place}/.2018-06-04/05/states_2018-06-04-05.csv.tar",
        f"{place}/2018-06-04/05/states_2018-06-04-05.csv.tar",
    )
    assert wanted_hours(DownloadSettings()) == []


@pytest.mark.parametrize("text", ["2018", "2018-06-04", "2018..2020", "2018-06"])
def test_what_yaml_reads_as_a_number_or_a_date_is_the_text_it_was(text):
    assert DownloadSettings(**yaml.safe_load(f"mondays: {text}")).mondays == text


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"mondays": "x"}, "is not a day"),
        ({"mondays": True}, "valid string"),
        ({"hours": "24"}, "is not an hour"),
        ({"hours": ""}, "empty item"),
        ({"addresses": ()}, "no address"),
        ({"addresses": ("ftp://x/{day}-{hour}.csv.tar",)}, "is not http"),
        ({"addresses": ("http://x/{day}/{hour}/a.csv.tar",)}, "in a name ending in"),
        ({"addresses": ("http://x/{day}-{hour}.avro",)}, "in a name ending in"),
        ({"addresses": ("http://x/{day}-{hour}{minute}.csv.tar",)}, "in a name ending in"),
        ({"addresses": ("http://x/{day}-{hour}.csv.tar", "http://x/{day}_{hour}.csv.tar")}, "same file name"),
        ({"connections": 5}, "less than or equal to 4"),
    ],
)
def test_settings_that_cannot_be(changes, problem):
    with pytest.raises(ValidationError, match=problem):
        DownloadSettings(**changes)


def test_terms_are_accepted_for_a_folder_and_a_version_of_the_text(tmp_path):
    assert not accepted(tmp_path)
    write_accepted(tmp_path, "by a test")
    assert accepted(tmp_path)
    file = tmp_path / "LICENCES.txt"
    assert file.read_text().splitlines()[-1].endswith(": by a test.")
    file.write_text(file.read_text().replace("non-profit", "any", 1))
    assert not accepted(tmp_path)


def test_terms_name_every_source_with_its_page():
    text = licences_text()
    for source in (
        "OpenSky",
        "FAA",
        "Natural Earth",
        "GLOBE",
        "SRTM",
        "OurAirports",
        "tar1090",
        "MIT Lincoln",
    ):
        assert source in text
    assert text.count("https://") > 8
    assert max(map(len, text.splitlines())) <= 120


def test_reading_through_takes_the_name_for_the_container(tmp_path):
    part = tmp_path / "a.csv.gz.part"
    part.write_bytes(gzip.compress(b"time,icao24\n" * 200_000))
    read_through(part, "a.csv.gz")
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(InputError, match="gzip"):
        read_through(part, "a.csv.gz")
    part.write_bytes(gzip.compress(b" \n" * 2_000_000))
    with pytest.raises(InputError, match="no text"):
        read_through(Path(part), "a.csv.gz")
