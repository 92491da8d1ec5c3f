"""What the aircraft do: nothing their type cannot, without jumps, and back to where they came from."""

import numpy as np
import polars as pl
import pytest

from data_schemas.config import ProcessSettings, SimulateSettings
from data_schemas.errors import InputError
from tracks.simulate import true_states
from tracks.simulate.fleet import make_fleet, make_world
from tracks.simulate.models import MODELS

TYPES = tuple(dict.fromkeys(model.aircraft_type for model in MODELS))
EVERYBODY = SimulateSettings(
    seed=9, aircraft=400, start="2021-10-04-16", type_shares=dict.fromkeys(TYPES, 1), activity=3
)
BEGIN = EVERYBODY.first_hour.timestamp()
RADIUS_NM = 60 * 180 / np.pi


@pytest.fixture(scope="module")
def seconds():
    """Five hours of everybody's true states, with the changes to the next second."""
    states = true_states(EVERYBODY, range(400), BEGIN + np.arange(5 * 3600.0))
    return states.with_columns(
        (pl.col(name).shift(-1).over("aircraft") - pl.col(name)).alias(f"d_{name}")
        for name in (
            "time_s",
            "lat_deg",
            "lon_deg",
            "alt_baro_ft_msl",
            "speed_kt",
            "course_deg",
            "vertical_rate_ft_s",
        )
    ).filter(pl.col("d_time_s") == 1)


@pytest.mark.parametrize("kind", TYPES)
def test_nobody_does_what_its_type_cannot(seconds, kind):
    limits = ProcessSettings().limits_of(kind)
    flown = seconds.filter(pl.col("aircraft_type") == kind)
    assert flown.height > 3000
    assert flown["alt_baro_ft_msl"].is_between(-115, limits.ceiling_ft).all()
    assert flown["speed_kt"].max() <= limits.speed_kt
    assert flown["d_speed_kt"].abs().max() <= limits.acceleration_kt_s
    turn = (flown["d_course_deg"] + 180) % 360 - 180
    assert turn.abs().max() <= limits.turn_rate_deg_s
    assert flown["vertical_rate_ft_s"].abs().max() <= limits.vertical_rate_ft_s
    airborne = flown.filter(~pl.col("onground"))
    assert airborne["speed_kt"].max() > 0.9 * min(m.liftoff_kt for m in MODELS if m.aircraft_type == kind)


def test_positions_move_as_speed_and_course_say(seconds):
    middle = np.radians(seconds["lat_deg"] + seconds["d_lat_deg"] / 2)
    north = np.radians(seconds["d_lat_deg"]) * RADIUS_NM * 3600
    east = np.radians(seconds["d_lon_deg"]) * np.cos(middle) * RADIUS_NM * 3600
    speed = seconds["speed_kt"] + seconds["d_speed_kt"] / 2
    moved = np.hypot(north, east)
    # Half a percent: a turn's own tolerance, and the chord of its arc. Where 2.5 kt/s (or 8 deg/s) set in or
    # end within the second, the mean of its ends is off by an eighth of them.
    assert (np.abs(moved - speed) <= 0.32 + 0.005 * speed).all()
    steady = seconds["d_speed_kt"] == 0
    assert (np.abs(moved - speed) <= 1e-4 + 0.005 * speed).filter(steady).mean() > 0.999
    course = np.degrees(np.arctan2(east, north))
    turned = (seconds["d_course_deg"] + 180) % 360 - 180
    off = (course - seconds["course_deg"] - turned / 2 + 180) % 360 - 180
    assert np.abs(off.filter(speed > 20)).max() < 1.01


def test_heights_move_as_vertical_rates_say(seconds):
    mean = (seconds["vertical_rate_ft_s"] + seconds["d_vertical_rate_ft_s"] / 2).to_numpy()
    # Rates are taken up within 8 s: over a second their mean is off by a sixteenth of the rate at most.
    assert np.abs(seconds["d_alt_baro_ft_msl"].to_numpy() - mean).max() <= 60 / 16
    level = seconds.filter(pl.col("onground"))
    assert level["vertical_rate_ft_s"].abs().max() == 0


def test_flights_end_on_airfields(seconds):
    states = seconds.filter(pl.col("onground") & (pl.col("speed_kt") == 0) & (pl.col("d_speed_kt") == 0))
    states = states.filter(pl.col("aircraft_type") != "Balloon")  # these land where the wind takes them
    fields = np.degrees(make_world(EVERYBODY).fields[:, :2])
    places = states.select("lat_deg", "lon_deg").unique().to_numpy()
    distance = np.hypot(*(places[:, None, :] - fields[None]).transpose(2, 0, 1)).min(axis=1)
    assert len(places) > 50
    assert distance.max() < 1e-9


def test_the_state_at_a_time_does_not_depend_on_the_question():
    hour = BEGIN + 3600
    before = true_states(EVERYBODY, range(400), hour + np.arange(-20.0, 1))
    after = true_states(EVERYBODY, range(0, 400, 3), hour + np.arange(0, 5000.0, 1000))
    at = pl.col("time_s") == hour
    wanted = before.filter(at & (pl.col("aircraft") % 3 == 0))
    assert wanted.height > 3
    assert after.filter(at).equals(wanted)
    other = EVERYBODY.model_copy(update={"start": "2000-01-01-00", "hours": 99, "gaps_an_hour": 0.0})
    assert true_states(other, range(400), [hour]).equals(before.filter(at))


def test_names_and_fields_of_the_states():
    fleet = make_fleet(EVERYBODY, make_world(EVERYBODY))
    states = true_states(EVERYBODY, range(400), [BEGIN])
    assert states["icao24"].str.contains("^[0-9a-f]{6}$").all()
    kinds = [MODELS[fleet.model[index]].aircraft_type for index in states["aircraft"]]
    assert states["aircraft_type"].to_list() == kinds
    assert states["lon_deg"].is_between(-180, 180, closed="left").all()
    assert true_states(EVERYBODY, [], [BEGIN]).columns == states.columns
    assert true_states(EVERYBODY, [0], []).is_empty()


def test_no_such_aircraft():
    with pytest.raises(InputError, match="aircraft 400: the fleet has 0 to 399"):
        true_states(EVERYBODY, [3, 400], [BEGIN])


@pytest.mark.parametrize(
    "box", [(170.0, -45.0, -170.0, -30.0), (5.0, 45.0, 5.5, 45.3), (-30.0, 60.0, 30.0, 75.0)]
)
def test_any_region(box):
    settings = SimulateSettings(aircraft=300, region_box_deg=box, airfields=30, activity=4)
    states = true_states(settings, range(300), settings.first_hour.timestamp() + np.arange(0, 7200.0, 60))
    assert states.height > 500
    west, south, east, north = box
    width = (east - west) % 360
    # Curved ways and places of interest lie a little outside.
    assert ((states["lat_deg"] > south - 3) & (states["lat_deg"] < north + 3)).all()
    assert (((states["lon_deg"] - west + 8) % 360) < width + 16).all()
