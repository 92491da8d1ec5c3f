"""Sampling from the command line: the same bytes on any number of ranks, starts, rejection, the proof."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from data_schemas.config import ModelSettings
from tests.pipeline.runs import digests, trackmill
from tracks.models.counts import Counter, model_of
from tracks.models.file import write_model
from workflow.cli.main import main

PUBLISHED = Path(__file__).parents[3] / "shared/data/encounter-models" / "uncor_1200only_rotorcraft_v1p2.txt"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small model of wandering values, trained for the purpose: it needs no data."""
    path = tmp_path_factory.mktemp("model") / "wander.txt"
    generator, rows = np.random.default_rng(5), 200_000
    columns = {"G": np.ones(rows, np.int64), "A": np.full(rows, 4)}
    for name, low, high in (
        ("L", 60, 4900),
        ("v", 40, 250),
        ("dv", -2, 2),
        ("dh", -900, 900),
        ("dpsi", -5, 5),
    ):
        wave = np.sin(np.cumsum(generator.normal(0, 0.02, rows)))
        columns[name] = low + (wave + 1) / 2 * (high - low)
    counter = Counter(ModelSettings())
    counter.add(columns, np.arange(rows) > 0, np.ones(rows, np.int8))
    write_model(model_of(ModelSettings(), counter.tables("all")), path)
    return path


SMALL = ("-n", 20_000, "--seconds", 120, "--seed", 11, "--start", "G=1,A=4,L=500..3000")


@pytest.fixture(scope="module")
def sampled(model, tmp_path_factory):
    out = tmp_path_factory.mktemp("sampled")
    done = trackmill("sample", model, "--out", out, *SMALL)
    assert done.returncode == 0, done.stderr
    return out, done


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_ranks_writes_the_same_bytes(model, sampled, tmp_path, workers):
    launch = ("--backend", "mpi", "--triple", f"1,{workers},1")
    done = trackmill("sample", model, "--out", tmp_path, *SMALL, *launch, TRACKMILL_OVERSUBSCRIBE="1")
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path, "tracks/*") == digests(sampled[0], "tracks/*")
    assert done.stdout.split(": ")[1] == sampled[1].stdout.split(": ")[1]


def test_one_file_has_the_same_tracks(model, sampled, tmp_path):
    done = trackmill("sample", model, "--out", tmp_path / "t.parquet", *SMALL)
    assert done.returncode == 0, done.stderr
    folder = pl.read_parquet(sampled[0] / "tracks")
    assert folder.height == 20_000 * 120
    assert pl.read_parquet(tmp_path / "t.parquet").equals(folder)
    assert folder["inside"].all()
    assert folder.select("G", "A").unique().rows() == [(1, 4)]
    assert "rejected on the way (" in sampled[1].stdout


def test_more_or_fewer_tracks_leave_no_others_behind(model, tmp_path):
    for tracks, left in ((20_000, 3), (10_000, 2)):
        done = trackmill("sample", model, "--out", tmp_path, "-n", tracks)
        assert done.returncode == 0, done.stderr
        assert len(list((tmp_path / "tracks").iterdir())) == left
        assert (
            pl.scan_parquet(tmp_path / "tracks").select(pl.col("track").n_unique()).collect().item() == tracks
        )
    assert "1 were up to date" in done.stderr  # the other has fewer tracks now


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--start", "L=500..1000"), "cut points 50 500 1200 3000 5000"),
        (("--start", "G=2"), "the model has seen no data there"),
        (("--format", "csv", "--backend", "mpi"), "written by one process"),
        (("--out", "tracks.csv"), "a file of parquet ends in .parquet"),
        (("-n", "-1"), "expected 0 to 2^31 - 1"),
        (("--seconds", "0"), "expected at least 1"),
    ],
)
def test_what_cannot_be_is_one_line(model, tmp_path, capsys, words, told):
    assert main(["sample", str(model), "--out", str(tmp_path / "out"), *words]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert told in said
    assert not list(tmp_path.rglob("*.parquet"))


def test_track_given_up_is_told(model, tmp_path, capsys):
    words = ("--seconds", "2000", "--start", "L=50..500,dh=-1250..-750", "-n", "1")
    assert main(["sample", str(model), "--out", str(tmp_path / "t.parquet"), *words]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "100000 in a row left the model's altitude or speed scope" in said


def test_proof_of_the_published_model():
    if not PUBLISHED.is_file():
        pytest.skip("the published model file is not here")
    done = trackmill("prove", PUBLISHED, "-n", 100_000, "--seconds", 500_000, "--seed", 3)
    assert "55 of 55 tables" in done.stdout
    assert "10 of 10 tables" in done.stdout
    assert done.returncode in {0, 1}, done.stderr  # the rates of so few seconds may be 2 % off
