"""The workflow as Snakemake sees it: its jobs, its graph, its own report, a changed setting."""

import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
import yaml

from tests.pipeline.runs import CONFIG, PRODUCTS, ROOT, digests, write_config


def snakemake(*words, **environment):
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, words)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def jobs_of(dry_run):
    """The table of planned jobs that a dry run prints."""
    assert dry_run.returncode == 0, dry_run.stderr
    lines = (dry_run.stdout + dry_run.stderr).splitlines()
    pairs = [line.split() for line in lines if len(line.split()) == 2 and line.split()[1].isdigit()]
    return {name: int(count) for name, count in pairs}


@pytest.fixture(scope="module")
def finished(request, tmp_path_factory):
    """A run of the small data set under Snakemake with two MPI workers: its configuration and results."""
    request.getfixturevalue("recordings")
    folder = tmp_path_factory.mktemp("snakemake")
    config = write_config(folder, launch={"backend": "mpi", "triple": [1, 2, 1]})
    done = snakemake("--configfile", config, TRACKMILL_OVERSUBSCRIBE="1")
    assert done.returncode == 0, done.stderr[-3000:]
    return config, folder / "results"


@pytest.mark.usefixtures("recordings")
def test_run_under_snakemake_gives_the_bytes_of_the_serial_run(finished, serial_run):
    _, results = finished
    assert digests(results, *PRODUCTS) == digests(serial_run[0], *PRODUCTS)


def test_finished_run_has_nothing_to_do(finished):
    config, _ = finished
    again = snakemake("--configfile", config, "-n")
    assert again.returncode == 0, again.stderr
    assert "Nothing to be done" in again.stdout + again.stderr


def test_changed_setting_reruns_only_what_depends_on_it(finished):
    config, results = finished
    tree = yaml.safe_load(config.read_text()) | {"statistics": {"layer_ft": 200}}
    changed = config.with_name("changed.yaml")
    changed.write_text(yaml.safe_dump(tree))
    planned = jobs_of(snakemake("--configfile", changed, "-n"))
    assert planned == {"statistics": 1, "build_report": 1, "all": 1, "total": 3}
    other = write_config(config.parent / "other", results=str(results), process={"gap_s": 15.0})
    assert set(jobs_of(snakemake("--configfile", other, "-n"))) >= {"process", "statistics", "train"}


def test_snakemake_report_holds_ours(finished, tmp_path):
    config, results = finished
    out = tmp_path / "report.zip"
    done = snakemake("--configfile", config, "--report", out)
    assert done.returncode == 0, done.stderr[-3000:]
    with zipfile.ZipFile(out) as packed:
        sizes = {entry.file_size for entry in packed.infolist()}
    assert (results / "report.html").stat().st_size in sizes


def test_graph_has_a_job_a_stage_and_not_a_file(finished):
    config, _ = finished
    graph = snakemake("--configfile", config, "--dag", "--forceall")
    assert graph.returncode == 0, graph.stderr
    assert graph.stdout.startswith("digraph")
    jobs = [line for line in graph.stdout.splitlines() if "[label" in line]
    assert len(jobs) == 9  # all, register, samples, five stages, report


def test_fused_stages_are_one_job_of_the_data_sets_that_ask_for_it(tmp_path):
    (tmp_path / "raw").mkdir()
    raw = {"raw": str(tmp_path / "raw")}
    config = write_config(
        tmp_path,
        datasets={
            "single": raw,
            "from_process": raw | {"fuse": {"from_stage": "process"}},
            "from_archive": raw | {"fuse": {"from_stage": "archive"}},
        },
    )
    planned = jobs_of(snakemake("--configfile", config, "-n"))
    stages = {"organize": 3, "archive": 2, "process": 1, "statistics": 1, "train": 1}
    fused = {"fuse": 1, "fuse_with_archive": 1}
    others = {"build_registry": 1, "build_report": 1, "all": 1}
    assert planned == stages | fused | others | {"total": 13}


def test_jobs_do_not_grow_with_the_number_of_hours(tmp_path):
    """2,400 hour files, empty: still a job a stage, planned in seconds."""
    raw = tmp_path / "raw"
    raw.mkdir()
    for hour in range(2400):
        day = f"{2018 + hour // 8760}-{1 + hour // 24 // 28 % 12:02d}-{1 + hour // 24 % 28:02d}"
        (raw / f"states_{day}-{hour % 24:02d}.csv.tar").touch()
    assert len(list(raw.iterdir())) == 2400
    config = write_config(tmp_path, datasets={"mondays": {"raw": str(raw)}})
    planned = jobs_of(snakemake("--configfile", config, "-n"))
    assert planned["total"] == 8


def test_wrong_setting_stops_before_any_job(tmp_path):
    config = write_config(tmp_path, process={"gap": 3})
    one_line(
        snakemake("--configfile", config, "-n"), "unknown key 'gap' at process.gap (did you mean 'gap_s'?)"
    )


def test_missing_raw_folder_stops_before_any_job(tmp_path):
    config = write_config(tmp_path, datasets={"mondays": {"raw": str(tmp_path / "none")}})
    one_line(snakemake("--configfile", config), f"datasets.mondays.raw: {tmp_path / 'none'}: no such folder")


def one_line(done, words):
    """The one line of trackmill's, beside Snakemake's banner."""
    assert done.returncode == 2, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("trackmill:")]
    assert len(said) == 1
    assert words in said[0]
    assert "Traceback" not in done.stderr + done.stdout


def test_failed_stage_keeps_what_was_done(finished, tmp_path):
    """A corrupt hour fails its stage; mended, the rerun does that hour alone."""
    _, results = finished
    raw = tmp_path / "raw"
    shutil.copytree(results / "small" / "raw", raw)
    victim = sorted(raw.glob("*.tar"))[0]
    good = victim.read_bytes()
    victim.write_bytes(good[: len(good) // 2])
    config = write_config(tmp_path, **(CONFIG | {"datasets": {"small": {"raw": str(raw)}}}))
    failed = snakemake("--configfile", config)
    assert failed.returncode != 0
    log = (tmp_path / "results" / "small" / "logs" / "organize.log").read_text()
    assert victim.name in log
    assert "Traceback" not in log
    victim.write_bytes(good)
    mended = snakemake("--configfile", config)
    assert mended.returncode == 0, mended.stderr[-3000:]
    hours = len(list(raw.glob("*.tar")))
    log = (tmp_path / "results" / "small" / "logs" / "organize.log").read_text()
    assert f"1 of {hours} tasks done" in log
    summary = json.loads((tmp_path / "results" / "small" / "ledger" / "organize.json").read_text())
    assert summary["tasks"] == hours
    ours = digests(tmp_path / "results", "*/tracks/**/*.parquet", "*/models/*.txt")
    assert ours == digests(results, "*/tracks/**/*.parquet", "*/models/*.txt")
