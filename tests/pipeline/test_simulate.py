"""Simulated raw hours from the command line: the same bytes on any number of ranks, fit to be processed."""

import json

import pytest

from tests.pipeline.runs import digests, trackmill

SMALL = ("--set", "hours=3", "--set", "aircraft=300", "--set", "seed=11")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulated")
    done = trackmill("simulate", out, *SMALL)
    assert done.returncode == 0, done.stderr
    return out, done


def test_any_number_of_ranks_writes_the_same_bytes(simulated, tmp_path):
    launch = ("--backend", "mpi", "--triple", "1,2,1")
    done = trackmill("simulate", tmp_path, *SMALL, *launch, TRACKMILL_OVERSUBSCRIBE="1")
    assert done.returncode == 0, done.stderr
    patterns = ("raw/*.tar", "registry/*.csv")
    assert digests(tmp_path, *patterns) == digests(simulated[0], *patterns)


def test_simulated_hours_run_through_the_pipeline(simulated):
    out, done = simulated
    for stage in ("organize", "archive", "process"):
        if stage == "organize":
            built = trackmill("registry", "build", "--config", out / "config.yaml")
            assert built.returncode == 0, built.stderr
        run = trackmill(stage, "--config", out / "config.yaml")
        assert run.returncode == 0, run.stderr
    facts = {
        stage: json.loads((out / "results" / "simulation" / "ledger" / f"{stage}.json").read_text())
        for stage in ("organize", "archive", "process")
    }
    written = int(done.stdout.split(": ")[1].split()[0])
    assert facts["organize"]["rows_in"] == written > 1000
    assert facts["organize"]["left"]["duplicate_row"] > 0
    assert facts["process"]["made"]["seconds"] > 10_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("hourz=3", "did you mean 'hours'"),
        ("hours=0", "hours"),
        ("hours", "expected KEY=VALUE"),
        ("start=yesterday", "2021-10-04-12"),
    ],
)
def test_wrong_setting_is_one_line(tmp_path, change, words):
    done = trackmill("simulate", tmp_path / "out", "--set", change)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr
    assert not (tmp_path / "out").exists()


def test_settings_are_listed_with_their_meaning():
    done = trackmill("simulate", "--list")
    assert done.returncode == 0
    assert "report_interval_s: 10" in done.stdout
    assert "# " in done.stdout
