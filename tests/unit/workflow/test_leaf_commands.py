"""trackmill registry activity and leaves: what they print and write, and what they refuse."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from workflow.cli.main import main


@pytest.fixture
def config(tmp_path):
    """A configuration with the packaged aircraft as register, its table built."""
    path = tmp_path / "config.yaml"
    tree = {
        "results": str(tmp_path / "results"),
        "registry": {"sources": [{"format": "generic", "path": "package:aircraft.csv"}]},
        "datasets": {"a": {"raw": "x"}},
    }
    path.write_text(yaml.safe_dump(tree))
    assert main(["registry", "build", "--config", str(path)]) == 0
    return path


def test_leaves_of_a_year_are_shown_and_written_and_kept(config, tmp_path, capsys):
    out = tmp_path / "leaves.parquet"
    words = ["registry", "leaves", "--config", str(config), "--year", "2020"]
    assert main([*words, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "2020: " in said
    assert "FixedWingMultiEngine/Seats_NaN_NaN" in said
    tree = yaml.safe_load(config.read_text())
    tree["registry"]["leaves"] = {"hours_per_leaf": 1000, "fixed": str(out)}
    config.write_text(yaml.safe_dump(tree))
    assert main([*words, "--out", str(tmp_path / "again.parquet")]) == 0
    assert pq.read_table(out).equals(pq.read_table(tmp_path / "again.parquet"))


def test_activity_is_that_of_the_organized_hours(config, tmp_path, capsys):
    organized = tmp_path / "results" / "a" / "organized"
    organized.mkdir(parents=True)
    pq.write_table(pa.table({"icao24": ["A00001", "A00001", "A00002"]}), organized / "hour.parquet")
    capsys.readouterr()
    assert main(["registry", "activity", "--config", str(config)]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/results/activity.parquet: 3 rows of 2 addresses\n"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["leaves", "--archive", "nowhere"], "--out: is missing"),
        (["leaves", "--archive", "nowhere", "--out", "x"], "nowhere: no archived leaves"),
        (["leaves", "--year", "0"], "--year 0: is no year"),
        (["activity", "nowhere", "--out", "x"], "nowhere: no Parquet files here"),
    ],
)
def test_what_cannot_be_done_is_one_line(words, problem, capsys):
    assert main(["registry", *words]) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1
