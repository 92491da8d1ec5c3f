"""Graphs and presets as settings: against published graphs, a literal count, and what must be refused."""

import numpy as np
import pytest
from pydantic import ValidationError

from data_schemas.config import ModelSettings
from data_schemas.config.presets import PRESETS
from tracks.models.counts import Counter, Shape, model_of
from tracks.models.file import model_text, read_model
from tracks.models.variables import bins_of

# labels, initial graph, transition graph (rows parents, columns children) as in the published files
AIRBORNE = ["L", "v", r"\dot v", r"\dot h", r"\dot \psi"]
FULL = ["01111", "00111", "00011", "00001", "00000"]
PUBLISHED = {
    "balloon": (["L", r"\dot h"], ["01", "00"], ["000", "001", "000"]),
    "blimp": (
        AIRBORNE,
        ["00000"] * 5,
        ["0" * 8, "0" * 8, "00000100", "00000010", "00000001", *["0" * 8] * 3],
    ),
    "glider": (
        AIRBORNE,
        FULL,
        *[["00000111"] * 2 + ["00000100", "00000010", "00000001", "0" * 8, "00000101", "00000100"]],
    ),
    "hang_glider_rigid": (
        AIRBORNE,
        FULL,
        ["00000111", "00000101", "00000100", "00000010", "00000001", "0" * 8, "00000101", "0" * 8],
    ),
    "paramotor": (
        AIRBORNE,
        ["01000", "00011", "00000", "00100", "00010"],
        ["00000111", "0" * 8, "00000100", "00000010", "00000001", "0" * 8, "00000001", "00000100"],
    ),
}


def adjacency(network):
    size = len(network.labels)
    return ["".join("1" if i in network.parents[j] else "0" for j in range(size)) for i in range(size)]


@pytest.mark.parametrize("name", PUBLISHED)
def test_graph_of_a_preset_is_that_of_the_published_file(name):
    labels, initial, transition = PUBLISHED[name]
    shape = Shape.of(ModelSettings(preset=name))
    assert list(shape.initial.labels) == labels
    assert adjacency(shape.initial) == initial
    assert adjacency(shape.transition) == transition


def test_sizes_of_presets_are_those_of_the_published_files():
    # r_initial of uncor_1200code_v2p1.txt, glider_v1.txt, skydiving_v1.txt without L
    assert Shape.of(ModelSettings(preset="uncor_1200code_v2")).initial.bins == (4, 4, 4, 8, 5, 7, 7)
    assert Shape.of(ModelSettings(preset="glider")).initial.bins == (4, 8, 5, 7, 7)
    assert Shape.of(ModelSettings(preset="skydiving")).initial.bins == (8, 5, 7, 7)
    assert Shape.of(ModelSettings(preset="weather_balloon")).initial.bins == (7,)


def test_own_keys_lie_over_those_of_a_preset():
    model = ModelSettings(preset="balloon", name="mine", fine_bins=5)
    assert (model.name, model.fine_bins, model.variables) == ("mine", 5, ("L", "dh"))
    assert ModelSettings(preset="balloon").name == "balloon"
    assert ModelSettings.model_validate(model.model_dump()) == model  # as the configuration of a run is kept


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_named_where_a_user_reads_of_them(name):
    assert name in ModelSettings.model_fields["preset"].description
    assert ModelSettings(preset=name).name == name


def rows(count, seed=3):
    rng = np.random.default_rng(seed)
    columns = {
        "L": rng.choice([100.0, 700.0, 2000.0, 9000.0], count),
        "v": rng.uniform(0, 300, count),
        "dv": rng.choice([-1.5, 0.0, 0.5], count),
        "dh": rng.choice([-900.0, 0.0, 300.0, 1000.0], count),
        "dpsi": rng.choice([-5.0, 0.0, 2.0], count),
    }
    return columns, rng.random(count) < 0.9, np.ones(count, np.int8)


def test_tables_of_any_graph_are_those_of_a_literal_count(tmp_path):
    """Parents after their child, none at all, and of the later second."""
    settings = ModelSettings(
        variables=("L", "v", "dv", "dh", "dpsi"),
        initial_graph={"L": ("dh", "v"), "dpsi": ("dv",)},
        transition_graph={"dv": ("dpsi(t+1)", "L", "dh(t+1)"), "dh": (), "dpsi": ("dh(t+1)", "dpsi", "v")},
        altitude_scope_ft_agl=(0, 10000),
    )
    columns, follows, group = rows(3000)
    counter = Counter(settings)
    for piece in np.array_split(np.arange(3000), 7):
        counter.add({n: c[piece] for n, c in columns.items()}, follows[piece], group[piece])
    model = model_of(settings, counter.tables("1200only"))
    bins = {n: bins_of(c, settings.cuts_of(n)) for n, c in columns.items()}
    size = {n: settings.bins_of(n) for n in bins}

    expected = np.zeros((size["L"], size["v"] * size["dh"]), int)  # v stands before dh in the model
    np.add.at(expected, (bins["L"], bins["v"] + size["v"] * bins["dh"]), 1)
    assert np.array_equal(model.initial.tables[0], expected)
    assert np.array_equal(model.initial.tables[1][:, 0], np.bincount(bins["v"], minlength=size["v"]))

    later = np.flatnonzero(follows[1:]) + 1
    now = later - 1
    dv, dh, dpsi = (t for t in model.transition.tables if t is not None)
    expected = np.zeros((size["dv"], size["L"] * size["dh"] * size["dpsi"]), int)
    column = bins["L"][now] + size["L"] * (bins["dh"][later] + size["dh"] * bins["dpsi"][later])
    np.add.at(expected, (bins["dv"][later], column), 1)
    assert np.array_equal(dv, expected)
    assert np.array_equal(dh[:, 0], np.bincount(bins["dh"][later], minlength=size["dh"]))
    expected = np.zeros((size["dpsi"], size["v"] * size["dpsi"] * size["dh"]), int)
    column = bins["v"][now] + size["v"] * (bins["dpsi"][now] + size["dpsi"] * bins["dh"][later])
    np.add.at(expected, (bins["dpsi"][later], column), 1)
    assert np.array_equal(dpsi, expected)

    path = tmp_path / "model.txt"
    path.write_text(model_text(model))
    assert read_model(path) == model


def test_model_without_a_variable_does_not_ask_for_it():
    settings = ModelSettings(preset="balloon")
    columns = {"L": np.array([100.0, 200.0, 2000.0]), "dh": np.array([0.0, 400.0, 900.0])}
    columns |= {n: np.full(3, np.nan) for n in ("v", "dv", "dpsi")}
    counter = Counter(settings)
    counter.add(columns, np.array([False, True, True]), np.zeros(3, np.int8))
    counted = counter.tables("all")
    assert (counted.observations, counted.transitions) == (3, 2)
    model = model_of(settings, counted)
    # L in 0-1200 twice, 1200-3000 once; dh in [-100, 100), [300, 500), above 500 of seven bins
    assert model.initial.tables[0][:, 0].tolist() == [2, 1, 0, 0]
    assert np.argwhere(model.initial.tables[1]).tolist() == [[3, 0], [5, 0], [6, 1]]
    assert np.argwhere(model.transition.tables[2]).tolist() == [[5, 3], [6, 5]]


def test_regions_beyond_those_of_the_model_are_no_observation():
    settings = ModelSettings(preset="uncor_1200code_v2", squawks=("all",))
    names = ("G", "A", "L", "v", "dv", "dh", "dpsi")
    columns = {n: np.array(v) for n, v in zip(names, [[4, 5], [4, 4], *[[600.0, 600.0]] * 5], strict=True)}
    reason = Counter(settings).add(columns, np.zeros(2, bool), np.zeros(2, np.int8))
    assert reason.tolist() == [0, 5]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"preset": "gliders"}, "no preset 'gliders' (did you mean 'glider'?)"),
        ({"initial_graph": {"w": ()}}, "initial_graph has no variable 'w' (known names: A, G,"),
        ({"initial_graph": {"dh": ("dh",)}}, "initial_graph has a cycle among dh"),
        ({"initial_graph": {"v": ("dv",), "dv": ("v",)}}, "initial_graph has a cycle among v, dv"),
        ({"initial_graph": {"v": ("L", "L")}}, "a parent of v stands twice"),
        ({"initial_graph": {"v": ("dh(t+1)",)}}, "'dh(t+1)' cannot be a parent of v (known names: A, G"),
        ({"transition_graph": {"v": ()}}, "transition_graph has no variable 'v' (did you mean 'dv'?)"),
        ({"transition_graph": {"dv": ("L(t+1)",)}}, "'L(t+1)' cannot be a parent of dv"),
        ({"transition_graph": {"dv": ("v(t)",)}}, "'v(t)' cannot be a parent of dv"),
        ({"transition_graph": {"dv": ("dv(t+1)",)}}, "transition_graph has a cycle among dv(t+1)"),
        (
            {"transition_graph": {"dv": ("dh(t+1)",), "dh": ("dv(t+1)",)}},
            "transition_graph has a cycle among dv(t+1), dh(t+1)",
        ),
        ({"variables": ("L", "v")}, "variables needs at least one of dv, dh, dpsi, found L, v"),
        ({"variables": ("dh", "L")}, "variables must be in the order G, A, L"),
        ({"speed_kt": tuple(range(2000))}, "the joint histogram has"),
        ({"fine_bins": 10000}, "v has 80,000 fine bins, at most 32,767"),
    ],
)
def test_settings_that_cannot_be_are_refused(fields, words):
    with pytest.raises(ValidationError) as caught:
        ModelSettings(**fields)
    assert words in str(caught.value)
