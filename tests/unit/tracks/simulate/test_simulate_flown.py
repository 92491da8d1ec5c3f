"""Sampled tracks on the proving ground: what stage 3 looks up of them, and motion as it was sampled."""

import numpy as np
import polars as pl
import pytest

from data_schemas.config import SimulateSettings
from data_schemas.errors import InputError
from tracks.enrich import Enrichment
from tracks.raw import read_hour
from tracks.simulate.flown import PARKED_S, fly, write_flown_hours, write_flown_registry
from tracks.simulate.proving_ground import REACH_NM, place, write_ground

EXACT = SimulateSettings(
    **{
        name: 0
        for name in SimulateSettings.model_fields
        if name.startswith(("missing_", "outlier_", "no_", "duplicate_", "bad_", "gaps_", "dropouts_"))
    },
    rounded=False,
    contact_age_s=0,
    stale_s=0,
    report_interval_s=1,
    form=".csv",
)
NM_FT = 1852 / 0.3048


def samples(tracks=3, seconds=40, speed_kt=120.0):
    """Tracks by hand: track k turns by k deg/s and climbs by 300 k ft/min, from its own G and A."""
    t = np.arange(seconds)
    frames = []
    for k in range(tracks):
        heading = np.radians(k * t)
        step = speed_kt * NM_FT / 3600
        north = np.concatenate([[0], np.cumsum(np.cos(heading) * step)[:-1]])
        east = np.concatenate([[0], np.cumsum(np.sin(heading) * step)[:-1]])
        columns = {
            "track": k,
            "time_s": t,
            "north_ft": north,
            "east_ft": east,
            "alt_ft_agl": 1000.0 + 5.0 * k * t,
            "heading_deg": np.degrees(heading) % 360,
            "speed_kt": speed_kt,
            "G": k % 5 + 1,
            "A": k % 4 + 1,
            "dh_ft_min": 300.0 * k,
        }
        frames.append(pl.DataFrame({n: np.broadcast_to(c, t.shape) for n, c in columns.items()}))
    return pl.concat(frames)


def test_stage_3_finds_every_domain_class_and_elevation_as_far_as_a_track_may_lead(tmp_path):
    enrichment = Enrichment.load(write_ground(tmp_path))
    g, a = (part.ravel() for part in np.meshgrid(np.arange(1, 6), np.arange(1, 5)))
    for corner in ((0, 0), (0, 0.999999), (0.999999, 0), (0.999999, 0.999999)):
        lat, lon, elevation = place(g, a, np.repeat(np.array(corner)[:, None], g.size, axis=1))
        for way in np.radians(np.arange(0, 360, 15)):
            lats = lat + REACH_NM / 60 * np.cos(way)
            lons = lon + REACH_NM / 60 * np.sin(way) / np.cos(np.radians(lats))
            assert enrichment.regions(lats, lons)[0].tolist() == g.tolist()
            found = enrichment.elevation_ft(lats, lons)
            assert found == pytest.approx(elevation, abs=1e-6)
            for alt in (0.0, 12_500.0):
                assert enrichment.airspace(lats, lons, np.full(g.size, alt), found).tolist() == a.tolist()
    assert set(elevation) == {0.0, 1250.0}


def test_exact_reports_are_the_samples_with_a_minute_on_the_ground_before(tmp_path):
    flown = fly(samples(), seed=4)
    counts = write_flown_hours(tmp_path, flown, EXACT)
    assert counts.rows_out == 3 * (40 + PARKED_S)
    (file,) = tmp_path.iterdir()
    rows = read_hour(file)
    ground = rows.filter("onground")
    assert ground.height == 3 * PARKED_S
    assert ground["alt_baro_ft_msl"].null_count() == ground.height
    air = rows.filter(~pl.col("onground")).sort("icao24", "time_s")
    names = pl.Series([f"{n:06X}" for n in air["icao24"].to_list()])
    air = air.with_columns(pl.col("time_s").cast(pl.Int64), icao24=names)
    both = air.join(flown.truth, on=["icao24", "time_s"])
    assert both.height == 3 * 40
    elevation = both["G"].is_in([1, 2, 5]).cast(pl.Float64) * 1250
    for column in ("alt_baro_ft_msl", "alt_geo_ft_msl"):
        assert (both[column] - elevation - both["alt_ft_agl"]).abs().max() < 1e-6
    assert set(air["squawk"]) == {1200}
    assert both["icao24"].unique(maintain_order=True).to_list() == ["A00001", "A00002", "A00003"]
    for (k,), part in both.partition_by("track", as_dict=True).items():
        # lengths and turns of the steps, on the sphere where a minute of arc is 1 NM
        lat = part["lat_deg"].to_numpy()
        north = np.diff(lat) * 60
        east = np.diff(part["lon_deg"].to_numpy()) * 60 * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
        assert np.hypot(north, east) * 3600 == pytest.approx(120, abs=1e-5)
        turns = np.diff(np.unwrap(np.arctan2(east, north)))
        assert np.degrees(turns) == pytest.approx(k, abs=1e-5)
    assert both.group_by("track").agg(pl.col("course_deg").first())["course_deg"].n_unique() == 3


def test_reports_between_the_samples_lie_on_straight_lines_between_them(tmp_path):
    flown = fly(samples(tracks=1), seed=4)
    write_flown_hours(tmp_path, flown, EXACT.model_copy(update={"contact_age_s": 1.0, "stale_s": 15.0}))
    rows = read_hour(next(tmp_path.iterdir())).filter(~pl.col("onground"))
    start = flown.truth["time_s"][0]
    seconds = rows["lastposupdate_s"].to_numpy() - start
    moving = seconds > 0
    assert moving.sum() > 30
    lats = np.degrees(np.interp(seconds, np.arange(40), flown.plan.lateral[1:, 1]))
    assert rows["lat_deg"].to_numpy()[moving] == pytest.approx(lats[moving], abs=1e-9)


def test_many_tracks_are_spread_over_hours(tmp_path):
    flown = fly(samples(tracks=260, seconds=10), seed=1)
    counts = write_flown_hours(tmp_path, flown, EXACT)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["states_2021-10-04-00.csv", "states_2021-10-04-01.csv"]
    heights = [read_hour(file).height for file in files]
    assert heights == [250 * 70, 10 * 70]
    assert counts.rows_out == sum(heights)


def test_register_names_every_aircraft_of_the_type(tmp_path):
    flown = fly(samples(), seed=1)
    write_flown_registry(tmp_path / "aircraft.csv", flown, "Glider")
    assert (tmp_path / "aircraft.csv").read_text().splitlines() == [
        "icao24,aircraft_type,seats",
        *(f"A0000{k},Glider,4" for k in (1, 2, 3)),
    ]


def test_tracks_that_would_leave_hour_or_rectangle_are_refused():
    with pytest.raises(InputError, match="3421 s do not fit in an hour file; 3420 at most"):
        fly(samples(tracks=1, seconds=3421, speed_kt=1.0), seed=1)
    with pytest.raises(InputError, match="a track leads 67 NM away"):
        fly(samples(tracks=1, seconds=2001), seed=1)


def test_a_model_without_domain_and_airspace_flies_over_the_mainland_in_other_airspace():
    frame = samples().with_columns(G=pl.lit(None, pl.Int8), A=pl.lit(None, pl.Int8))
    truth = fly(frame, seed=1).truth
    assert (truth["G"].unique().to_list(), truth["A"].unique().to_list()) == ([1], [4])
