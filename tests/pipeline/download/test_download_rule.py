"""The rule that fetches raw hours before stage 1, and the commands that do so without Snakemake."""

import gzip
import json
import subprocess
import sys
import tarfile

import pytest
import yaml

from tests.pipeline.download.hour_server import Behaviour
from tests.pipeline.download.hours import DAY, path
from tests.pipeline.runs import ROOT, trackmill, write_config


def snakemake(config, *more):
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *more, "--configfile", str(config)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def rows_of(file):
    with tarfile.open(file) as archive:
        return gzip.decompress(archive.extractfile(archive.next()).read()).count(b"\n") - 1


@pytest.mark.usefixtures("recordings")
def test_the_rule_fetches_the_raw_hours_before_organize(server, tmp_path):
    """Real recordings of two Mondays, served over HTTP, fetched by the rule, read by stage 1."""
    source = tmp_path / "source"
    assert trackmill("samples", source, "calfire", "noisy").returncode == 0
    mondays = sorted(file for day in ("2019-11-11", "2020-09-14") for file in source.glob(f"states_{day}-*"))
    assert len(mondays) > 10
    for file in mondays:
        day, hour = file.name[7:17], int(file.name[18:20])
        server.files[path(hour, day)] = file.read_bytes()
    broken = next(iter(server.files))
    server.behaviours[broken] = Behaviour(status=[503], break_after=[9000])
    download = {
        "mondays": "2019-11-11,2020-09-14..2020-09-20",
        "addresses": [f"{server.url}/{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar"],
        "first_wait_s": 0.05,
        "keep_free_gb": 0,
        "hour_gb": 0.001,
    }
    config = write_config(tmp_path / "run", datasets={"mondays": {"download": download}})
    results = tmp_path / "run" / "results"
    target = results / "mondays" / "ledger" / "organize.json"
    refused = snakemake(config, str(target))
    assert refused.returncode
    assert "datasets.mondays.download: the terms of the data are not accepted" in refused.stderr
    assert not server.seen
    tree = yaml.safe_load(config.read_text())
    tree["download"] = {"accept_licences": True}
    config.write_text(yaml.safe_dump(tree))
    done = snakemake(config, str(target))
    assert done.returncode == 0, done.stderr[-3000:]
    raw = results / "mondays" / "raw"
    assert {file.name: file.read_bytes() for file in raw.glob("*.tar")} == {
        file.name: file.read_bytes() for file in mondays
    }
    assert len(server.requests(broken)) == 3
    fetched = json.loads((results / "mondays" / "ledger" / "download.json").read_text())
    assert (fetched["hours"], len(fetched["absent"])) == (len(mondays), 48 - len(mondays))
    organized = json.loads(target.read_text())
    assert organized["tasks"] == len(mondays)
    assert organized["rows_in"] == sum(map(rows_of, mondays))
    again = snakemake(config, str(target), "-n")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_run_all_and_sbatch_fetch_too(server, tmp_path):
    download = {"mondays": DAY, "accept_licences": True, "keep_free_gb": 0, "hour_gb": 0.001}
    download["addresses"] = [f"{server.url}/{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar"]
    config = write_config(tmp_path, datasets={"m": {"raw": str(tmp_path / "raw"), "download": download}})
    failed = trackmill("run", "all", "--config", config)  # the server has none: stage 1 says so
    assert failed.returncode == 2
    assert "0 were there, 24 absent from the server" in failed.stdout
    assert "no raw hour files here" in failed.stderr
    assert (tmp_path / "raw" / "LICENCES.txt").exists()
    printed = trackmill("sbatch", "all", "--config", config).stdout
    assert f"download --config {config} --dataset m </dev/null" in printed.replace(" \\\n    ", " ")
    assert printed.index(" download ") < printed.index("inputs=$(submit")
    assert "samples" not in trackmill("sbatch", "inputs", "--config", config).stdout
