"""The fleet: its types, addresses and register, and how unevenly it flies."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from data_schemas.aircraft import AIRCRAFT_TYPES
from data_schemas.config import RegistrySettings, SimulateSettings
from tracks.registry import build_registry
from tracks.simulate import true_states, write_registry
from tracks.simulate.fleet import MOST_HOURS_A_DAY, addresses, make_fleet, make_world
from tracks.simulate.models import MODELS
from tracks.simulate.plan import AIRCRAFT, LIFT, OFF, ON, TOUCH, plan_flights


def fleet_of(settings):
    return make_fleet(settings, make_world(settings))


def test_every_type_but_unknown_has_a_model():
    assert {model.aircraft_type for model in MODELS} == set(AIRCRAFT_TYPES) - {"Unknown"}


def test_types_occur_by_their_shares():
    shares = {"Glider": 1, "Rotorcraft": 2, "FixedWingSingleEngine": 7}
    fleet = fleet_of(SimulateSettings(aircraft=20_000, type_shares=shares))
    kinds = np.array([MODELS[index].aircraft_type for index in fleet.model])
    for kind, share in shares.items():
        # Four standard deviations of a binomial share.
        assert np.mean(kinds == kind) == pytest.approx(share / 10, abs=0.013)
    assert set(kinds) == set(shares)


def test_addresses_are_distinct_and_in_their_ranges():
    settings = SimulateSettings(aircraft=300, address_ranges=(("3C0000", "3C00FF"), ("ABC000", "ABC07F")))
    found = addresses(settings)
    assert len(set(found.tolist())) == 300
    assert np.all(((found >= 0x3C0000) & (found <= 0x3C00FF)) | ((found >= 0xABC000) & (found <= 0xABC07F)))
    assert np.sum(found >= 0xABC000) > 50
    more = addresses(settings.model_copy(update={"aircraft": 384}))
    assert sorted(more.tolist()) == [*range(0x3C0000, 0x3C0100), *range(0xABC000, 0xABC080)]
    assert np.array_equal(more[:300], found)


def test_flight_hours_follow_the_pareto_law():
    settings = SimulateSettings(aircraft=20_000, type_shares={"Balloon": 1}, activity=0.1, activity_tail=1.5)
    fleet = fleet_of(settings)
    mean = next(m.hours_a_day for m in MODELS if m.aircraft_type == "Balloon") * 0.1
    assert fleet.hours.max() <= MOST_HOURS_A_DAY
    assert stats.kstest(fleet.hours, stats.pareto(1.5, scale=mean / 3).cdf).pvalue > 0.001
    top = np.sort(fleet.hours)[-2000:].sum() / fleet.hours.sum()
    assert top == pytest.approx(0.1 ** (1 - 1 / 1.5), abs=0.06)  # the Lorenz curve of the law


def test_aircraft_fly_their_hours_and_few_fly_most():
    settings = SimulateSettings(aircraft=1500, day_sigma=0)
    fleet, days = fleet_of(settings), 4
    begin = settings.first_hour.timestamp()
    plan = plan_flights(fleet, make_world(settings), np.arange(1500), begin, begin + days * 86400)
    flights = plan.flights
    air = np.bincount(flights[:, AIRCRAFT].astype(int), flights[:, TOUCH] - flights[:, LIFT], 1500)
    # What the schedule reckons with is an estimate of the time in the air.
    assert air.sum() / 3600 / days == pytest.approx(fleet.hours.sum(), rel=0.2)
    assert np.sort(air)[-150:].sum() / air.sum() > 0.4
    order = np.lexsort((flights[:, ON], flights[:, AIRCRAFT]))
    same = np.diff(flights[order, AIRCRAFT]) == 0
    rest = flights[order[1:], ON] - flights[order[:-1], OFF]
    assert same.sum() > 1000
    assert rest[same].min() > 60, "flights of an aircraft must not overlap"


def test_nights_are_quiet():
    settings = SimulateSettings(
        aircraft=1500, start="2021-10-04-00", type_shares={"FixedWingSingleEngine": 1}
    )
    begin = settings.first_hour.timestamp()
    states = true_states(settings, range(1500), begin + 1800 + 3600 * np.arange(24.0))
    solar = ((states["time_s"] % 86400) / 3600 + states["lon_deg"] / 15) % 24
    day, night = solar.is_between(10, 18).sum(), (~solar.is_between(6, 22)).sum()
    assert day > 4 * night


def test_register_is_read_by_the_registry(tmp_path):
    settings = SimulateSettings(aircraft=800, unregistered=0.1)
    path = tmp_path / "registry" / "aircraft.csv"
    counts = write_registry(path, settings)
    assert counts.rows_in == 800
    assert 40 < counts.left["unregistered"] < 130
    sources = [{"format": "generic", "path": str(path)}]
    built = build_registry(RegistrySettings(sources=sources), tmp_path / "registry.parquet").counts()
    assert (built.rows_in, built.rows_out) == (counts.rows_out, counts.rows_out)
    rows = pl.read_parquet(tmp_path / "registry.parquet")
    known = pl.DataFrame(
        {
            "icao24": [f"{number:06X}" for number in addresses(settings)],
            "expected": [MODELS[index].aircraft_type for index in fleet_of(settings).model],
        }
    ).join(rows, on="icao24")
    assert known.height == counts.rows_out
    assert known.filter(pl.col("expected") != pl.col("aircraft_type")).is_empty()
