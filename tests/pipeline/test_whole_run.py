"""The main job from recordings to report, on a small real data set."""

import json
import re
from html.parser import HTMLParser

import polars as pl
import pyarrow.parquet as pq
import pytest

from data_schemas.tables.tracks import TRACKS
from tests.pipeline.runs import PRODUCTS, digests, trackmill, write_config

STAGES = ("organize", "archive", "process", "statistics", "train")


class _References(HTMLParser):
    """What a page would load or lead to: attributes that hold addresses, and addresses in style sheets."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, _tag, attrs):
        held = ("src", "href", "srcset", "data", "action", "poster", "background", "xlink:href", "style")
        self.found += [value or "" for name, value in attrs if name in held]

    def handle_data(self, data):
        self.found += re.findall(r"(?:url\(|@import|fetch\()[^)\n]*", data)


def loaded_from_elsewhere(page):
    """Addresses outside the page; one that is only told, such as a setting's value, is none."""
    references = _References()
    references.feed(page)
    assert references.found
    return [value[:80] for value in references.found if not value.startswith(("#", "data:"))]


def summary(results, stage):
    return json.loads((results / "small" / "ledger" / f"{stage}.json").read_text())


def test_run_names_its_report(serial_run):
    results, done = serial_run
    assert f"report: {results / 'report.html'}" in done.stdout
    page = (results / "report.html").read_text()
    assert loaded_from_elsewhere(page) == []
    assert "✗" not in page


@pytest.mark.parametrize("stage", STAGES)
def test_every_row_in_is_a_row_out_or_a_counted_reason(serial_run, stage):
    facts = summary(serial_run[0], stage)
    assert facts["rows_in"] > 0
    assert facts["rows_in"] == facts["rows_out"] + sum(facts["left"].values())


def test_stages_hand_on_all_of_their_rows(serial_run):
    results, _ = serial_run
    facts = {stage: summary(results, stage) for stage in STAGES}
    samples = json.loads((results / "small" / "raw" / "samples.json").read_text())
    assert samples["rows_out"] == facts["organize"]["rows_in"]
    assert facts["organize"]["rows_out"] == facts["archive"]["rows_in"] == facts["archive"]["rows_out"]
    assert facts["archive"]["rows_out"] == facts["process"]["rows_in"]
    rows = pl.scan_parquet(results / "small" / "tracks" / "**" / "*.parquet", hive_partitioning=False)
    seconds = rows.select(pl.len()).collect().item()
    assert seconds == facts["process"]["made"]["seconds"] == facts["statistics"]["rows_in"]


def test_tracks_have_the_declared_schema_with_units(serial_run):
    files = sorted((serial_run[0] / "small" / "tracks").rglob("*.parquet"))
    for file in files:
        schema = pq.read_schema(file)
        TRACKS.check(schema, file)
        assert schema.field("dpsi_deg_s").metadata[b"unit"] == b"deg/s"


def test_tracks_are_whole_consecutive_seconds(serial_run):
    tracks = pl.read_parquet(serial_run[0] / "small" / "tracks" / "**" / "*.parquet")
    steps = tracks.sort("icao24", "segment", "time_s").select(
        pl.col("time_s").diff().over("icao24", "segment").drop_nulls().unique()
    )
    assert steps["time_s"].to_list() == [1]


def test_tracks_stay_near_what_was_reported(serial_run):
    """An outside look: every cleaned second lies within 2 NM and 1000 ft of a raw row within 25 s."""
    results, _ = serial_run
    raw = pl.read_parquet(
        results / "small" / "archive" / "**" / "*.parquet",
        columns=["icao24", "time_s", "lat_deg", "lon_deg", "alt_baro_ft_msl"],
    ).with_columns(pl.col("icao24").cast(pl.String))
    tracks = pl.read_parquet(results / "small" / "tracks" / "**" / "*.parquet").with_columns(
        pl.col("icao24").cast(pl.String), pl.col("time_s").cast(pl.Float64)
    )
    near = (
        tracks.sort("time_s")
        .join_asof(
            raw.sort("time_s"), on="time_s", by="icao24", strategy="nearest", tolerance=25.0, suffix="_raw"
        )
        .with_columns(
            north_nm=(pl.col("lat_deg") - pl.col("lat_deg_raw")).abs() * 60,
            east_nm=(pl.col("lon_deg") - pl.col("lon_deg_raw")).abs()
            * 60
            * pl.col("lat_deg").radians().cos(),
            up_ft=(pl.col("alt_baro_ft_msl") - pl.col("alt_baro_ft_msl_raw")).abs(),
        )
    )
    assert near["lat_deg_raw"].null_count() == 0
    for name, limit in (("north_nm", 2), ("east_nm", 2), ("up_ft", 1000)):
        assert near[name].quantile(0.999) < limit, name


def test_second_run_gives_identical_bytes(serial_run, tmp_path):
    again = trackmill("run", "all", "--config", write_config(tmp_path))
    assert again.returncode == 0, again.stderr[-3000:]
    assert digests(tmp_path / "results", *PRODUCTS) == digests(serial_run[0], *PRODUCTS)


@pytest.mark.parametrize("workers", [2, 3])
def test_mpi_run_gives_the_bytes_of_the_serial_run(serial_run, tmp_path, workers):
    launch = {"backend": "mpi", "triple": [1, workers, 1], "distribution": "self"}
    done = trackmill(
        "run", "all", "--config", write_config(tmp_path, launch=launch), TRACKMILL_OVERSUBSCRIBE="1"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert digests(tmp_path / "results", *PRODUCTS) == digests(serial_run[0], *PRODUCTS)


def test_rerun_does_nothing_that_is_done(serial_run):
    results, _ = serial_run
    config = results.parent / "config.yaml"
    before = {file: file.stat().st_mtime_ns for file in (results / "small" / "tracks").rglob("*.parquet")}
    done = trackmill("process", "--config", config)
    assert done.returncode == 0, done.stderr[-3000:]
    assert {file: file.stat().st_mtime_ns for file in before} == before
    facts = summary(results, "process")
    assert facts["rows_in"] == facts["rows_out"] + sum(facts["left"].values()) > 0


def test_csv_export_holds_the_rows_of_the_tracks(serial_run, tmp_path):
    results, _ = serial_run
    done = trackmill("export", "csv", results / "small" / "tracks", tmp_path / "csv")
    assert done.returncode == 0, done.stderr[-3000:]
    files = sorted((tmp_path / "csv").rglob("*.csv"))
    assert files[0].read_text().splitlines()[0].split(",") == TRACKS.names
    rows = sum(len(file.read_text().splitlines()) - 1 for file in files)
    assert rows == summary(results, "process")["made"]["seconds"]


def test_status_tells_what_was_done(serial_run):
    results, _ = serial_run
    done = trackmill("status", "--config", results.parent / "config.yaml")
    assert done.returncode == 0, done.stderr
    for stage in STAGES:
        assert f"small · {stage}" in done.stdout


def test_status_of_a_stage_that_is_about_to_start(tmp_path):
    config = write_config(tmp_path)
    (tmp_path / "results" / "small" / "ledger" / "process").mkdir(parents=True)
    done = trackmill("status", "--config", config)
    assert done.returncode == 0, done.stderr
    assert "small · process: not started" in done.stdout


def test_model_file_can_be_sampled(serial_run, tmp_path):
    results, _ = serial_run
    models = sorted((results / "small" / "models").glob("*.txt"))
    assert models
    out = tmp_path / "sampled.parquet"
    done = trackmill("sample", models[0], "--out", out, "-n", "50", "--seconds", "30")
    assert done.returncode == 0, done.stderr
    assert pq.read_metadata(out).num_rows == 50 * 30
