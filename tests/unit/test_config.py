"""The configuration: its checks, its one-line messages, and its generated documents."""

from pathlib import Path

import pytest
import yaml

from data_schemas.config import LaunchSettings, load_config
from data_schemas.config.document import defaults_yaml, json_schema
from data_schemas.config.load import check_config
from data_schemas.config.process import PUBLISHED_LIMITS
from data_schemas.errors import ConfigError

ROOT = Path(__file__).parents[2]
MINIMAL = {"datasets": {"a": {"raw": "x"}}}


def message(tree):
    with pytest.raises(ConfigError) as caught:
        check_config(tree, "c.yaml")
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.exit_code == 2
    return text


def test_minimal_configuration_has_the_published_constants():
    process = check_config(MINIMAL, "c.yaml").dataset("a").process
    assert (process.gap_s, process.minimum_rows, process.outlier_scaled_mads) == (20, 10, 1.5)
    assert (process.smooth_half_window_s, process.smooth_sigma_s, process.level_below_ft_s) == (15, 6, 1)
    assert (process.altitude_mode, process.require_squawk, process.altitude_floor_ft) == ("both", True, -115)


@pytest.mark.parametrize(
    ("kind", "row"),
    [  # pipeline.md, stage 3 step 8: ceiling, vertical, speed, acceleration, turn
        ("FixedWingMultiEngine", (85000, 100, 600, 6, 10)),
        ("FixedWingSingleEngine", (31000, 100, 400, 6, 10)),
        ("Glider", (18000, 2000 / 60, 200, 6, 10)),
        ("Gyroplane", (18000, 2000 / 60, 130, 6, 12)),
        ("PoweredParachute", (18000, 2000 / 60, 100, 6, 12)),
        ("Rotorcraft", (21000, 2000 / 60, 250, 8, 12)),
        ("WeightShiftControl", (18000, 2000 / 60, 100, 6, 12)),
        ("Balloon", (85000, 100, 600, 6, 12)),
        ("Unknown", (85000, 100, 600, 6, 12)),
    ],
)
def test_limits_are_the_published_table(kind, row):
    limits = check_config(MINIMAL, "c.yaml").dataset("a").process.limits_of(kind)
    assert tuple(limits.model_dump().values()) == row


def test_a_data_set_changes_only_what_it_names():
    tree = {
        "process": {"altitude_mode": "geo", "gap_s": 30},
        "datasets": {"a": {"raw": "x", "process": {"gap_s": 25}}, "b": {"raw": "y"}},
    }
    config = check_config(tree, "c.yaml")
    assert (config.dataset("a").process.gap_s, config.dataset("a").process.altitude_mode) == (25, "geo")
    assert config.dataset("b").process.gap_s == 30


def test_one_limit_changed_leaves_the_others():
    own = {"Rotorcraft": PUBLISHED_LIMITS["Rotorcraft"].model_dump() | {"speed_kt": 150}}
    tree = {"datasets": {"a": {"raw": "x", "process": {"limits": own}}}}
    process = check_config(tree, "c.yaml").dataset("a").process
    assert process.limits_of("Rotorcraft").speed_kt == 150
    assert process.limits_of("Glider").speed_kt == 200


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (MINIMAL | {"proces": {}}, ["unknown key 'proces'", "did you mean 'process'?"]),
        (
            {"datasets": {"a": {"raw": "x", "process": {"gap": 3}}}},
            ["unknown key 'gap' at datasets.a.process.gap", "did you mean 'gap_s'?"],
        ),
        (MINIMAL | {"launch": {"triple": [1, 0, 1]}}, ["launch.triple.1", "found 0"]),
        (MINIMAL | {"process": {"gap_s": -1}}, ["process.gap_s", "greater than 0"]),
        (MINIMAL | {"train": {"models": [{"speeds": 1}]}}, ["train.models.0.speeds", "speed_kt"]),
        (MINIMAL | {"train": {"models": [{"speed_kt": [3, 2]}]}}, ["speed_kt must rise"]),
        (MINIMAL | {"train": {"models": [{"variables": ["L", "A"]}]}}, ["order G, A, L, v, dv, dh, dpsi"]),
        (
            MINIMAL | {"organize": {"bounds_box_deg": [0, 0, 1, 1], "bounds_polygon": "p"}},
            ["both set", "keep one"],
        ),
        ({"datasets": {"a": {}}}, ["datasets.a has no input", "set raw: FOLDER, samples:", "download:"]),
        ({"datasets": {}}, ["datasets"]),
        ({}, ["datasets is missing"]),
        ([1], ["expected a mapping"]),
    ],
)
def test_a_wrong_configuration_is_one_clear_line(tree, words):
    text = message(tree)
    for word in words:
        assert word in text


def test_all_faults_are_told_at_once():
    text = message(MINIMAL | {"proces": {}, "launch": {"backend": "mpl"}})
    assert "proces" in text
    assert "launch.backend" in text


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: no such configuration file"):
        load_config(tmp_path / "none.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [1\n")
    with pytest.raises(ConfigError, match=r"broken\.yaml: not a YAML file"):
        load_config(broken)


def test_the_demo_configuration_is_valid():
    config = load_config(ROOT / "config" / "config.yaml")
    assert set(config.datasets) == {"paris", "alps", "calfire"}
    assert config.dataset("paris").process.require_squawk
    assert not config.dataset("calfire").process.require_squawk
    assert config.dataset("calfire").train.models[0].variables[0] == "G"
    assert config.dataset("calfire").enrich.airspace_files == ("package:class_bcd_california.geojson",)
    assert not config.dataset("paris").enrich.airspace_files


@pytest.mark.parametrize(
    ("path", "text"),
    [("config/defaults.yaml", defaults_yaml()), ("data_schemas/config.schema.json", json_schema())],
)
def test_generated_documents_are_up_to_date(path, text):
    assert (ROOT / path).read_text(encoding="utf-8") == text, "run `make documents` and commit the result"


def test_generated_defaults_are_the_defaults():
    tree = yaml.safe_load(defaults_yaml())
    assert tree.pop("datasets") is None
    assert check_config(tree | MINIMAL, "defaults") == check_config(MINIMAL, "minimal")
    assert tree["launch"]["triple"] == list(LaunchSettings().triple)


def test_a_stage_has_launch_and_cluster_settings_of_its_own():
    own = {"launch": {"triple": [4, 16, 1]}, "cluster": {"minutes": 240}}
    tree = MINIMAL | {"launch": {"memory_gb": 2}, "cluster": {"partition": "x"}, "stages": {"process": own}}
    config = check_config(tree, "c.yaml")
    assert (config.launch_of("process").triple, config.launch_of("process").memory_gb) == ((4, 16, 1), 2)
    assert (config.cluster_of("process").minutes, config.cluster_of("process").partition) == (240, "x")
    assert (config.launch_of("train").triple, config.cluster_of("train").minutes) == ((1, 2, 1), 60)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"stages": {"proces": {}}}, "stages.proces (did you mean 'process'?)"),
        (
            {"stages": {"train": {"launch": {"tripl": 1}}}},
            "stages.train.launch.tripl (did you mean 'triple'?)",
        ),
        ({"stages": {"train": {"cluster": {"minutes": 0}}}}, "stages.train.cluster.minutes: Input should be"),
        ({"cluster": {"partition": "a b"}}, "cluster.partition: String should match pattern"),
        ({"cluster": {"extra": ["--mem=3G"]}}, "cluster.extra: --mem is set by launch.memory_gb"),
        ({"cluster": {"extra": ["--mail-type FAIL"]}}, "one option with its value behind ="),
        (
            {"cluster": {"minutes": 2, "warning_seconds": 120}},
            "warning_seconds 120 is not shorter than 2 min",
        ),
    ],
)
def test_a_wrong_cluster_or_stage_is_one_line(section, expected):
    assert expected in message(MINIMAL | section)
