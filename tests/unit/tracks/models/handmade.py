"""A model made by hand, the published one, and an outside witness of counts."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tracks.models.file import read_model
from tracks.models.network import EncounterModel, Network

PUBLISHED = Path(__file__).parents[5] / "shared/data/encounter-models" / "uncor_1200only_rotorcraft_v1p2.txt"
LABELS = ("L", "v", r"\dot v", r"\dot h", r"\dot \psi")
CUTS = (
    (50.0, 500.0, 1200.0),
    (0.0, 100.0, 300.0),
    (-2.0, -0.5, 0.5, 2.0),
    (-900.0, -300.0, 300.0),
    (1.0, 2.0, 3.0),
)
BINS = (2, 2, 3, 2, 2)
NOW = (*LABELS[:2], *(f"{name}(t)" for name in LABELS[2:]), *(f"{name}(t+1)" for name in LABELS[2:]))


def small(dv=None, rates=(0, 0, 0, 0, 0)):
    """A model by hand: dv depends on v, dh and dpsi on nothing; dv moves by its table, the others stay."""
    initial = Network(
        LABELS,
        ((), (0,), (1,), (), ()),
        BINS,
        (
            np.array([[3], [1]]),
            np.array([[1, 0], [1, 5]]),
            np.array([[1, 0], [2, 4], [1, 4]]),
            np.array([[1], [4]]),
            np.array([[2], [3]]),
        ),
    )
    tables = (
        np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]]) if dv is None else np.array(dv),
        np.array([[1, 0], [0, 1]]),
        np.array([[1, 0], [0, 1]]),
    )
    parents = ((),) * 5 + ((2,), (3,), (4,))
    transition = Network(NOW, parents, (*BINS, *BINS[2:]), (*(None,) * 5, *tables))
    return EncounterModel(initial, transition, CUTS, rates)


def chi_square(found, expected_share):
    """p-value of counts against shares; bins of fewer than 5 expected are put together."""
    expected = expected_share * found.sum()
    rare = expected < 5
    assert found[expected == 0].sum() == 0
    f = np.append(found[~rare], found[rare].sum())
    e = np.append(expected[~rare], expected[rare].sum())
    return stats.chisquare(f[e > 0], e[e > 0]).pvalue


def published_model():
    """The published model, or a skip where its file is not."""
    if not PUBLISHED.is_file():
        pytest.skip("the published model file is not here")
    return read_model(PUBLISHED)
