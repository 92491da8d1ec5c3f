"""The budget, and runs that did not do the work."""

import pytest

from data_schemas.config import BenchSettings, Config
from data_schemas.errors import ConfigError
from jobs.triple import Triple
from workflow.bench.data import prepare_data
from workflow.bench.design import Configuration
from workflow.bench.model import Run
from workflow.bench.run import _alike, _measured


def test_without_time_everything_is_left_out_and_named(tmp_path):
    ones = [Configuration("archive", "mpi", Triple(1, 2, 1), distribution=name) for name in ("block", "self")]
    settings = BenchSettings(minutes=1e-9, repeats=2)
    runs, rows, left_out = _measured(ones, {}, settings, tmp_path)
    assert (runs, rows) == ([], [])
    assert left_out == {one.name: 2 for one in ones}


def test_an_interrupt_keeps_what_was_measured(tmp_path, monkeypatch):
    ones = [Configuration("archive", "mpi", Triple(1, n, 1)) for n in (1, 2, 3)]
    done = []

    def measured(one, *_others):
        if done:
            raise KeyboardInterrupt
        done.append(one)
        return {"status": "done", "error": None}, []

    monkeypatch.setattr("workflow.bench.run.measure", measured)
    runs, rows, left_out = _measured(ones, {"archive": None}, BenchSettings(repeats=1), tmp_path)
    assert [run.configuration for run in runs] == done
    assert (len(rows), left_out.total()) == (1, 2)


def test_a_run_that_read_other_rows_has_failed():
    one = Configuration("archive", "mpi", Triple(1, 2, 1))
    rows = [{"run": n, "status": "done", "error": None} for n in (1, 2, 3)]
    runs = [
        Run(one, row, [{"task": "a", "rows_in": count}]) for row, count in zip(rows, (5, 5, 4), strict=True)
    ]
    assert _alike(runs, rows) == runs[:2]
    assert [row["status"] for row in rows] == ["done", "done", "failed"]


def test_a_data_set_that_is_not_there_is_a_line(tmp_path):
    config = Config(bench=BenchSettings(dataset="pariss"), datasets={"paris": {}})
    with pytest.raises(ConfigError, match="did you mean 'paris'"):
        prepare_data(config, {"organize"}, tmp_path)
