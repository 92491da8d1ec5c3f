"""Bayesian-Dirichlet scores: the published example, factorials by hand, SciPy's log-gamma, pyAgrum."""

import itertools
import math

import numpy as np
import pytest
from scipy.special import gammaln

from data_schemas.config.structure import StructureSettings
from tests.unit.tracks.structure.witness import of_joint, pyagrum
from tracks.models.network import Network
from tracks.structure.families import Families
from tracks.structure.score import log_score

K2 = StructureSettings(search="k2", score="k2")
CASES = np.array(
    ["100", "111", "001", "111", "000", "011", "111", "000", "111", "000"]
)  # of x1 x2 x3: Cooper and Herskovits 1992, table 1


def counted(cases, bins):
    """A network of counts of all variables, each with all variables before it as parents."""
    cases = np.asarray(cases)
    joint = np.zeros(bins, np.int64)
    np.add.at(joint, tuple(cases.T), 1)
    return of_joint(joint)


def example(settings=K2):
    return Families(counted([[int(c) for c in case] for case in CASES], (2, 2, 2)), settings)


def of_graph(families, parents):
    return sum(families.score(i, above) for i, above in enumerate(parents))


@pytest.mark.parametrize(
    ("parents", "published"), [(((), (0,), (1,)), 2.23e-9), (((), (0,), (0,)), 2.23e-10)]
)
def test_example_of_cooper_and_herskovits(parents, published):
    assert math.exp(of_graph(example(), parents)) == pytest.approx(published, rel=2e-3)


def test_family_by_hand():
    # counts (3, 1): G(2) / G(6) * G(4) G(2) = 6 / 120; counts (0, 2): G(2) / G(4) * G(3) = 2 / 6
    table = np.array([[3, 0], [1, 2]])
    assert math.exp(log_score(table, K2)) == pytest.approx(6 / 120 * 2 / 6, rel=1e-14)
    # BDeu of sample size 4: prior counts of 1 as well, since there are 4 cells
    bdeu = StructureSettings(score="bdeu", equivalent_sample_size=4)
    assert log_score(table, bdeu) == pytest.approx(log_score(table, K2), rel=1e-14)
    # sample size 2, a = 1/2: G(1)/G(5) (5/2 3/2 1/2)(1/2) * G(1)/G(3) (3/2 1/2)
    bdeu = StructureSettings(score="bdeu", equivalent_sample_size=2)
    assert math.exp(log_score(table, bdeu)) == pytest.approx((15 / 8 / 2 / 24) * (3 / 4 / 2), rel=1e-14)


def test_table_without_counts_scores_zero():
    assert log_score(np.zeros((3, 4), np.int64), K2) == 0


@pytest.mark.parametrize("total", [10**3, 10**6, 10**9])
@pytest.mark.parametrize("score", ["k2", "bdeu"])
def test_scores_agree_with_exact_sums_of_log_gammas(total, score):
    generator = np.random.default_rng(total)
    shares = generator.dirichlet(np.full(7 * 22400, 0.02))
    table = generator.multinomial(total, shares).reshape(7, -1)
    prior = 1.0 if score == "k2" else 10 / table.size
    columns = table.sum(axis=0)
    terms = itertools.chain(
        gammaln(7 * prior) - gammaln(7 * prior + columns),
        (gammaln(prior + table) - gammaln(prior)).ravel(),
    )
    settings = StructureSettings(score=score, equivalent_sample_size=10)
    assert log_score(table, settings) == pytest.approx(math.fsum(terms), rel=1e-13)


def shared(generator, bins, total, evenness):
    return generator.multinomial(total, generator.dirichlet(np.full(math.prod(bins), evenness))).reshape(bins)


# Few cells for BDeu: below 0.2, a sample size of 1 over more than 5 cells, pyAgrum's log-gamma is some tenths
# a cell off (16 for one variable of 64 bins); ours agrees with SciPy's above.
@pytest.mark.parametrize(
    ("score", "joint"),
    [
        ("k2", shared(np.random.default_rng(3), (2, 3, 5, 8), 10**9, 0.1)),
        ("bdeu", shared(np.random.default_rng(4), (2, 2), 10**6, 1.0)),
    ],
)
def test_every_family_scores_as_in_pyagrum(score, joint):
    families = Families(of_joint(joint), StructureSettings(score=score))
    learner = pyagrum(joint, score)
    for child in range(joint.ndim):
        others = [i for i in range(joint.ndim) if i != child]
        for size in range(joint.ndim):
            for parents in itertools.combinations(others, size):
                theirs = learner.score("abcd"[child], ["abcd"[p] for p in parents]) * math.log(2)
                assert families.score(child, parents) == pytest.approx(theirs, rel=0, abs=1e-3)


def test_family_within_no_table_is_not_told():
    table = np.arange(4).reshape(2, 2)
    network = Network(("a", "b", "c"), ((), (), (0,)), (2, 2, 2), (None, None, table))
    families = Families(network, K2)
    assert families.table(2, (1,)) is None
    assert families.score(2, (1,)) == -math.inf
    assert np.array_equal(families.table(2, ()), [[1], [5]])
