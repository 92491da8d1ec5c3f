"""Seconds to score and learn graphs from 10^9 counts, beside pyAgrum on the same counts as weighted rows.

    .venv/bin/python bench/structure.py [--cells 66000] [--counts 1000000000]

Seven variables with the bins of the published models, counts spread over some cells of their joint histogram.
pyAgrum gets a row a cell with its count as weight. Scores are checked against each other first (score k2; of
BDeu pyAgrum's is wrong, see docs/method.md). Wall clock, one thread for ours, any number for pyAgrum.
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np
import pandas as pd
import pyagrum as gum

from data_schemas.config import StructureSettings
from tracks.models.network import Network
from tracks.structure.families import Families
from tracks.structure.search import greedy, k2

BINS = (5, 4, 4, 8, 5, 7, 7)
NAMES = ("G", "A", "L", "v", "dv", "dh", "dpsi")


def network(joint: np.ndarray) -> Network:
    """Return the network of all variables, each with all before it as parents."""
    tables = [
        np.moveaxis(joint.sum(axis=tuple(range(i + 1, 7))), i, 0).reshape((BINS[i], -1), order="F")
        for i in range(7)
    ]
    return Network(NAMES, tuple(tuple(range(i)) for i in range(7)), BINS, tuple(tables))


def learner(joint: np.ndarray) -> gum.BNLearner:
    """Return pyAgrum's learner with score K2 of the same counts."""
    cells = np.argwhere(joint)
    variables = gum.BayesNet()
    for name, size in zip(NAMES, BINS, strict=True):
        variables.add(gum.RangeVariable(name, name, 0, size - 1))
    found = gum.BNLearner(pd.DataFrame(cells.astype(str), columns=list(NAMES)), variables)
    for i, count in enumerate(joint[tuple(cells.T)].tolist()):
        found.setRecordWeight(i, float(count))
    found.useNoPrior()
    found.useScoreK2()
    return found


def seconds(work: object) -> float:
    """Return how long a call takes."""
    first = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - first


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", type=int, default=66_000)
    parser.add_argument("--counts", type=int, default=10**9)
    given = parser.parse_args()
    generator = np.random.default_rng(1)
    joint = np.zeros(math.prod(BINS), np.int64)
    some = generator.choice(joint.size, given.cells, replace=False)
    joint[some] = generator.multinomial(given.counts, generator.dirichlet(np.full(given.cells, 0.2)))
    joint = joint.reshape(BINS)
    settings, ours = StructureSettings(), network(joint)
    greedy(Families(ours, settings))  # compiles
    theirs = learner(joint)
    family = (6, (0, 2, 4))
    same = theirs.score("dpsi", ["G", "L", "dv"]) * math.log(2)
    assert math.isclose(Families(ours, settings).score(*family), same, rel_tol=1e-9)
    print(f"{joint.astype(bool).sum():,} cells, {joint.sum():,} counts: seconds of trackmill and pyAgrum")
    print(f"set up   {seconds(lambda: network(joint)):8.3f} {seconds(lambda: learner(joint)):8.3f}")
    one = Families(ours, settings)
    scored = seconds(lambda: theirs.score("dpsi", ["G", "L", "dv"]))
    print(f"a family {seconds(lambda: one.score(*family)):8.4f} {scored:8.4f}")
    theirs.useGreedyHillClimbing()
    ran = seconds(lambda: greedy(Families(ours, settings)))
    print(f"greedy   {ran:8.3f} {seconds(theirs.learnDAG):8.3f}")
    theirs.useK2(list(range(7)))
    print(f"K2 order {seconds(lambda: k2(Families(ours, settings))):8.3f} {seconds(theirs.learnDAG):8.3f}")


if __name__ == "__main__":
    main()
