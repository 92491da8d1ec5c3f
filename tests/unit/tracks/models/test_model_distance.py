"""Distances between models: numbers by hand."""

import numpy as np
import pytest

from data_schemas.errors import InputError
from tracks.models.distance import bin_shares, model_distance, stay_shares
from tracks.models.network import EncounterModel, Network

LABELS = ("L", "v", r"\dot v", r"\dot h", r"\dot \psi")
CUTS = ((50, 500), (0, 100), (-1, 0, 1), (-1, 0, 1), (-1, 0, 1))
BINS = (1, 1, 2, 2, 2)
NOW = (*LABELS[:2], *(f"{name}(t)" for name in LABELS[2:]))


def small(first, moved, rates=(0, 0, 0.1, 0.2, 0.3)):
    """dv counted as `first`, and its transitions as the columns of `moved`; dh and dpsi rest."""
    rest = np.array([[50], [50]])
    initial = Network(
        LABELS, ((),) * 5, BINS, (*(np.array([[100]]),) * 2, np.array(first)[:, None], rest, rest)
    )
    later = tuple(f"{name}(t+1)" for name in LABELS[2:])
    still = np.array([[100, 0], [0, 100]])
    transition = Network(
        (*NOW, *later),
        (*((),) * 5, (2,), (3,), (4,)),
        (*BINS, 2, 2, 2),
        (*(None,) * 5, np.array(moved), still, still),
    )
    return EncounterModel(initial, transition, CUTS, rates)


def test_distances_by_hand():
    truth = small([30, 70], [[300, 100], [100, 900]])
    other = small([60, 40], [[150, 30], [150, 70]], rates=(0, 0, 0.5, 0.2, 0.3))
    rows = {row["variable"]: row for row in model_distance(truth, other).iter_rows(named=True)}
    dv = rows["dv"]
    assert dv["initial"] == pytest.approx(0.3)
    assert dv["stays"] == pytest.approx(220 / 400)
    # column 1: (3/4, 1/4) and (1/2, 1/2) of 400; column 2: (1/10, 9/10) and (3/10, 7/10) of 1000
    assert dv["transition"] == pytest.approx((0.25 * 400 + 0.2 * 1000) / 1400)
    assert (dv["compared"], dv["resample_rate"]) == (1, 0.5)
    assert rows["dh"]["initial"] == rows["dh"]["transition"] == 0
    assert (rows["L"]["initial"], rows["L"]["stays"], rows["v"]["transition"]) == (0, None, None)


def test_columns_seen_too_seldom_are_not_compared():
    truth = small([1, 1], [[300, 50], [100, 49]])
    found = model_distance(truth, small([1, 1], [[100, 900], [0, 0]]))
    dv = found.row(2, named=True)
    assert dv["transition"] == pytest.approx(0.25)
    assert dv["compared"] == pytest.approx(400 / 499)
    nothing = model_distance(small([1, 1], [[1, 0], [0, 1]]), truth).row(2, named=True)
    assert (nothing["transition"], nothing["compared"]) == (None, 0)


def test_shares_that_stay_by_bin():
    assert stay_shares(small([1, 1], [[3, 0], [1, 0]]), "dv") == (0.75, [0.75, None])
    frame = bin_shares(small([1, 3], [[3, 0], [1, 0]]))
    part = frame.filter(frame["variable"] == "dv")
    assert part.rows() == [("dv", 1, -1.0, 0.0, 0.25, 0.75), ("dv", 2, 0.0, 1.0, 0.75, None)]


def test_a_variable_that_is_no_parent_of_itself_has_no_share_that_stays():
    model = small([1, 1], [[3, 0], [1, 0]])
    network = model.transition
    parents = (*network.parents[:5], (3,), *network.parents[6:])
    other = EncounterModel(
        model.initial,
        Network(network.labels, parents, network.bins, network.tables),
        model.boundaries,
        model.resample_rates,
    )
    assert stay_shares(other, "dv") == (None, [None, None])
    with pytest.raises(InputError, match="differs from the other"):
        model_distance(model, other)
