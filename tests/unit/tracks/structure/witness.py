"""Networks of given counts, and pyAgrum as an outside witness of their scores and graphs."""

import warnings

import numpy as np
import pandas as pd

from tracks.models.network import Network

with warnings.catch_warnings():  # those of its SWIG types, made errors, end the process
    warnings.simplefilter("ignore")
    import pyagrum as gum


def of_joint(joint):
    """A network of counts of all variables, each with all variables before it as parents."""
    n = joint.ndim
    tables = tuple(
        np.moveaxis(joint.sum(axis=tuple(range(i + 1, n))), i, 0).reshape((joint.shape[i], -1), order="F")
        for i in range(n)
    )
    parents = tuple(tuple(range(i)) for i in range(n))
    return Network(tuple("abcdefg"[:n]), parents, joint.shape, tables)


def pyagrum(joint, score):
    """PyAgrum's learner of the same counts: a row a cell, its count as the row's weight."""
    cells, names = np.argwhere(joint), list("abcdefg"[: joint.ndim])
    variables = gum.BayesNet()
    for name, size in zip(names, joint.shape, strict=True):
        variables.add(gum.RangeVariable(name, name, 0, size - 1))
    learner = gum.BNLearner(pd.DataFrame(cells.astype(str), columns=names), variables)
    for i, cell in enumerate(cells):
        learner.setRecordWeight(i, float(joint[tuple(cell)]))
    learner.useNoPrior()
    if score == "k2":
        learner.useScoreK2()
    else:
        learner.useScoreBDeu()
    return learner
