"""Fused passes against the stages one by one: the same bytes, on any number of ranks, after any mishap."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pipeline.runs import ROOT, digests, trackmill, write_config

RESULTS = ("*/archive/**/*.parquet", "*/statistics/*.parquet", "*/models/*.txt", "*/models/*.json")
"""What a run makes of all leaves, and the archive."""
STAGES = ("process", "statistics", "train")

pytestmark = pytest.mark.usefixtures("recordings")


def prepared(serial_run, folder, **fuse):
    """A configuration with fused stages, and results that hold what comes before them."""
    config, (results, _) = write_config(folder, fuse=fuse), serial_run
    for name in ("registry.parquet", "registry_conflicts.parquet", "registry_summary.json"):
        (folder / "results").mkdir(exist_ok=True)
        shutil.copy2(results / name, folder / "results" / name)
    done = ("organize", "archive") if fuse["from_stage"] == "process" else ("organize",)
    folders = {"organize": "organized", "archive": "archive"}
    for stage in done:
        for name in (folders[stage], f"ledger/{stage}"):
            shutil.copytree(results / "small" / name, folder / "results" / "small" / name)
        summary = f"small/ledger/{stage}.json"
        shutil.copy2(results / summary, folder / "results" / summary)
    return config, folder / "results"


def parts(results, **folders):
    """The digest of every part by stage and path, wherever its stage has it."""
    found = {}
    for stage, folder in folders.items():
        for path, digest in digests(results / "small" / folder, "**/*.parquet").items():
            found[stage, path] = digest
    return found


def assert_same(serial_run, results, *summaries, tracks=False):
    """Everything a fused run has made is that of the run of single stages."""
    plain, _ = serial_run
    assert digests(results, *RESULTS) == digests(plain, *RESULTS)
    theirs = {"statistics": "statistics/parts", "train": "models/parts"} | (
        {"tracks": "tracks"} if tracks else {}
    )
    ours = {"statistics": "fused/statistics", "train": "fused/train"} | (
        {"tracks": "fused/tracks"} if tracks else {}
    )
    assert parts(results, **ours) == parts(plain, **theirs)
    for stage in summaries:
        one, other = (
            json.loads((folder / "small" / "ledger" / f"{stage}.json").read_text())
            for folder in (results, plain)
        )
        assert one == other


def test_a_pass_from_process_gives_the_bytes_of_single_stages(serial_run, tmp_path):
    config, results = prepared(serial_run, tmp_path, from_stage="process")
    done = trackmill("fuse", "--config", config)
    assert done.returncode == 0, done.stderr[-3000:]
    assert_same(serial_run, results, *STAGES)
    assert not (results / "small" / "tracks").exists()
    assert not (results / "small" / "fused" / "tracks").exists()
    report = trackmill("report", "--config", config)
    assert report.returncode == 0, report.stderr[-3000:]
    page = (results / "report.html").read_text()
    assert "no tracks to draw: none are written (fuse.write_tracks is false)" in page
    assert "✗" not in page
    status = trackmill("status", "--config", config).stdout
    assert "fuse" in status
    assert "statistics" not in status


def test_a_pass_from_archive_on_two_ranks_writes_archive_and_tracks_too(serial_run, tmp_path):
    config, results = prepared(serial_run, tmp_path, from_stage="archive", write_tracks=True)
    launch = ("--backend", "mpi", "--triple", "1,2,1")
    done = trackmill("run", "fuse", "--config", config, *launch, TRACKMILL_OVERSUBSCRIBE="1")
    assert done.returncode == 0, done.stderr[-3000:]
    assert_same(serial_run, results, "archive", *STAGES, tracks=True)
    before = {path: path.stat().st_mtime_ns for path in results.glob("small/archive/**/*.parquet")}
    for lost in (
        sorted(results.glob("small/fused/statistics/**/*.parquet"))[0],
        sorted(results.glob("small/fused/tracks/**/*.parquet"))[-1],
    ):
        lost.unlink()
        again = trackmill("fuse", "--config", config)
        assert again.returncode == 0, again.stderr[-3000:]
        assert " were up to date" in again.stderr or "1 of 1 tasks done" in again.stderr
        assert_same(serial_run, results, "archive", *STAGES, tracks=True)
    assert {path: path.stat().st_mtime_ns for path in results.glob("small/archive/**/*.parquet")} == before


def test_a_killed_pass_leaves_nothing_half_and_goes_on(serial_run, tmp_path):
    config, results = prepared(serial_run, tmp_path, from_stage="process", write_tracks=True)
    command = [sys.executable, "-m", "workflow.cli.main", "fuse", "--config", str(config)]
    run = subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.DEVNULL)
    fused = results / "small" / "fused"
    deadline = time.monotonic() + 300
    while not list(fused.glob("train/**/[!.]*.parquet")) and run.poll() is None:
        assert time.monotonic() < deadline, "no leaf was done"
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    whole = {path: digest for (_, path), digest in parts(serial_run[0], train="models/parts").items()}
    for path, digest in digests(fused / "train", "**/[!.]*.parquet").items():
        assert whole[path] == digest
    again = trackmill("fuse", "--config", config)
    assert again.returncode == 0, again.stderr[-3000:]
    assert_same(serial_run, results, *STAGES, tracks=True)
    assert not [path for path in fused.rglob(".part-*") if path.is_file()]


def test_fusing_and_not_fusing_have_files_of_their_own(serial_run, tmp_path):
    """A changed mind costs what is missing, and what was there stays as it is."""
    config, results = prepared(serial_run, tmp_path, from_stage="process")
    assert trackmill("fuse", "--config", config).returncode == 0
    single = write_config(tmp_path / "single", results=str(results))
    for stage in STAGES:
        done = trackmill(stage, "--config", single)
        assert done.returncode == 0, done.stderr[-3000:]
    assert digests(results, *RESULTS) == digests(serial_run[0], *RESULTS)
    back = trackmill("fuse", "--config", config)
    assert " 0 of " in back.stderr
    assert_same(serial_run, results, *STAGES)


def test_a_stage_that_is_fused_is_refused_by_itself(tmp_path):
    fused = write_config(tmp_path, fuse={"from_stage": "archive"})
    for stage in ("archive", "train"):
        done = trackmill("run", stage, "--config", fused)
        assert done.returncode == 2
        assert f"stage {stage} of small: is done by stage fuse, as fuse.from_stage is archive" in done.stderr
    plain = write_config(tmp_path / "plain")
    done = trackmill("fuse", "--config", plain)
    assert done.returncode == 2
    assert "no stages are fused, as fuse.from_stage is none; set fuse" in done.stderr


def test_on_any_files_by_hand(serial_run, tmp_path):
    results, _ = serial_run
    config = write_config(tmp_path)
    registry = ("--registry", results / "registry.parquet")
    archive = results / "small" / "archive"
    done = trackmill("fuse", archive, "--out", tmp_path / "out", "--config", config, *registry)
    assert done.returncode == 0, done.stderr[-3000:]
    assert digests(tmp_path / "out", "models/*.txt") == digests(results / "small", "models/*.txt")
    assert Path(tmp_path / "out" / "ledger" / "train.json").exists()
