"""A tiny benchmark from the command line to its files: the numbers of each run add up."""

import html.parser
import json
import re
import shutil
import subprocess
from collections import Counter

import polars as pl
import pytest
import yaml

from data_schemas.tables.bench import BENCH_EXTRAPOLATION, BENCH_MODEL, BENCH_RUNS, BENCH_TASKS
from tests.pipeline.runs import trackmill

SMALL = {
    "include": ["archive"],
    "strategies": ["slurm-array"],
    "hours": 1,
    "aircraft": 40,
    "repeats": 2,
    "messages": [1, 16],
    "ranks": [256],
    "hour_files": 50,
    "aerodrome_files": 500,
}
TABLES = {
    "runs": BENCH_RUNS,
    "tasks": BENCH_TASKS,
    "model": BENCH_MODEL,
    "extrapolation": BENCH_EXTRAPOLATION,
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump({"bench": SMALL, "datasets": {"unused": {"samples": ["noisy"]}}}))
    out = folder / "out"
    # Without SLURM's commands it is no strategy that can run.
    done = trackmill("bench", "--config", config, "--out", out, "--bench", "minutes=60", PATH="/nowhere")
    assert done.returncode == 0, done.stderr
    tables = {name: pl.read_parquet(out / f"{name}.parquet") for name in TABLES}
    return tables | {"facts": json.loads((out / "bench.json").read_text()), "said": done.stdout, "out": out}


def test_every_configuration_is_repeated_and_interleaved(bench):
    runs = bench["runs"]
    assert runs["status"].to_list() == ["done"] * len(runs)
    assert set(Counter(runs["configuration"]).values()) == {2}
    half = len(runs) // 2
    assert set(runs["configuration"][:half]) == set(runs["configuration"][half:])
    assert runs["run"].to_list() == list(range(1, len(runs) + 1))
    assert set(runs["role"]) == {"measured", "calibration", "probe"}


def test_time_of_workers_is_busy_or_one_of_the_taxes(bench):
    runs = bench["runs"]
    taxes = sum(runs[f"{name}_core_s"] for name in ("busy", "launch", "dispatch", "barrier"))
    assert taxes.to_list() == pytest.approx((runs["workers"] * runs["job_s"]).to_list())
    for name in ("launch_core_s", "dispatch_core_s", "barrier_core_s", "io_core_s", "end_s"):
        assert (runs[name] >= -1e-3).all(), name
    assert (runs["busy_max_s"] <= runs["job_s"]).all()


def test_tasks_are_those_of_their_runs(bench):
    per_run = (
        bench["tasks"]
        .group_by("run")
        .agg(pl.len().alias("n"), pl.sum("seconds"), pl.sum("rows_in"), (pl.sum("cpu_s")))
    )
    joined = bench["runs"].join(per_run, on="run", how="left")
    assert joined["tasks"].to_list() == joined["n"].to_list()
    assert joined["busy_core_s"].to_list() == pytest.approx(joined["seconds"].to_list())
    assert joined["cpu_core_s"].to_list() == pytest.approx(joined["cpu_s"].to_list())
    real = joined.filter(pl.col("role") != "probe")
    again = real.filter(pl.col("strategy") != "serial")  # a serial run has one task twice
    assert again.group_by("stage").agg(pl.col("rows").n_unique())["rows"].to_list() == [1, 1]
    assert (real["rows"] > 0).all()
    assert (real["peak_rss_bytes"] > 2**25).all()


def test_the_model_is_asked_about_every_measured_configuration(bench):
    measured = bench["runs"].filter(pl.col("role") == "measured")
    model = bench["model"]
    assert set(model["configuration"]) == set(measured["configuration"])
    assert (model["predicted_s"] > 0).all()
    assert model["error"].to_list() == pytest.approx(
        (model["predicted_s"] / model["measured_s"] - 1).to_list()
    )


def test_files_say_what_they_are_and_what_was_not_run(bench):
    for name, table in TABLES.items():
        schema = pl.read_parquet_schema(bench["out"] / f"{name}.parquet")
        assert list(schema) == table.names
    facts = bench["facts"]
    assert facts["not_run"] == {"slurm-array": "no SLURM here: sbatch is not found"}
    assert facts["left_out"] == {}
    assert "not run: slurm-array" in bench["said"]
    assert len(bench["said"].splitlines()) <= 50


def test_the_data_sets_of_the_paper_are_extrapolated_and_one_launch_of_each_recommended(bench):
    far = bench["extrapolation"]
    assert sorted(far.filter("recommended")["data"]) == ["aerodromes", "hours"] == sorted(set(far["data"]))
    assert (far["job_s"] >= far["bound_s"]).all()
    assert (far["utilization"] <= 1).all()
    assert set(bench["facts"]["recommendations"]) == {"hours", "aerodromes"}
    for best in bench["facts"]["recommendations"].values():
        assert best["triple"] == [8, 32, 1]
        assert "the shortest of" in best["reason"]


def test_the_page_asks_no_network(bench):
    page = (bench["out"] / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)\s*=\s*[\"']?(https?:)?//", page)
    assert "slurm-array: no SLURM here" in page
    assert page.count("<h2>") == 10


class Drawn(html.parser.HTMLParser):
    """Counts, for each chart by its id, the bars and markers that the browser drew."""

    def __init__(self):
        super().__init__()
        self.shapes = {}
        self.chart = ""

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        name = facts.get("id") or ""
        if tag == "div" and (name == "gantt" or name.startswith("chart-")):
            self.chart = name
            self.shapes[name] = 0
        if self.chart and "point" in (facts.get("class") or "").split():
            self.shapes[self.chart] += 1


def test_charts_are_drawn_in_a_browser(bench):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium here (Debian: apt-get install chromium)")
    page = bench["out"] / "report.html"
    asked = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"]
    profile = f"--user-data-dir={bench['out'] / 'browser'}"
    done = subprocess.run(
        [browser, *asked, profile, page.as_uri()], capture_output=True, text=True, timeout=120, check=False
    )
    drawn = Drawn()
    drawn.feed(done.stdout)
    tasks = bench["tasks"].join(bench["runs"].filter(pl.col("role") == "measured"), on="run")
    first = tasks.filter(pl.col("run") == pl.col("run").min())
    assert drawn.shapes["gantt"] == len(first)
    assert drawn.shapes["chart-archive"] == 4 * 2  # block and cyclic
    assert drawn.shapes["chart-model-scatter"] >= len(bench["model"])
    assert set(drawn.shapes) >= {"chart-worker-times", "chart-large-hours", "chart-large-aerodromes"}
    assert all(drawn.shapes.values()), drawn.shapes
