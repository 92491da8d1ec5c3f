"""What running a stage leaves: its outputs, its summary, and nothing of inputs that are gone."""

import json
from pathlib import Path

import pytest

from data_schemas.config import Dataset, LaunchSettings, RegistrySettings
from data_schemas.task import Counts, Task
from workflow.stages.stage import Job, Stage, run_stage

SERIAL = LaunchSettings(backend="serial", triple=(1, 1, 1), memory_gb=0.1)


@pytest.fixture
def job(tmp_path):
    """A stage's job on a folder of three texts."""
    texts, output, ledger = tmp_path / "texts", tmp_path / "copies", tmp_path / "ledger"
    texts.mkdir()
    output.mkdir()
    for name, text in (("a", "x"), ("b", "xx"), ("c", "xxx")):
        (texts / name).write_text(text)
    summary = ledger / "copy.json"
    unused = tmp_path / "registry.parquet"
    return Job("copy", (texts,), output, unused, ledger / "copy", summary, Dataset(), RegistrySettings())


def planned(job):
    files = sorted(job.one_input.iterdir())
    return [Task(file.name, (str(file),), str(job.output / file.name)) for file in files]


def copying(_job):
    def copy(task):
        text = Path(task.inputs[0]).read_text()
        Path(task.output).write_text(text)
        return Counts(len(text), len(text))

    return copy


def run(job, **stage):
    run_stage(Stage("copy", "Copy.", "Copy texts.", planned, copying, **stage), job, SERIAL)
    return json.loads(job.summary.read_text())


def copies(job):
    return {file.name: file.read_text() for file in job.output.iterdir()}


def test_an_output_whose_input_is_gone_is_removed_and_said(job, capsys):
    assert run(job)["rows_out"] == 6
    (job.output / "of somebody else").write_text("")
    (job.one_input / "b").unlink()
    capsys.readouterr()
    facts = run(job)
    assert copies(job) == {"a": "x", "c": "xxx", "of somebody else": ""}
    assert f"copy: removed {job.output / 'b'}, whose input is gone\n" in capsys.readouterr().err
    assert (facts["tasks"], facts["rows_in"], facts["rows_out"]) == (2, 4, 4)


def test_a_stage_whose_inputs_may_be_cleared_away_keeps_them(job, capsys):
    run(job, keeps_former_outputs=True)
    (job.one_input / "b").unlink()
    facts = run(job, keeps_former_outputs=True)
    assert copies(job) == {"a": "x", "b": "xx", "c": "xxx"}
    assert "removed" not in capsys.readouterr().err
    assert facts["tasks"] == 2
