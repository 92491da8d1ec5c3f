"""Recordings of the package traffic, rewritten as OpenSky publishes state vectors."""

import csv
import gzip
import importlib.metadata
import io
import json
import math
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from data_schemas.errors import InputError
from data_schemas.tables.raw import RAW_COLUMNS
from tracks.samples import write_samples

HEADER = (  # as the published files have it
    "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,alert,spi,squawk,"
    "baroaltitude,geoaltitude,lastposupdate,lastcontact"
)
RECORDS = [
    {
        "timestamp": 1633611600000,  # 2021-10-07 13:00:00
        "icao24": "4B43AC",
        "latitude": 47.5,
        "longitude": 8.25,
        "groundspeed": 360,
        "track": -47,
        "vertical_rate": -600.0,
        "callsign": "REGA1",
        "squawk": 7100.0,
        "altitude": 10000.0,
        "geoaltitude": 10500.0,
        "onground": False,
        "alert": True,
        "last_position": 1633611599737,
        "hour": 1633611600,
    },
    {"timestamp": 1633611599000, "icao24": "4b43ac", "latitude": 47.4, "longitude": 8.2, "squawk": "21"},
    {"timestamp": None, "icao24": "4b43ac", "latitude": 47.4, "longitude": 8.2},
]
BY_COLUMN = {  # the other layout, a mapping of columns by row
    "timestamp": {"7": 1633611599000, "9": 1633611599000},
    "icao24": {"7": "aaaaaa", "9": "00beef"},
    "latitude": {"7": 1.5, "9": None},
    "longitude": {"7": -2.5, "9": None},
    "onground": {"7": True, "9": None},
}


@pytest.fixture
def package(tmp_path):
    """A folder that looks like the installed package."""
    samples = tmp_path / "site" / "traffic" / "data" / "samples"
    for name, tree in {
        "ambulances/rega_x": RECORDS,
        "noisy/noisy_x": BY_COLUMN,
        "performance/fuel": {"timestamp": {"0": 1}, "weight": {"0": 2}},
    }.items():
        file = samples / f"{name}.json.gz"
        file.parent.mkdir(parents=True)
        file.write_bytes(gzip.compress(json.dumps(tree).encode()))
        (file.parent / "__init__.py").write_text("raise SystemExit('imported')")
    return tmp_path / "site"


def read_hour(path):
    """Read an hour file with the standard library alone: header and rows."""
    with tarfile.open(path) as tar:
        (member,) = tar.getmembers()
        assert member.name == path.name.removesuffix(".tar") + ".gz"
        text = gzip.decompress(tar.extractfile(member).read()).decode()
    rows = list(csv.reader(io.StringIO(text)))
    return text.splitlines()[0], [dict(zip(RAW_COLUMNS, row, strict=True)) for row in rows[1:]]


def test_values_are_si_in_the_published_form(package, tmp_path):
    counts = write_samples(["rega_x"], tmp_path / "raw", package)
    assert (counts.rows_in, counts.rows_out, counts.left) == (3, 2, {"missing_time": 1})
    assert sorted(p.name for p in (tmp_path / "raw").iterdir()) == [
        "states_2021-10-07-12.csv.tar",
        "states_2021-10-07-13.csv.tar",
    ]
    header, (row,) = read_hour(tmp_path / "raw" / "states_2021-10-07-13.csv.tar")
    assert header == HEADER
    assert float(row.pop("velocity")) == pytest.approx(185.2, abs=1e-12)  # 360 kt = 360 × 1852 / 3600 m/s
    assert row == {
        "time": "1633611600",
        "icao24": "4b43ac",
        "lat": "47.5",
        "lon": "8.25",
        "heading": "313.0",
        "vertrate": "-3.048",  # 10 ft/s down
        "callsign": "REGA1   ",
        "onground": "False",
        "alert": "True",
        "spi": "",
        "squawk": "7100",
        "baroaltitude": "3048.0",
        "geoaltitude": "3200.4",
        "lastposupdate": "1633611599.737",
        "lastcontact": "",
    }
    _, (before,) = read_hour(tmp_path / "raw" / "states_2021-10-07-12.csv.tar")
    assert {k: v for k, v in before.items() if v} == {
        "time": "1633611599",
        "icao24": "4b43ac",
        "lat": "47.4",
        "lon": "8.2",
        "squawk": "0021",
    }


def test_recordings_merge_into_one_hour_by_time_then_address(package, tmp_path):
    write_samples(["rega_x", "noisy", "noisy_x"], tmp_path / "raw", package)
    _, rows = read_hour(tmp_path / "raw" / "states_2021-10-07-12.csv.tar")
    assert [r["icao24"] for r in rows] == ["00beef", "4b43ac", "aaaaaa"]
    assert [r["onground"] for r in rows] == ["", "", "True"]


def test_same_bytes_every_time_and_an_identical_file_is_left_alone(package, tmp_path):
    write_samples(["noisy", "rega_x"], tmp_path / "a", package)
    write_samples(["ambulances", "noisy"], tmp_path / "b", package)
    first = {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()}
    assert first == {p.name: p.read_bytes() for p in (tmp_path / "b").iterdir()}
    stamps = {p: p.stat().st_ino for p in (tmp_path / "a").iterdir()}
    write_samples(["noisy", "rega_x"], tmp_path / "a", package)
    assert stamps == {p: p.stat().st_ino for p in (tmp_path / "a").iterdir()}


def test_hours_of_recordings_no_longer_wanted_go(package, tmp_path):
    write_samples(["rega_x", "noisy"], tmp_path, package)
    write_samples(["noisy"], tmp_path, package)
    assert [p.name for p in tmp_path.glob("states*")] == ["states_2021-10-07-12.csv.tar"]
    _, rows = read_hour(tmp_path / "states_2021-10-07-12.csv.tar")
    assert [r["icao24"] for r in rows] == ["00beef", "aaaaaa"]


@pytest.mark.parametrize("name", ["states_2021-10-07-12.csv.tar", "states_2017-06-05-00.csv.gz"])
def test_somebody_elses_hours_are_not_touched(package, tmp_path, name):
    theirs = tmp_path / "raw" / name
    theirs.parent.mkdir()
    with tarfile.open(theirs, "w") as tar:
        tar.addfile(tarfile.TarInfo("x"))
    content = theirs.read_bytes()
    with pytest.raises(InputError, match="choose another folder"):
        write_samples(["noisy"], theirs.parent, package)
    assert [p.read_bytes() for p in theirs.parent.iterdir()] == [content]


def test_a_wheel_serves_as_well(package, tmp_path):
    wheel = tmp_path / "traffic-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in package.rglob("*"):
            archive.write(file, file.relative_to(package))
    write_samples(["noisy"], tmp_path / "a", wheel)
    write_samples(["noisy"], tmp_path / "b", package)
    name = "states_2021-10-07-12.csv.tar"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["noisi"], r"noisi: no such recording.*did you mean 'noisy'\?"),
        (["fuel"], "is no recording of positions: it lacks icao24, latitude, longitude"),
        ([], "no recording is named"),
    ],
)
def test_wrong_names_are_one_clear_line(package, tmp_path, names, problem):
    with pytest.raises(InputError, match=problem):
        write_samples(names, tmp_path / "raw", package)
    assert not (tmp_path / "raw").exists()


def test_without_the_package_the_remedy_is_named(tmp_path, monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", absent)
    with pytest.raises(InputError, match=r"pip install --no-deps traffic==2\.13"):
        write_samples(["quickstart"], tmp_path)
    with pytest.raises(InputError, match="holds no recordings"):
        write_samples(["quickstart"], tmp_path, tmp_path)


def test_a_file_that_is_no_json_is_one_clear_line(package, tmp_path):
    file = next(package.rglob("noisy_x.json.gz"))
    file.write_bytes(b"not gzip")
    with pytest.raises(InputError, match="is not a recording in JSON"):
        write_samples(["noisy"], tmp_path / "raw", package)


@pytest.mark.parametrize("name", ["calfire", "noisy_spoofing", "gliders", "rega_sg"])
def test_real_recordings_convert_back(tmp_path, name):
    """The installed package: feet and knots come back to 1e-9, missing stays missing, no row is lost."""
    try:
        package = importlib.metadata.distribution("traffic")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package traffic is not installed")
    root = Path(package.locate_file("traffic/data/samples"))
    files = sorted(root.glob(f"*/{name}.json.gz")) + sorted(root.glob(f"{name}/*.json.gz"))
    wanted = []
    for file in files:
        tree = json.loads(gzip.decompress(file.read_bytes()))
        if isinstance(tree, dict):
            tree = [{k: column[i] for k, column in tree.items()} for i in tree["timestamp"]]
        wanted += tree
    counts = write_samples([name], tmp_path)
    assert counts.rows_in == counts.rows_out == len(wanted)
    rows = [r for path in sorted(tmp_path.iterdir()) for r in read_hour(path)[1]]
    wanted.sort(key=lambda r: (r["timestamp"], r["icao24"]))
    assert [float(r["time"]) * 1000 for r in rows] == [w["timestamp"] for w in wanted]
    for column, original, factor in [
        ("lat", "latitude", 1),
        ("baroaltitude", "altitude", 0.3048),
        ("geoaltitude", "geoaltitude", 0.3048),
        ("velocity", "groundspeed", 1852 / 3600),
        ("vertrate", "vertical_rate", 0.3048 / 60),
    ]:
        back = [float(r[column]) / factor if r[column] else math.nan for r in rows]
        had = [math.nan if w.get(original) is None else w[original] for w in wanted]
        np.testing.assert_allclose(back, had, rtol=0, atol=1e-9)
