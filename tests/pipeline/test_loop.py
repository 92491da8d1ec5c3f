"""The whole loop on manoeuvres whose smoothed tracks can be written down by hand."""

import json

import numpy as np
import polars as pl
import pytest

from data_schemas.config import LaunchSettings
from data_schemas.errors import InputError
from tests.pipeline.loop_models import CUTS, manoeuvre
from tests.pipeline.runs import trackmill
from tracks.models.file import read_model, write_model
from tracks.models.sample import sample_tracks
from workflow.report.loop import loop_part
from workflow.stages.loop import Loop, run_loop

SERIAL = LaunchSettings(backend="serial", triple=(1, 1, 1))
TRACKS, SECONDS, SEED = 60, 120, 3


def kernel(seconds):
    """Published weights of every second on every second: exp(-k²/72) for k in [-15, 15), rows add up to 1."""
    k = np.arange(seconds) - np.arange(seconds)[:, None]
    weight = np.where((k >= -15) & (k < 15), np.exp(-(k**2) / 72.0), 0)
    return weight / weight.sum(axis=1, keepdims=True)


def fly(folder, every, **what):
    file = folder / "model_Rotorcraft.txt"
    write_model(manoeuvre(**what), file)
    out = folder / "loop"
    run_loop(Loop(str(file), TRACKS, SECONDS, SEED, every), out, SERIAL)
    samples = sample_tracks(read_model(file), TRACKS, SECONDS, SEED, reject=True)
    return out, samples.filter(pl.col("time_s") == 0)


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    return fly(tmp_path_factory.mktemp("straight"), (10,))


@pytest.fixture(scope="module")
def turning(tmp_path_factory):
    return fly(tmp_path_factory.mktemp("turning"), (), climbs=True, turns=True)


def read(out, table, case):
    return pl.read_parquet(out / f"{table}.parquet").filter(pl.col("case") == case)


def shares(out, case, variable):
    return read(out, "shares", case).filter(pl.col("variable") == variable)["share"].to_numpy()


def histogram(values, cuts):
    return np.histogram(values, bins=[-np.inf, *cuts[1:-1], np.inf])[0] / np.size(values)


def test_straight_and_level_flights_come_back_with_domain_airspace_and_layer(straight):
    out, start = straight
    assert read_model(out / "flown.txt").initial.tables[0].sum() == TRACKS * SECONDS
    for case in ("exact_1s", "hampel_1s"):
        for name, values, bins in (("G", "G", 5), ("A", "A", 4), ("L", "L", 3)):
            flown = np.bincount(start[values].to_numpy() - 1, minlength=bins) / TRACKS
            assert shares(out, case, name) == pytest.approx(flown, abs=1e-12)
        for name in ("dh", "dpsi"):
            assert shares(out, case, name).tolist() == [0, 1, 0]
    assert (start["G"].n_unique(), start["A"].n_unique(), start["L"].n_unique()) == (5, 4, 2)


def test_straight_flights_are_slow_at_the_ends_as_the_lopsided_window_makes_them(straight):
    out, start = straight
    # along the track: smoothed place over speed, then the spec's differences of stage 3, step 7
    place = kernel(SECONDS) @ np.arange(SECONDS)
    speed = np.append(np.diff(place), place[-1] - place[-2])
    change = np.gradient(speed)
    v = start["speed_kt"].to_numpy()[:, None]
    assert shares(out, "exact_1s", "v") == pytest.approx(
        histogram(v * speed, CUTS[3]), abs=3 / v.size / SECONDS
    )
    assert shares(out, "exact_1s", "dv") == pytest.approx(
        histogram(v * change, CUTS[4]), abs=3 / v.size / SECONDS
    )
    assert shares(out, "exact_1s", "v")[3] < 0.9  # else there was nothing to show
    inner = read(out, "seconds", "exact_1s").filter("inner")
    assert inner["seconds"].to_list() == [TRACKS * (SECONDS - 34)] * 7
    assert inner["same_bin"].to_list() == [1] * 7
    gain = inner.filter(pl.col("variable") == "v")["gain"].item()
    assert gain == pytest.approx(1, abs=1e-4)  # tracks hold speeds to 1/32 kt


def test_turning_climbs_keep_their_rates_and_lose_the_speed_that_smoothing_a_circle_takes(turning):
    out, start = turning
    inner = read(out, "seconds", "exact_1s").filter("inner")
    row = {name: inner.row(by_predicate=pl.col("variable") == name, named=True) for name in inner["variable"]}
    for name in ("dh", "dpsi"):
        assert row[name]["same_bin"] == 1
        assert row[name]["gain"] == pytest.approx(1, abs=1e-3)  # and rates to 1/32 ft/s, 1/128 deg/s
        assert shares(out, "exact_1s", name)[2] >= (SECONDS - 34) / SECONDS
    for name in ("G", "A", "L"):
        assert row[name]["same_bin"] == 1
    # A circle smoothed with weights w is a circle, smaller by |sum of w exp(i turn rate k)|.
    turn = np.radians(start["dpsi_deg_s"].to_numpy())[:, None]
    k = np.arange(-15, 15)
    weight = kernel(61)[30, 15:45]
    shrunk = np.abs((weight * np.exp(1j * turn * k)).sum(axis=1))
    v = start["speed_kt"].to_numpy()
    assert 0.87 < shrunk.min() < 0.95
    assert row["v"]["gain"] == pytest.approx((shrunk * v**2).sum() / (v**2).sum(), abs=1e-4)


def test_noise_and_rounding_are_told_from_what_smoothing_does(turning):
    out, _ = turning
    exact, measured = (read(out, "seconds", case).filter("inner") for case in ("exact_1s", "measured_1s"))
    for name in ("v", "dv", "dh", "dpsi"):
        rms = [
            part.row(by_predicate=pl.col("variable") == name, named=True)["rms"] for part in (exact, measured)
        ]
        assert rms[0] < rms[1]
    # altitudes in steps of 25 ft
    assert measured.row(by_predicate=pl.col("variable") == "L", named=True)["same_bin"] > 0.97


def test_every_report_is_kept_or_has_a_reason(straight):
    out, _ = straight
    facts = json.loads((out / "loop.json").read_text())
    assert facts["observed_s"] == TRACKS * SECONDS
    assert set(facts["cases"]) == {"exact_1s", "hampel_1s", "measured_1s", "noisy_10s"}
    for case in facts["cases"].values():
        for stage in case["stages"].values():
            assert stage["rows_in"] == stage["rows_out"] + sum(stage["left"].values())
    # on the ground for a minute, without altitude
    stages = facts["cases"]["exact_1s"]["stages"]
    assert stages["organize"]["rows_in"] == TRACKS * (SECONDS + 60)
    assert stages["organize"]["left"] == {"missing_altitude": TRACKS * 60}
    assert stages["process"]["left"] == {}
    assert 0.5 < facts["cases"]["noisy_10s"]["observed_s"] / facts["observed_s"] <= 1
    page = (out / "report.html").read_text()
    assert "model_Rotorcraft.txt" in page
    assert page.count("<img") == 1
    part = loop_part(out)  # what the report of a run shows of it
    assert "outlier test hampel" in part
    assert part.count("<img") == 1
    assert loop_part(out / "raw") == ""


def test_same_seed_same_tables(straight, tmp_path):
    out, _ = straight
    again, _ = fly(tmp_path, (10,))
    for name in ("distances", "shares", "seconds"):
        assert (again / f"{name}.parquet").read_bytes() == (out / f"{name}.parquet").read_bytes()


def test_what_cannot_be_flown_is_said_in_a_line(tmp_path):
    file = tmp_path / "model_Rotorcraft.txt"
    write_model(manoeuvre(), file)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes").touch()
    for seconds, out, words in (
        (120, tmp_path / "full", "is not empty; name a new folder"),
        (99, tmp_path / "new", "99 s are too short .* every 10 s; 100 at least"),
        (3550, tmp_path / "new", "do not fit in an hour file; 3420 at most"),
        (3000, tmp_path / "new", "a track leads .* NM away"),
    ):
        with pytest.raises(InputError, match=words):
            run_loop(Loop(str(file), 5, seconds, 1), out, SERIAL)
    named = tmp_path / "model.txt"
    file.rename(named)
    done = trackmill("loop", named, "--out", tmp_path / "new")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "its name says no aircraft type; add --aircraft-type" in done.stderr
    for words in (("--report-every", "3"), ("--backend", "mpi"), ("-n", "0")):
        done = trackmill("loop", named, "--out", tmp_path / "new", *words)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
