"""Files of encounters, read by others: Arrow, the published layout of waypoints; the command, its faults."""

import json
import struct

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from data_schemas.errors import InputError
from data_schemas.tables.encounters import ENCOUNTER_TRACKS, ENCOUNTERS
from tests.unit.tracks.encounters.steady import model
from tracks.encounters.flights import read_track
from tracks.models.file import write_model
from workflow.cli.main import main


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder of a model file and of the encounters that the command drew from it."""
    folder = tmp_path_factory.mktemp("encounters")
    write_model(model(), folder / "steady.txt")
    assert run(folder, "out", "--plain") == 0
    return folder


def run(folder, out, *words, own=("--own", "steady.txt")):
    own = (own[0], str(folder / own[1]) if own[1].endswith((".txt", ".csv", ".parquet")) else own[1])
    short = ("-n", "50", "--before", "20", "--after", "10", "--out", str(folder / out))
    return main(["encounters", str(folder / "steady.txt"), *own, *short, *words])


def test_tables_have_their_columns_units_and_settings(made):
    for table in (ENCOUNTERS, ENCOUNTER_TRACKS):
        schema = pq.read_schema(made / "out" / f"{table.name}.parquet")
        table.check(schema, "here")
        assert schema.field("encounter").metadata[b"unit"] == b"1"
        about = json.loads(schema.metadata[b"trackmill.encounters"])
        assert (about["own"], about["intruder"], about["seed"]) == ("steady.txt", "steady.txt", 7)
    facts = pl.read_parquet(made / "out/encounters.parquet")
    assert facts["encounter"].to_list() == list(range(1, 51))
    assert facts["G"].unique().to_list() == [1]
    tracks = pl.read_parquet(made / "out/encounter_tracks.parquet")
    assert tracks.height == 50 * 2 * 31
    keys = tracks.select("encounter", "aircraft", "time_s")
    assert keys.equals(keys.sort("encounter", "aircraft", "time_s"))


def test_distance_in_the_tracks_is_that_of_the_table(made):
    tracks = pl.read_parquet(made / "out/encounter_tracks.parquet").filter(pl.col("time_s") == 20)
    own, intruder = (tracks.filter(pl.col("aircraft") == k) for k in (1, 2))
    facts = pl.read_parquet(made / "out/encounters.parquet")
    north, east, level = (
        (intruder[name] - own[name]).to_numpy() for name in ("north_ft", "east_ft", "alt_ft_agl")
    )
    assert np.hypot(north, east) == pytest.approx(facts["hmd_ft"].to_numpy())
    assert level == pytest.approx(facts["vmd_ft"].to_numpy())


def test_csv_holds_what_parquet_holds(made):
    for table in (ENCOUNTERS, ENCOUNTER_TRACKS):
        parquet = pl.read_parquet(made / "out" / f"{table.name}.parquet")
        text = pl.read_csv(made / "out" / f"{table.name}.csv", schema=parquet.schema)
        assert text.equals(parquet)


def test_waypoints_are_laid_out_as_published(made):
    # em-core, load_waypoints: header, then of each encounter the initial positions and the updates
    data = (made / "out/waypoints.dat").read_bytes()
    assert struct.unpack_from("<II", data) == (50, 2)
    tracks = pl.read_parquet(made / "out/encounter_tracks.parquet")
    at = 8
    for encounter in range(1, 51):
        initial = struct.unpack_from("<6d", data, at)
        at += 48
        for aircraft in (1, 2):
            (updates,) = struct.unpack_from("<H", data, at)
            assert updates == 30
            found = np.array(struct.unpack_from("<120d", data, at + 2)).reshape(30, 4)
            at += 2 + 960
            rows = tracks.filter(pl.col("encounter") == encounter, pl.col("aircraft") == aircraft)
            rows = rows.select("time_s", "north_ft", "east_ft", "alt_ft_agl").to_numpy()
            assert np.array_equal(found, rows[1:])
            assert np.array_equal(initial[3 * aircraft - 3 : 3 * aircraft], rows[0, 1:])
    assert at == len(data)


def test_same_seed_same_bytes_and_other_files_leave(made):
    assert run(made, "again", "--plain") == 0
    names = {file.name for file in (made / "again").iterdir()}
    assert names == {file.name for file in (made / "out").iterdir()}
    for name in names:
        assert (made / "again" / name).read_bytes() == (made / "out" / name).read_bytes(), name
    assert run(made, "again") == 0
    left = {file.name for file in (made / "again").iterdir()}
    assert left == {"encounters.parquet", "encounter_tracks.parquet", "encounters.json"}


def test_command_tells_the_rate_and_what_was_rejected(made, capsys):
    assert run(made, "told", "--hmd-ft", "0..6000", own=("--own-straight", "90,2000,0")) == 0
    facts = json.loads((made / "told/encounters.json").read_text())
    assert facts["pairs_drawn"] == 50 + sum(facts["rejected"].values())
    assert f"{facts['rate_nm2_h']:.4g} encounters an hour" in capsys.readouterr().out
    assert run(made, "told", "--hmd-ft", "500", own=("--own-straight", "90,2000,0")) == 0
    assert "rate_nm2_h" not in json.loads((made / "told/encounters.json").read_text())
    assert pl.read_parquet(made / "told/encounters.parquet")["hmd_ft"].unique().to_list() == [500]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_ownship_from_a_file(made, suffix):
    time = range(31)
    track = pl.DataFrame(
        {
            "time_s": time,
            "north_ft": [1000.0 + 100 * t for t in time],
            "east_ft": [5.0] * 31,
            "alt_ft_agl": [2000.0] * 31,
        }
    )
    track.write_csv(made / "own.csv") if suffix == "csv" else track.write_parquet(made / "own.parquet")
    assert run(made, "file", own=("--own-track", f"own.{suffix}")) == 0
    own = pl.read_parquet(made / "file/encounter_tracks.parquet").filter(pl.col("aircraft") == 1)
    assert own["north_ft"].to_list() == [100.0 * t for t in time] * 50
    assert own["speed_kt"].unique().to_list() == pytest.approx([100 * 0.3048 * 3600 / 1852])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time_s,north_ft,east_ft\n0,0,0\n", "alt_ft_agl"),
        ("time_s,north_ft,east_ft,alt_ft_agl\n0,0,0,9\n2,0,0,9\n", "row 2, time_s: is not 1 s after"),
        ("time_s,north_ft,east_ft,alt_ft_agl\n0,0,0,9\n1,0,,9\n", "row 2: a value is missing"),
        ("time_s,north_ft,east_ft,alt_ft_agl\n0,0,0,9\n1,0,0,9\n", "has 2 rows, 3 are needed"),
        ("time_s,north_ft,east_ft,alt_ft_agl\n0,0,0,x\n", "give a track with columns"),
    ],
)
def test_track_that_cannot_be_is_told_in_one_line(tmp_path, text, words):
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_track(path, 3)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--hmd-ft", "9..1"), "--hmd-ft 9..1: is not 0 <= LOW <= HIGH"),
        (("--vmd-ft", "a..1"), "--vmd-ft a..1: is not NUMBER..NUMBER"),
        (("--apart-ft", "1"), "--apart-ft 1: is not NUMBER,NUMBER"),
        (("--before", "0"), "--before 0: is too small"),
        (("--seed", "-1"), "seed: expected 0 to 2^64 - 1"),
        (("--intruder-start", "A=4"), "the intruder has the A of ownship"),
        (("--own-start", "A=9"), "start A=9"),
    ],
)
def test_wrong_words_are_told_in_one_line(made, capsys, words, told):
    assert run(made, "wrong", *words) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not (made / "wrong").exists()


def test_own_start_needs_a_model(made, capsys):
    assert run(made, "wrong", "--own-start", "A=4", own=("--own-straight", "90,2000,0")) == 2
    assert "ownship is not sampled" in capsys.readouterr().err
    assert run(made, "wrong", own=("--own-straight", "0,2000,0")) == 2
    assert "speed is 0 kt" in capsys.readouterr().err


def test_nothing_is_left_where_no_encounter_is_found(made, capsys):
    assert run(made, "none", "--before", "1", "--after", "0", own=("--own-straight", "90,9000,0")) == 2
    assert "no encounters (other_layer" in capsys.readouterr().err
    assert not list((made / "none").iterdir())
