"""Encounters drawn from models: what was asked for, the rates of the gas model, whatever else is drawn."""

import numpy as np
import pytest
from scipy import special, stats

from data_schemas.errors import InputError
from tests.unit.tracks.encounters.steady import model
from tests.unit.tracks.models.handmade import published_model
from tracks.encounters.flights import straight
from tracks.encounters.pairs import REASONS, Asked, Pairing

NM_FT = 1852 / 0.3048
ASKED = Asked(40, 20, (100, 900), (50, 150))


def drawn(pairing, count):
    """Facts of encounters, and by aircraft and column the tracks."""
    blocks = list(pairing.blocks(count))
    facts = {name: np.concatenate([b.facts[name] for b in blocks]) for name in blocks[0].facts}
    own, intruder = (
        {name: np.concatenate([f.motion[name] for f in flights]) for name in flights[0].motion}
        for flights in ([b.own for b in blocks], [b.intruder for b in blocks])
    )
    return facts, own, intruder


def expected_speed(own, intruder):
    """Mean horizontal relative speed of uniform headings: an elliptic integral, as in the published tool."""
    total = own + intruder
    return 2 / np.pi * total * special.ellipe(4 * own * intruder / total**2)


def test_encounters_of_the_published_model_are_as_asked_for():
    published = published_model()
    pairing = Pairing(published, published, ASKED, seed=3)
    facts, own, intruder = drawn(pairing, 3000)
    apart = {name: intruder[name] - own[name] for name in ("north_ft", "east_ft", "alt_ft_agl")}
    horizontal = np.hypot(apart["north_ft"], apart["east_ft"])
    assert horizontal[:, 40] == pytest.approx(facts["hmd_ft"])
    assert apart["alt_ft_agl"][:, 40] == pytest.approx(facts["vmd_ft"])
    assert ((facts["hmd_ft"] >= 100) & (facts["hmd_ft"] < 900)).all()
    assert ((np.abs(facts["vmd_ft"]) >= 50) & (np.abs(facts["vmd_ft"]) < 150)).all()
    assert (horizontal.min(axis=1) >= facts["closest_hmd_ft"] - 1e-6).all()
    assert (facts["closest_hmd_ft"] >= facts["hmd_ft"] * 0.99 - 1).all()
    # all of it within the model: start in the layer, no second outside of the cut points
    level, speed = (np.array(published.boundaries[published.index(name)]) for name in ("L", "v"))
    layer = facts["intruder_L"]
    start = intruder["alt_ft_agl"][:, 0]
    assert ((start >= level[layer - 1]) & (start < level[layer])).all()
    for tracks in (own, intruder):
        assert ((tracks["alt_ft_agl"] >= level[0]) & (tracks["alt_ft_agl"] <= level[-1])).all()
        assert ((tracks["speed_kt"] > speed[0]) & (tracks["speed_kt"] < speed[-1])).all()
    assert pairing.drawn == 3000 + sum(pairing.rejected.values())
    assert set(pairing.rejected) <= set(REASONS)
    # uniform in side and miss distance
    assert stats.kstest(facts["hmd_ft"], stats.uniform(100, 800).cdf).pvalue > 1e-3
    assert stats.binomtest(int((facts["vmd_ft"] > 0).sum()), 3000).pvalue > 1e-3


def test_mean_weight_and_rate_are_those_of_the_gas_model():
    # Ownship at 90 kt and 2000 ft, level; intruders level in layers of 700 and 1800 ft, 3 : 7. Vertical miss
    # distances up to 100 ft lie in the second layer, so its intruders alone are met.
    own = straight(90, 2000, 0, 61)
    pairing = Pairing(own, model(speeds=(1, 0)), Asked(40, 20, (0, 500), (0, 100)), seed=5)
    facts, _, _ = drawn(pairing, 10_000)
    assert set(facts["intruder_L"]) == {2}
    speeds = np.linspace(60, 120, 2001)  # uniform in the bin
    mean = np.trapezoid(expected_speed(90, speeds), speeds) / 60
    assert facts["relative_speed_kt"].mean() == pytest.approx(mean, rel=0.01)
    assert facts["weight"] == pytest.approx(facts["relative_speed_kt"] / 1800)
    # one intruder a NM^2, 0.7 of them in 1800 ft, of which 200 ft are met; 1000 ft across
    rate = 0.7 * 200 / 1800 * mean * 1000 / NM_FT
    assert pairing.rate_nm2_h == pytest.approx(rate, rel=0.02)


def test_weighted_headings_are_those_of_intruders_spread_evenly():
    """Intruders at random places and headings that meet ownship: their headings, and how often they come."""
    generator = np.random.default_rng(2)
    n, side, reach = 2_000_000, 30.0, 0.5  # NM
    place = generator.uniform(-side / 2, side / 2, (2, n))
    heading, speed = generator.uniform(0, 2 * np.pi, n), generator.uniform(60, 120, n)
    velocity = np.stack([speed * np.cos(heading) - 90, speed * np.sin(heading)])
    time = -(place * velocity).sum(axis=0) / (velocity**2).sum(axis=0)  # h
    met = (time > 0) & (time < 0.05) & (np.hypot(*(place + velocity * time)) < reach)
    own = straight(90, 2000, 0, 61)
    width = reach * NM_FT
    pairing = Pairing(own, model(layers=(0, 1), speeds=(1, 0)), Asked(40, 20, (0, width), (0, 100)), seed=6)
    facts, _, _ = drawn(pairing, 20_000)
    edges = np.linspace(0, 360, 13)
    found, _ = np.histogram(facts["relative_heading_deg"], edges, weights=facts["weight"])
    theirs, _ = np.histogram(np.degrees(heading[met]), edges)
    assert found / found.sum() == pytest.approx(theirs / theirs.sum(), abs=0.006)
    each_nm2_h = met.sum() / (n / side**2) / 0.05
    assert pairing.rate_nm2_h * 1800 / 200 == pytest.approx(each_nm2_h, rel=0.02)


def test_intruder_is_in_the_place_of_ownship():
    own = model(places=((1, 4), (2, 3), (5, 1)))
    intruder = model(places=((1, 4), (1, 3), (5, 1)), layers=(1, 1))
    pairing = Pairing(own, intruder, ASKED, seed=1)
    facts, _, _ = drawn(pairing, 2000)
    assert set(zip(facts["G"].tolist(), facts["A"].tolist(), strict=True)) == {(1, 4), (5, 1)}
    share = pairing.rejected["unseen_place"] / pairing.drawn
    assert share == pytest.approx(1 / 3, abs=0.03)


def test_encounters_do_not_depend_on_how_many_are_drawn():
    published = published_model()
    few = drawn(Pairing(published, published, ASKED, seed=3), 7)
    many = drawn(Pairing(published, published, ASKED, seed=3), 900)
    for a, b in zip(few, many, strict=True):
        assert all(np.array_equal(a[name], b[name][:7]) for name in a)
    other = drawn(Pairing(published, published, ASKED, seed=4), 7)
    assert not np.array_equal(few[0]["hmd_ft"], other[0]["hmd_ft"])


def test_ownship_and_intruder_of_one_model_are_not_the_same_tracks():
    _, own, intruder = drawn(Pairing(model(), model(), ASKED, seed=3), 500)
    assert abs(stats.pearsonr(own["speed_kt"][:, 0], intruder["speed_kt"][:, 0]).statistic) < 0.2


def test_turning_tracks_that_come_closer_at_another_time_are_rejected():
    turning = model(turns=(1, 0, 1))
    pairing = Pairing(turning, turning, Asked(60, 60, (3000, 6000), (0, 100)), seed=1)
    facts, _, _ = drawn(pairing, 200)
    assert pairing.rejected["closer_elsewhere"] > 20
    assert (facts["closest_hmd_ft"] >= facts["hmd_ft"] * 0.99 - 1).all()


def test_no_encounter_begins_nearer_than_allowed():
    asked = Asked(30, 5, (0, 500), (0, 100), apart_ft=(6076.0, 850.0))
    pairing = Pairing(straight(90, 2000, 0, 36), model(), asked, seed=1)
    _, own, intruder = drawn(pairing, 500)
    start = np.hypot(*(intruder[name][:, 0] - own[name][:, 0] for name in ("north_ft", "east_ft")))
    assert start.min() >= 6076
    assert pairing.rejected["begins_close"] > 0


def test_intruder_can_start_in_given_bins():
    start = {"L": (2,), "v": (2,)}
    pairing = Pairing(straight(90, 2000, 0, 61), model(), ASKED, seed=1, intruder_start=start)
    facts, _, intruder = drawn(pairing, 200)
    assert set(facts["intruder_L"]) == {2}
    assert intruder["speed_kt"].min() >= 120
    with pytest.raises(InputError, match="the intruder has the G of ownship"):
        Pairing(model(), model(), ASKED, seed=1, intruder_start={"G": (1,)})


def test_ownship_where_no_intruder_flies_is_told():
    pairing = Pairing(straight(90, 9000, 0, 4), model(), Asked(2, 1, (0, 1), (0, 1)), seed=1)
    with pytest.raises(InputError, match=r"no encounters \(other_layer"):
        next(pairing.blocks(1))
