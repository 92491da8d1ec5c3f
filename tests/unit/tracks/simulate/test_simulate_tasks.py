"""Hour files: their form, their faults, and the truth behind them."""

import gzip
import hashlib
import tarfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import stats

from data_schemas.config import SimulateSettings
from data_schemas.errors import InputError
from data_schemas.task import Task
from tracks.raw import read_hour
from tracks.simulate import hour, simulate_task, simulate_tasks, tasks, true_states

COLUMNS = (
    "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,alert,spi,squawk,"
    "baroaltitude,geoaltitude,lastposupdate,lastcontact"
)
ADDRESS = "^[0-9a-f]{6}$"
FAULTLESS = {
    name: 0
    for name in SimulateSettings.model_fields
    if name.startswith(("missing_", "outlier_", "no_", "duplicate_", "bad_", "gaps_", "dropouts_"))
}
PLAIN = SimulateSettings(seed=5, aircraft=250, start="2021-10-04-17", hours=1, form=".csv", **FAULTLESS)
FLOATS = ("lat", "lon", "velocity", "heading", "vertrate", "baroaltitude", "geoaltitude")


def write(folder, settings):
    task = simulate_tasks(folder, settings)[0]
    return Path(task.output), simulate_task(task, settings=settings)


def numbers(frame):
    columns = ("time", *FLOATS, "lastposupdate", "lastcontact")
    return frame.with_columns(pl.col(columns).cast(pl.Float64))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path, counts = write(tmp_path_factory.mktemp("plain"), PLAIN)
    return pl.read_csv(path, infer_schema=False), counts


def test_columns_and_texts_are_those_of_the_published_files(two_hours):
    _, task_list, _, frames = two_hours
    assert Path(task_list[0].output).read_text().split("\n", 1)[0] == COLUMNS
    frame = pl.concat(frames)
    for flag in ("onground", "alert", "spi"):
        assert set(frame[flag]) <= {"True", "False"}
    assert set(frame["callsign"].drop_nulls().str.len_bytes()) == {8}
    assert frame["squawk"].drop_nulls().str.contains("^[0-7]{4}$").all()
    assert (frame["squawk"].drop_nulls() == "1200").sum() > 100
    good = frame["icao24"].drop_nulls().str.contains(ADDRESS)
    assert good.mean() > 0.98
    assert not frame.select(pl.any_horizontal(pl.all() == "NaN").any()).item()


def test_rows_are_in_time_order_on_the_grid(two_hours):
    settings, task_list, _, frames = two_hours
    begin = int(settings.first_hour.timestamp())
    for index, frame in enumerate(frames):
        time = frame["time"].cast(pl.Int64)
        assert time.is_sorted()
        assert set(time.unique()) == set(range(begin + 3600 * index, begin + 3600 * (index + 1), 10))
    assert [task.id[-5:] for task in task_list] == ["04-23", "05-00"]


def test_counts_are_what_is_in_the_file(two_hours):
    _, _, all_counts, frames = two_hours
    for counts, text in zip(all_counts, frames, strict=True):
        assert counts.rows_out == text.height
        assert counts.left["coverage_gap"] > 0
        once = text.unique(maintain_order=True)
        assert counts.made["duplicate_row"] == text.height - once.height > 0
        rows = numbers(once)
        air = pl.col("onground") == "False"
        age = pl.col("time") - pl.col("lastposupdate")
        found = {
            "bad_address": ~pl.col("icao24").fill_null("").str.contains(ADDRESS),
            "stale_position": age > 2,
            "missing_position": pl.col("lat").is_null(),
            "missing_squawk": pl.col("squawk").is_null(),
            "missing_callsign": pl.col("callsign").is_null(),
            "missing_velocity": pl.col("velocity").is_null(),
            "missing_baroaltitude": air & pl.col("baroaltitude").is_null(),
            "missing_geoaltitude": air & pl.col("geoaltitude").is_null(),
            "onground": ~air,
        }
        for name, which in found.items():
            assert counts.made[name] == rows.filter(which).height > 0, name
        ground = rows.filter(~air)
        assert ground["baroaltitude"].null_count() == ground["geoaltitude"].null_count() == ground.height


def test_positions_grow_no_staler_than_allowed(two_hours):
    settings, _, _, frames = two_hours
    rows = numbers(pl.concat(frames))
    for name in ("lastposupdate", "lastcontact"):
        age = rows["time"] - rows[name].drop_nulls() if name == "lastcontact" else rows["time"] - rows[name]
        assert age.min() >= 0
        assert 10 < age.max() <= settings.stale_s
    assert (
        rows["lastposupdate"].drop_nulls() <= rows.filter(pl.col("lat").is_not_null())["lastcontact"]
    ).all()
    repeated = rows.filter(pl.col("icao24").str.contains(ADDRESS)).drop_nulls("lat").unique()
    groups = repeated.group_by("icao24", "lastposupdate").agg(pl.len(), pl.col("lat", "lon").n_unique())
    assert groups.filter(pl.col("len") > 1).height > 50
    # An outlying position is the one thing that a message repeated does not repeat.
    assert groups.filter((pl.col("lat") > 1) | (pl.col("lon") > 1)).height <= 2


def test_no_jump_over_the_hour(two_hours):
    _, _, _, frames = two_hours
    middle = int(frames[1]["time"][0])
    rows = numbers(pl.concat(frames)).filter(pl.col("icao24").str.contains(ADDRESS)).drop_nulls("lat")
    near = rows.filter((pl.col("time") - middle).abs() <= 60).sort("icao24", "lastposupdate")
    last = near.filter(pl.col("time") < middle).group_by("icao24", maintain_order=True).last()
    first = near.filter(pl.col("time") >= middle).group_by("icao24", maintain_order=True).first()
    both = last.join(first, on="icao24", suffix="_next")
    seconds = both["lastposupdate_next"] - both["lastposupdate"]
    north = (both["lat_next"] - both["lat"]) * 60 * 1852
    east = (both["lon_next"] - both["lon"]) * 60 * 1852 * np.cos(np.radians(both["lat"]))
    assert both.height > 20
    moved = np.hypot(north.to_numpy(), east.to_numpy())
    fastest = 550 * 1852 / 3600
    assert np.all(moved <= 15 + fastest * seconds.to_numpy())
    fast = both.select(pl.max_horizontal("velocity", "velocity_next"))["velocity"].fill_null(fastest)
    # 30 m/s more: it may have been faster in between, after 15 to 30 s without a word.
    assert np.all(moved <= 15 + (fast.to_numpy() + 30) * seconds.to_numpy())


def test_reports_are_the_truth_rounded(plain):
    text, counts = plain
    assert counts.left.keys() <= {"coverage_gap"}  # before the first message of a flight
    rows = numbers(text)
    aircraft = true_states(PLAIN, range(250), [rows["time"][0], rows["time"][-1]]).unique("icao24")
    chosen = aircraft.sort("aircraft")[:25]
    rows = rows.filter(pl.col("icao24").is_in(chosen["icao24"].to_list()), pl.col("onground") == "False")
    assert rows.height > 1000

    def joined(column):
        truth = true_states(PLAIN, chosen["aircraft"].to_list(), rows[column])
        return rows.join(truth, left_on=["icao24", column], right_on=["icao24", "time_s"], how="left")

    at_position, at_contact = joined("lastposupdate"), joined("lastcontact")
    assert at_position["lat_deg"].null_count() == at_contact["lat_deg"].null_count() == 0
    # Half a cell of the CPR grid: 360/59/2^17 degrees high, at these latitudes at most 360/25/2^17 wide.
    assert (at_position["lat"] - at_position["lat_deg"]).abs().max() <= 360 / 59 / 2**18 + 1e-9
    assert 1e-5 < (at_position["lon"] - at_position["lon_deg"]).abs().max() <= 360 / 25 / 2**18
    airborne = at_position.filter(~pl.col("onground_right"))
    for report, truth in (("baroaltitude", "alt_baro_ft_msl"), ("geoaltitude", "alt_geo_ft_msl")):
        steps = airborne[report] / 0.3048 / 25
        assert (steps - steps.round()).abs().max() < 1e-6
        assert (airborne[report] / 0.3048 - airborne[truth]).abs().max() <= 12.5 + 1e-6
    knots = at_contact["velocity"] * 3600 / 1852
    assert (knots - at_contact["speed_kt"]).abs().max() <= np.hypot(0.5, 0.5)
    steps = at_contact["vertrate"] / 0.3048 * 60 / 64
    assert (steps - steps.round()).abs().max() < 1e-6
    assert (at_contact["vertrate"] / 0.3048 - at_contact["vertical_rate_ft_s"]).abs().max() <= 32 / 60 + 1e-6
    fast = at_contact.filter(pl.col("speed_kt") > 60)
    off = (fast["heading"] - fast["course_deg"] + 180) % 360 - 180
    assert off.abs().max() < np.degrees(np.hypot(0.5, 0.5) / 60)


def test_reports_that_are_not_rounded_are_the_truth_but_for_the_noise(tmp_path):
    exact = PLAIN.model_copy(update={"rounded": False})
    path, _ = write(tmp_path, exact)
    rows = numbers(pl.read_csv(path, infer_schema=False)).filter(pl.col("onground") == "False")
    aircraft = true_states(PLAIN, range(250), [rows["time"][0]])["aircraft"][:10].to_list()
    truth = true_states(PLAIN, aircraft, rows["lastposupdate"].unique())
    both = rows.join(truth, left_on=["icao24", "lastposupdate"], right_on=["icao24", "time_s"])
    assert both.height > 500
    assert (both["lat"] - both["lat_deg"]).abs().max() < 1e-9
    assert (both["lon"] - both["lon_deg"]).abs().max() < 1e-9
    for report, altitude in (("baroaltitude", "alt_baro_ft_msl"), ("geoaltitude", "alt_geo_ft_msl")):
        assert (both[report] / 0.3048 - both[altitude]).abs().max() < 1e-6
    path, _ = write(tmp_path / "noisy", exact.model_copy(update={"position_noise_m": 10.0}))
    noisy = numbers(pl.read_csv(path, infer_schema=False))
    off = (
        rows.select("time", "icao24", "lat", "lon")
        .join(noisy, on=["time", "icao24"], suffix="_noisy")
        .unique(["lat", "lon"])
    )
    north = (off["lat_noisy"] - off["lat"]) * 60 * 1852
    east = (off["lon_noisy"] - off["lon"]) * 60 * 1852 * np.cos(np.radians(off["lat"]))
    assert stats.kstest(north / 10, "norm").pvalue > 1e-3
    assert stats.kstest(east / 10, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(north, east)[0, 1]) < 5 / np.sqrt(off.height)


def test_metres_have_the_digits_of_the_published_files(plain):
    text, _ = plain
    for column, decimals in (("baroaltitude", 2), ("geoaltitude", 2), ("vertrate", 5), ("lastcontact", 3)):
        digits = text[column].drop_nulls().str.extract(r"\.(\d+)$", 1).str.len_bytes()
        assert digits.max() <= decimals
    assert not text.select(pl.any_horizontal(pl.all() == "-0.0").any()).item()


@pytest.mark.parametrize(
    ("fault", "column"), [("outlier_altitude", "baroaltitude"), ("outlier_position", "lat"), ("spi", "")]
)
def test_outliers_are_counted_and_change_nothing_else(plain, tmp_path, fault, column):
    text, _ = plain
    changed = PLAIN.model_copy(update={fault: 0.02} if column else {"no_squawk": 1.0})
    path, counts = write(tmp_path, changed)
    wrong = pl.read_csv(path, infer_schema=False)
    if not column:
        assert wrong["squawk"].null_count() == counts.made["missing_squawk"] == wrong.height
        assert wrong.drop("squawk").equals(text.drop("squawk"))
        return
    assert wrong.drop("lat", "lon", "baroaltitude").equals(text.drop("lat", "lon", "baroaltitude"))
    off = (numbers(wrong)[column] - numbers(text)[column]).abs().fill_null(0)
    assert counts.made[fault] == (off > 0).sum() > 20
    low, high = (2000 * 0.3048, 30000 * 0.3048) if fault == "outlier_altitude" else (5.9, 6.2)
    assert off.filter(off > 0).is_between(low, high).all()


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.mark.parametrize("form", [".csv.tar", ".csv.gz", ".csv", ".parquet"])
def test_same_bytes_in_any_order_and_from_any_process(tmp_path, form):
    settings = SimulateSettings(aircraft=120, hours=2, form=form)
    for folder, order in (("a", 1), ("b", -1)):
        tasks._stage_of.cache_clear()
        for task in simulate_tasks(tmp_path / folder, settings)[::order]:
            simulate_task(task, settings=settings)
    a, b = sorted((tmp_path / "a").iterdir()), sorted((tmp_path / "b").iterdir())
    assert [path.name for path in a] == [path.name for path in b]
    assert [digest(path) for path in a] == [digest(path) for path in b]


def test_pieces_held_in_memory_change_no_byte(tmp_path, monkeypatch, two_hours):
    settings, task_list, counts, _ = two_hours
    monkeypatch.setattr(hour, "_CHUNK_ROWS", 1000)
    task = simulate_tasks(tmp_path, settings)[1]
    assert simulate_task(task, settings=settings) == counts[1]
    assert digest(task.output) == digest(task_list[1].output)


def test_every_form_holds_the_same_rows(tmp_path):
    found = {}
    for form in (".csv", ".csv.gz", ".csv.tar", ".parquet"):
        path, counts = write(tmp_path, SimulateSettings(aircraft=120, form=form, bad_address=0.05))
        found[form] = path, read_hour(path)
        assert found[form][1].height == counts.rows_out
        assert_frame_equal(found[form][1], found[".csv"][1], check_exact=True)
    text = found[".csv"][0].read_bytes()
    assert gzip.decompress(found[".csv.gz"][0].read_bytes()) == text
    assert found[".csv.gz"][0].read_bytes()[4:8] == bytes(4)  # no time of writing
    with tarfile.open(found[".csv.tar"][0], "r:") as archive:
        (member,) = archive.getmembers()
        assert member.name == "states_2021-10-04-12.csv.gz"
        assert member.mtime == 1633348800
        assert gzip.decompress(archive.extractfile(member).read()) == text
    assert found[".csv.tar"][0].stat().st_size % tarfile.RECORDSIZE == 0
    schema = pl.read_parquet_schema(found[".parquet"][0])
    assert list(schema) == COLUMNS.split(",")
    assert schema["onground"] == pl.Boolean


def test_a_second_between_reports(tmp_path):
    slow, slow_counts = write(tmp_path / "slow", PLAIN)
    fast, fast_counts = write(tmp_path / "fast", PLAIN.model_copy(update={"report_interval_s": 1}))
    assert fast_counts.rows_out == pytest.approx(10 * slow_counts.rows_out, rel=0.02)
    every_tenth = pl.read_csv(fast, infer_schema=False).filter(pl.col("time").str.ends_with("0"))
    assert every_tenth.equals(pl.read_csv(slow, infer_schema=False))


def test_an_hour_when_nobody_flies_is_a_header(tmp_path):
    settings = SimulateSettings(aircraft=1, activity=1e-9, form=".csv")
    path, counts = write(tmp_path, settings)
    assert path.read_text() == COLUMNS + "\n"
    assert (counts.rows_in, counts.rows_out) == (0, 0)


def test_a_task_of_no_hour_is_refused():
    with pytest.raises(InputError, match="not the name of a simulated hour"):
        simulate_task(Task("states_soon", (), "x"), settings=PLAIN)
