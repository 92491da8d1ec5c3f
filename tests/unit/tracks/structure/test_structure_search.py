"""Searching graphs: published and exhaustive witnesses, pyAgrum's searches, graphs found again in samples."""

import itertools

import numpy as np
import pytest

from data_schemas.config.structure import StructureSettings
from tests.unit.tracks.structure.witness import of_joint, pyagrum
from tracks.models.network import Network, topological_order
from tracks.structure.families import Families
from tracks.structure.search import greedy, k2

PRIORS = [StructureSettings(score="k2"), StructureSettings(score="bdeu", equivalent_sample_size=10)]


def sampled(parents, bins, cases, seed, strength=3.0):
    """Joint counts of cases drawn from a network of these parents with tables drawn at random."""
    generator = np.random.default_rng(seed)
    joint = np.ones((1,) * len(bins))
    for i, above in enumerate(parents):
        # a base of its own for each configuration, far from the others: every arc is seen in the data
        table = generator.dirichlet(np.full(bins[i], 1 / strength), size=[bins[p] for p in above]) + 0.02
        table /= table.sum(axis=-1, keepdims=True)
        axes = (*above, i)
        order = np.argsort(axes)
        shape = [bins[j] if j in axes else 1 for j in range(len(bins))]
        joint = joint * table.transpose(order).reshape(shape)
    return generator.multinomial(cases, joint.ravel()).reshape(bins)


def equivalence(parents):
    """Skeleton and v-structures: equal for exactly the graphs of one Markov equivalence class."""
    arcs = {(p, i) for i, above in enumerate(parents) for p in above}
    skeleton = {frozenset(arc) for arc in arcs}
    shapes = {
        (frozenset(pair), i)
        for i, above in enumerate(parents)
        for pair in itertools.combinations(above, 2)
        if frozenset(pair) not in skeleton
    }
    return skeleton, shapes


def all_graphs(n):
    pairs = list(itertools.combinations(range(n), 2))
    for choice in itertools.product((0, 1, 2), repeat=len(pairs)):
        parents = [set() for _ in range(n)]
        for (i, j), kind in zip(pairs, choice, strict=True):
            if kind:
                parents[j if kind == 1 else i].add(i if kind == 1 else j)
        graph = tuple(frozenset(above) for above in parents)
        if len(topological_order(tuple(map(tuple, graph)))) == n:
            yield graph


def total(families, graph):
    return sum(families.score(i, above) for i, above in enumerate(graph))


def test_k2_on_the_example_of_cooper_and_herskovits():
    # 1992, section 3.1.3 works it out: x1 has no parent, x2 has x1, x3 has x2
    joint = np.zeros((2, 2, 2), np.int64)
    for case in ("100", "111", "001", "111", "000", "011", "111", "000", "111", "000"):
        joint[tuple(map(int, case))] += 1
    assert k2(Families(of_joint(joint), PRIORS[0]), 2) == (frozenset(), {0}, {1})


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("seed", range(3))
def test_searches_find_the_best_of_all_graphs_of_four_variables(prior, seed):
    joint = sampled(((), (0,), (0,), (1, 2)), (3, 2, 3, 4), 20_000, seed)
    families = Families(of_joint(joint), prior)
    scores = {graph: total(families, graph) for graph in all_graphs(4)}
    assert len(scores) == 543  # graphs of four nodes without a cycle (Robinson 1973)
    best = max(scores.values())
    assert total(families, greedy(families)) == pytest.approx(best, rel=1e-12)
    in_order = [s for g, s in scores.items() if all(p < i for i, above in enumerate(g) for p in above)]
    assert total(families, k2(families)) == pytest.approx(max(in_order), rel=1e-12)


@pytest.mark.parametrize("prior", PRIORS)
def test_sparse_graph_is_found_again_in_a_million_cases(prior):
    parents = ((), (0,), (), (1, 2), (3,), (3,), (4, 5))
    families = Families(of_joint(sampled(parents, (3, 4, 2, 3, 3, 2, 4), 10**6, 1)), prior)
    assert k2(families) == tuple(map(frozenset, parents))
    found = greedy(families)
    assert equivalence(found) == equivalence(parents)


def test_greedy_and_k2_find_what_pyagrum_finds():
    parents = ((), (0,), (0, 1), (2,), (1, 3))
    joint = sampled(parents, (2, 3, 2, 3, 2), 100_000, 5)
    families = Families(of_joint(joint), PRIORS[0])
    learner = pyagrum(joint, "k2")
    learner.useGreedyHillClimbing()
    theirs = learner.learnDAG()
    assert equivalence(greedy(families)) == equivalence([sorted(theirs.parents(i)) for i in range(5)])
    learner.useK2(list(range(5)))
    theirs = learner.learnDAG()
    assert k2(families) == tuple(frozenset(theirs.parents(i)) for i in range(5))


def test_no_more_parents_than_allowed():
    families = Families(of_joint(sampled(((), (), (), (0, 1, 2)), (2, 2, 2, 4), 10**5, 2)), PRIORS[0])
    assert k2(families) == (frozenset(), frozenset(), frozenset(), {0, 1, 2})
    assert max(map(len, k2(families, 1))) == 1
    assert max(map(len, greedy(families, 2))) == 2


def test_equal_arcs_fall_the_same_way():
    # BDeu scores both directions of an arc equally: the first move in order is made, the arc b -> a
    joint = np.array([[400, 100], [100, 400]])
    assert greedy(Families(of_joint(joint), PRIORS[1])) == ({1}, frozenset())


def test_parents_in_a_transition_network_are_among_those_counted():
    # c at t + 1 was counted with a and b at t, and follows a alone; the tables at t are not known
    generator = np.random.default_rng(9)
    given_a = np.repeat([[80, 10, 10], [10, 20, 70]], 2, axis=0).T / 100  # columns: a first, b slower
    table = np.stack([generator.multinomial(5000, given_a[:, [0, 3, 0, 3][k]]) for k in range(4)], axis=1)
    network = Network(
        ("a", "b", "c(t)", "c(t+1)"), ((), (), (), (0, 1)), (2, 2, 3, 3), (None,) * 3 + (table,)
    )
    for search in (k2, greedy):
        assert search(Families(network, PRIORS[0])) == (frozenset(), frozenset(), frozenset(), {0})
