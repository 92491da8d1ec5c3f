"""The proof of the sampler: its statistics against SciPy, exact tables by hand, a wrong sampler is found."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.unit.tracks.models.handmade import published_model, small
from tracks.models.chi_square import (
    chi_square,
    chi_square_tail,
    expected_variation,
    total_variation,
    variation_bound,
)
from tracks.models.goodness import check_samples, exact_tables
from tracks.models.joint import start_states
from tracks.models.network import EncounterModel, Network
from tracks.models.sample import sample_tracks


@given(st.floats(0, 3000), st.integers(1, 1500))
def test_tail_is_that_of_scipy(square, freedom):
    assert chi_square_tail(square, freedom) == pytest.approx(
        stats.chi2.sf(square, freedom), rel=1e-8, abs=1e-300
    )


def test_statistic_is_that_of_scipy():
    found, shares = np.array([[30, 12], [51, 7]]), np.array([[0.25, 0.15], [0.5, 0.1]])
    square, freedom = chi_square(found, shares)
    reference = stats.chisquare(found.ravel(), shares.ravel() * 100)
    assert (square, freedom) == (pytest.approx(reference.statistic), 3)
    assert chi_square_tail(square, freedom) == pytest.approx(reference.pvalue)


def test_rare_cells_are_put_together():
    shares = np.array([0.9, 0.04, 0.03, 0.03, 0])  # 90, 4, 3, 3 expected: the last three together
    square, freedom = chi_square([88, 6, 2, 4, 0], shares)
    assert (square, freedom) == (pytest.approx(4 / 90 + 4 / 10), 1)
    shares = np.array([0.8, 0.18, 0.02])  # 2 expected: with the 18
    assert chi_square([80, 17, 3], shares) == (pytest.approx(0), 1)
    assert chi_square([100, 0], [1, 0]) == (0, 0)
    assert chi_square_tail(0, 0) == 1
    square, freedom = chi_square([99, 1], [1, 0])
    assert chi_square_tail(square, freedom) == 0


def test_bound_of_the_distance_holds():
    generator = np.random.default_rng(3)
    shares = np.array([0.7, 0.2, 0.09, 0.01])
    found = generator.multinomial(400, shares, size=20_000) / 400
    distance = np.abs(found - shares).sum(axis=1) / 2
    assert total_variation(found[0], shares) == pytest.approx(distance[0])
    mean = expected_variation(shares, 400)
    assert 0.7 * mean < distance.mean() <= mean
    assert (distance > variation_bound(shares, 400, 0.01)).mean() <= 0.01
    assert variation_bound(shares, 400, 0.01) == pytest.approx(mean + math.sqrt(math.log(100) / 800))


def test_exact_tables_by_hand():
    tables = exact_tables(small(np.array([[6, 1, 2], [3, 8, 1], [1, 1, 7]])), start_states(small()))
    before = np.array([3 / 32, 3 / 16 + 5 / 16, 3 / 32 + 5 / 16])
    chain = np.array([[0.6, 0.1, 0.2], [0.3, 0.8, 0.1], [0.1, 0.1, 0.7]])
    assert tables["dv",] == pytest.approx(before)
    assert tables["dv(t+1)",] == pytest.approx(chain @ before)
    assert tables["dv", "dv(t+1)"] == pytest.approx((chain * before).T)
    assert tables["L", "v"] == pytest.approx(np.array([[3 / 8, 3 / 8], [0, 1 / 4]]))
    assert tables["dv(t+1)", "dh(t+1)"] == pytest.approx(np.outer(chain @ before, [0.2, 0.8]))
    assert all(table.sum() == pytest.approx(1) for table in tables.values())


def test_samples_of_the_published_model_have_its_tables():
    model = published_model()
    checks = check_samples(model, sample_tracks(model, 1_000_000, 2, seed=21))
    assert checks.height == 7 + 21 + 3 + 3 + 21
    assert checks["passed"].all()
    assert (checks["total_variation"] < 2.5 * checks["expected"]).all()
    # p values of many tables are no pile at either end
    assert 0.1 < checks["p_value"].median() < 0.9


def test_samples_from_a_start_have_its_conditional_tables():
    model, start = published_model(), {"L": (2, 3), "v": (4,), "dpsi": (5,)}
    samples = sample_tracks(model, 50_000, 2, seed=22, start=start)
    assert check_samples(model, samples, start)["passed"].all()
    assert not check_samples(model, samples)["passed"].all()


def test_configuration_never_seen_stays_in_the_exact_tables():
    model = small(np.array([[0, 1, 0], [0, 3, 1], [0, 0, 1]]))
    checks = check_samples(model, sample_tracks(model, 20_000, 2, seed=23))
    assert checks["passed"].all()


@pytest.mark.parametrize("wrong", ["initial", "transition"])
def test_wrong_sampler_is_found(wrong):
    model = published_model()
    initial, transition = model.initial, model.transition
    if wrong == "initial":  # two speeds change places
        tables = list(initial.tables)
        tables[3] = tables[3][[0, 1, 2, 4, 3, 5, 6, 7]]
        initial = Network(initial.labels, initial.parents, initial.bins, tuple(tables))
    else:  # left and right turns change places when speeding up
        tables = list(transition.tables)
        tables[9] = tables[9].copy()
        tables[9][:, 1::2] = tables[9][::-1, 1::2]
        transition = Network(transition.labels, transition.parents, transition.bins, tuple(tables))
    other = EncounterModel(initial, transition, model.boundaries, model.resample_rates)
    checks = check_samples(model, sample_tracks(other, 50_000, 2, seed=24))
    failed = checks.filter(~checks["passed"])["variables"].to_list()
    assert ("v" if wrong == "initial" else "dpsi(t+1)") in failed
    assert "G x A" not in failed
