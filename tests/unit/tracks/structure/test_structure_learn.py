"""Learning the graphs of whole models: a known sparse one from its samples, the published file."""

import json
import math

import numpy as np
import pytest

from data_schemas.config import ModelSettings, StructureSettings
from tracks.models.counts import Shape
from tracks.models.file import read_model, write_model
from tracks.models.network import EncounterModel, Network
from tracks.models.recovery import retrain
from tracks.models.sample import sample_tracks
from tracks.structure.files import learn_from
from tracks.structure.learn import learn
from workflow.cli.main import main

PUBLISHED = "package:uncor_1200only_rotorcraft_v1p2.txt"
ALL = ("G", "A", "L", "v", "dv", "dh", "dpsi")
SPARSE = {"dv": ("v", "dv"), "dh": ("A", "dh", "dv(t+1)"), "dpsi": ("dpsi",)}
COUNTED = {"dv": ALL, "dh": (*ALL, "dv(t+1)"), "dpsi": ALL}
FEWER = {
    "speed_kt": (0, 80, 160, 300),
    "acceleration_kt_s": (-1, -0.25, 0.25, 1),
    "vertical_rate_ft_min": (-1000, -300, 300, 1000),
    "turn_rate_deg_s": (-3, -1, 1, 3),
    "layer_ft_agl": (50, 1200, 5000),
}


def sparse_model(seed):
    """A model with tables drawn at random, the graph of the transition being SPARSE."""
    shape = Shape.of(ModelSettings(transition_graph=SPARSE, **FEWER))
    generator = np.random.default_rng(seed)

    def filled(network, some):
        tables = [
            np.maximum(generator.dirichlet(np.ones(network.bins[i]), network.configurations(i)).T * 1e4, 500)
            if i in some
            else None
            for i in range(len(network.labels))
        ]
        tables = tuple(None if t is None else t.astype(np.int64) for t in tables)
        return Network(network.labels, network.parents, network.bins, tables)

    return EncounterModel(
        filled(shape.initial, range(7)),
        filled(shape.transition, shape.moved),
        tuple(v.cuts for v in shape.variables),
        (0.0,) * 7,
    )


@pytest.fixture(scope="module")
def counted():
    """A model with all that could be parents counted, over a million seconds of the sparse one's tracks."""
    samples = sample_tracks(sparse_model(2), 20_000, 51, seed=3)
    return retrain(samples, ModelSettings(transition_graph=COUNTED, **FEWER))


@pytest.mark.parametrize("search", ["k2", "greedy"])
@pytest.mark.parametrize("score", ["k2", "bdeu"])
def test_transition_graph_of_a_sparse_model_is_learned_from_its_samples(counted, search, score):
    _, facts = learn(counted, StructureSettings(search=search, score=score))
    assert facts["transition"]["counted"] == 1_000_000
    assert facts["transition_graph"] == {name: list(above) for name, above in SPARSE.items()}
    scores = facts["transition"]["log_score"]
    assert scores["learned"] > max(scores["published"], scores["own"])


def test_learned_graph_is_one_that_settings_take(counted):
    _, facts = learn(counted, StructureSettings(search="greedy"))
    settings = ModelSettings(
        initial_graph=facts["initial_graph"], transition_graph=facts["transition_graph"], **FEWER
    )
    assert settings.transition_parents == SPARSE
    # and a model counted with it is the learned one, table by table
    learned, _ = learn(counted, StructureSettings(search="greedy"))
    again = retrain(sample_tracks(sparse_model(2), 20_000, 51, seed=3), settings)
    assert learned.transition == again.transition
    assert learned.initial == again.initial


def test_scores_are_sums_over_families(counted):
    _, facts = learn(counted, StructureSettings(search="k2"))
    for network in ("initial", "transition"):
        for kind, score in facts[network]["log_score"].items():
            families = [family[kind]["log_score"] for family in facts[network]["families"]]
            assert score == pytest.approx(math.fsum(families), rel=1e-15), kind


def test_published_graph_that_the_counts_cannot_tell_has_no_score():
    settings = ModelSettings(transition_graph={"dv": ["dv"], "dh": ["dh"], "dpsi": ["dpsi"]}, **FEWER)
    few = retrain(sample_tracks(sparse_model(2), 50, 20, seed=3), settings)
    _, facts = learn(few, StructureSettings(search="k2"))
    assert set(facts["transition"]["log_score"]) == {"learned", "own"}
    assert set(facts["initial"]["log_score"]) == {"learned", "own", "published"}


def test_published_file_scores_at_least_its_own_graph(tmp_path, capsys):
    assert main(["structure", PUBLISHED, "--score", "bdeu", "--out", str(tmp_path / "s.json")]) == 0
    facts = json.loads((tmp_path / "s.json").read_text())
    assert "37,829,983 counted" in capsys.readouterr().out
    for network in ("initial", "transition"):
        scores = facts[network]["log_score"]
        assert scores["own"] == scores["published"] < scores["learned"]


def test_command_writes_a_model_that_can_be_sampled(counted, tmp_path):
    write_model(counted, tmp_path / "all.txt")
    learned = tmp_path / "learned.txt"
    assert (
        main(["structure", str(tmp_path / "all.txt"), "--search", "greedy", "--model-out", str(learned)]) == 0
    )
    assert sample_tracks(read_model(learned), 10, 5, seed=1).height == 50


def test_command_refuses_wrong_values_in_one_line(counted, tmp_path, capsys):
    write_model(counted, tmp_path / "all.txt")
    assert main(["structure", str(tmp_path / "all.txt"), "--equivalent-sample-size", "0"]) == 2
    assert capsys.readouterr().err.startswith("trackmill: --equivalent-sample-size: Input should be greater")


def test_findings_stand_beside_the_model_and_leave_with_the_setting(counted, tmp_path):
    write_model(counted, tmp_path / "all.txt")
    (file,) = learn_from([tmp_path / "all.txt"], StructureSettings(search="k2"))
    assert file.name == "all.structure.json"
    assert json.loads(file.read_text())["model"] == "all.txt"
    assert learn_from([tmp_path / "all.txt"], StructureSettings()) == []
    assert not file.exists()
