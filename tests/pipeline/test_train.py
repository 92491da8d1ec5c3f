"""Stage 5 on its own: the same bytes however it is launched, earlier models, settings that cannot be."""

import importlib.util
import json
import shutil

import pytest
import yaml

from data_schemas.config import ModelSettings
from tests.pipeline.runs import digests, trackmill
from tests.unit.tracks.models.test_model_task import stored, table, trained
from tracks.models.task import build_models

WEEK = 7 * 86_400
KINDS = [
    {"preset": "blimp", "minimum_hours": 0.1},
    {"name": "own", "variables": ["A", "L", "dh"], "initial_graph": {"dh": ["A"]}, "fine_bins": 4},
]


def config_in(folder, **train):
    tree = {
        "launch": {"backend": "serial", "triple": [1, 1, 1]},
        "train": {"models": KINDS} | train,
        "datasets": {"few": {"raw": "none"}},
    }
    folder.mkdir(exist_ok=True)
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def leaves(folder, start=0):
    """Nine leaves of three types with one to three segments each."""
    for i in range(9):
        segments = [
            (f"A0000{i}", s, start + 1000 * s, 40 + 10 * i, 1200 if i % 2 else 7000) for s in range(1 + i % 3)
        ]
        stored(folder, f"leaf{i}", table(segments, seed=i + start), ("Glider", "Rotorcraft", "Other")[i % 3])
    return folder


def train(folder, config, tracks, *launch):
    """Train as a user does; return the digests of the models and of the summary."""
    done = trackmill(
        "train", tracks, "--out", folder / "models", "--config", config, *launch, TRACKMILL_OVERSUBSCRIBE="1"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return digests(folder, "models/*.*", "models/too_few_hours/*", "models/parts/**/*.parquet")


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    folder = tmp_path_factory.mktemp("serial")
    return train(folder, config_in(folder), leaves(folder / "tracks")), folder


@pytest.mark.parametrize(
    "launch",
    [
        ("--backend", "mpi", "--triple", "1,4,1", "--distribution", "self"),
        ("--backend", "dask", "--triple", "1,2,1"),
    ],
    ids=["mpi4", "dask"],
)
def test_models_are_the_same_bytes_however_the_stage_is_launched(serial, tmp_path, launch):
    if "dask" in launch and importlib.util.find_spec("distributed") is None:
        pytest.skip("distributed is not installed (pip install trackmill[dask])")
    expected, folder = serial
    found = train(tmp_path, config_in(tmp_path), folder / "tracks", *launch)
    names = [name for name in found if name.endswith(".txt")]
    assert {name.split("/")[1] for name in names} >= {
        "own_all_Glider.txt",
        "blimp_all_Other.txt",
        "too_few_hours",
    }
    assert found == expected


def test_new_week_is_added_to_earlier_models(serial, tmp_path):
    _, first = serial
    both = leaves(tmp_path / "both")
    for file in sorted(leaves(tmp_path / "new", WEEK).rglob("*.parquet")):
        target = both / file.relative_to(tmp_path / "new")
        shutil.copy(file, target.with_name(f"later_{target.name}"))
    config = config_in(tmp_path / "sum", base_models=str(first / "models"))
    added = train(tmp_path / "sum", config, tmp_path / "new")
    kinds = tuple(ModelSettings(**kind) for kind in KINDS)
    tasks, _ = trained(both, tmp_path / "whole", kinds)
    build_models([tmp_path / "whole" / task.output for task in tasks], tmp_path / "whole/models", kinds)
    whole = digests(tmp_path / "whole", "models/**/*.txt")
    assert {name: digest for name, digest in added.items() if name.endswith(".txt")} == whole


def test_summary_lists_models_and_those_of_too_few_hours(serial):
    _, folder = serial
    (summary,) = folder.rglob("train.json")
    facts = json.loads(summary.read_text())
    assert all(m["flight_hours"] >= 0.1 for m in facts["models"] if m["model"] == "blimp")
    assert [m["file"] for m in facts["too_few_hours"]]
    assert all(m["flight_hours"] < 0.1 for m in facts["too_few_hours"])


def test_graph_with_a_cycle_is_one_line(tmp_path):
    config = config_in(tmp_path, models=[{"initial_graph": {"v": ["dh"], "dh": ["v"]}}])
    done = trackmill("config", "check", "--config", config)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "train.models.0: initial_graph has a cycle among v, dh" in done.stderr
