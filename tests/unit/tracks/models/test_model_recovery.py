"""A model is got back from its samples, and a wrong sampler is found."""

import numpy as np
import pytest

from data_schemas.config import ModelSettings
from data_schemas.errors import InputError
from tests.unit.tracks.models.handmade import published_model, small
from tracks.models import recovery
from tracks.models.network import EncounterModel, Network
from tracks.models.recovery import recover, settings_of
from tracks.models.sample import Sampler


def test_published_model_is_got_back_from_a_million_seconds():
    found = recover(published_model(), 1_000_000, seed=31)
    assert (found.tracks, found.seconds) == (8334, 1_000_080)
    assert found.tables["passed"].all()
    assert found.tables["network"].to_list() == ["initial"] * 7 + ["transition"] * 3
    moved = found.tables[-3:]
    assert (moved["observed"] > 50).all()
    assert (moved["draws"] > 800_000).all()
    assert (moved["total_variation"] < 0.06).all()
    # a tenth of the seconds of the proof: the rates' own sampling error is about 1 %
    assert found.rates["variable"].to_list() == [r"\dot v", r"\dot h", r"\dot \psi"]
    assert found.rates["expected"].to_list() == pytest.approx(
        [0.0567456 / 1.5, 0.0483915 / 1.5, 0.128013 / 1.5]
    )
    assert (found.rates["error"].abs() < 3.5 * found.rates["sampling_error"]).all()


@pytest.mark.parametrize("wrong", ["table", "rate"])
def test_wrong_sampler_is_found(monkeypatch, wrong):
    model = published_model()
    tables, rates = list(model.transition.tables), list(model.resample_rates)
    if (
        wrong == "table"
    ):  # a hundredth of the level seconds at 1200 to 3000 ft and 90 to 120 kt begin to climb
        tables[8] = tables[8].copy()
        tables[8][5] += tables[8].sum(axis=0) // 100
    else:
        rates[6] *= 1.1
    network = model.transition
    transition = Network(network.labels, network.parents, network.bins, tuple(tables))
    other = EncounterModel(model.initial, transition, model.boundaries, tuple(rates))
    monkeypatch.setattr(recovery, "Sampler", lambda _, *how: Sampler(other, *how))
    found = recover(model, 300_000, seed=32)
    assert not found.passed
    failed = found.tables.filter(~found.tables["passed"])
    assert failed["variable"].to_list() == ([r"\dot h(t+1)"] if wrong == "table" else [])
    assert bool(found.rates["passed"][2]) == (wrong == "table")


def test_settings_are_those_of_the_model():
    found = settings_of(published_model())
    default = ModelSettings()
    assert found.initial_parents == default.initial_parents
    assert found.transition_parents == default.transition_parents
    graphs = {"initial_graph": None, "transition_graph": None}
    assert found.model_copy(update=graphs) == default


def test_model_of_any_graph_is_got_back():
    dv = np.array([[600, 100, 200], [300, 800, 100], [100, 100, 700]])
    found = recover(small(dv, (0, 0, 0.4, 0.3, 0.2)), 300_000, seed=34, track_seconds=60)
    assert found.tables["passed"].all()
    assert found.tables["observed"].to_list() == [1, 2, 2, 1, 1, 3, 2, 2]
    assert (found.rates["error"].abs() < 4 * found.rates["sampling_error"]).all()


def test_model_that_training_does_not_know_is_one_clear_line():
    whole = small()
    parents = (*whole.transition.parents[:5], (6,), (5,), (4,))
    bins = (*whole.initial.bins, *whole.initial.bins[2:])
    network = Network(whole.transition.labels, parents, bins, whole.transition.tables)
    with pytest.raises(InputError, match="cannot be trained: transition_graph has a cycle"):
        settings_of(EncounterModel(whole.initial, network, whole.boundaries, whole.resample_rates))


def test_impossible_draws_are_found(monkeypatch):
    model = published_model()
    table = model.transition.tables[7].copy()
    never = np.argmax((table == 0).sum(axis=0) * (table.sum(axis=0) > 1_000_000))
    bin_ = np.flatnonzero(table[:, never] == 0)[0]
    table[bin_, never] = table[:, never].sum()
    network = model.transition
    tables = (*network.tables[:7], table, *network.tables[8:])
    other = Network(network.labels, network.parents, network.bins, tables)
    wrong = EncounterModel(model.initial, other, model.boundaries, model.resample_rates)
    monkeypatch.setattr(recovery, "Sampler", lambda _, *how: Sampler(wrong, *how))
    found = recover(model, 300_000, seed=33)
    row = found.tables.row(7, named=True)
    assert row["variable"] == r"\dot v(t+1)"
    assert row["impossible"] > 0
    assert not row["passed"]
