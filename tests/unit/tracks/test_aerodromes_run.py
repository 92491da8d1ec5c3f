"""Running queries: the package pyopensky as it is, against a server of the test that speaks as Trino does."""

import datetime as dt
import sys
import threading

import numpy as np
import polars as pl
import pytest

from data_schemas.config import QuerySettings
from data_schemas.errors import InputError, StageFailedError
from data_schemas.tables.raw import RAW_COLUMNS
from tests.unit.tracks.trino_server import trino_server
from tracks.aerodromes import run
from tracks.aerodromes.boxes import Boxes
from tracks.aerodromes.queries import query_list
from tracks.raw import hour_files, read_hour

# The package leaves the thread that fetches an answer to the garbage collector, which does end it.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed running multiprocessing pool:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*Pool.__del__:pytest.PytestUnraisableExceptionWarning"),
]

BOXES = Boxes(np.array([[-71.2, 42.2, -70.8, 42.5], [8.4, 47.3, 8.7, 47.6]]), (("KBOS",), ("LSZH",)))
DAY = dt.date(2019, 6, 3)


def listed(hours=(10, 13)):
    ground = (np.zeros(2), np.full(2, 100.0))
    return query_list(BOXES, ground, [DAY], QuerySettings(hours_local=hours, queries_per_group=4))


def vectors(queries):
    """State vectors: five to eleven in each box and hour, and as many out of every box."""
    draw = np.random.default_rng(7)
    rows = []
    for number, query in enumerate(queries.iter_rows(named=True)):
        for _ in range(5 + number):
            lat = draw.uniform(query["south_deg"], query["north_deg"])
            lon = draw.uniform(query["west_deg"], query["east_deg"])
            time = query["start_s"] + int(draw.integers(3600))
            row = [time, "a1b2c3", lat, lon, 100.0, 90.0, None, "N123AB  ", 0, 1, 0, "0077", 500.0, None]
            row += [time - 0.5, time - 0.25, query["start_s"]]
            rows += [row, [*row[:2], lat + 30, *row[3:]]]
    return rows


@pytest.fixture(scope="module")
def opensky(tmp_path_factory):
    """The package with its files in a folder of the test, and an account of the test."""
    folder = tmp_path_factory.mktemp("opensky")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        patch.setenv("OPENSKY_CACHE", str(folder / "cache"))
        patch.setenv("OPENSKY_USERNAME", "somebody")
        patch.setenv("OPENSKY_PASSWORD", "of the test")
        patch.setenv("TQDM_DISABLE", "1")
        yield pytest.importorskip("pyopensky.trino")


@pytest.fixture
def server(opensky, monkeypatch):
    """Serve the state vectors; the package's engine is its own but for address, TLS and log-in."""
    from sqlalchemy import create_engine
    from trino.sqlalchemy import URL

    with trino_server([*RAW_COLUMNS, "hour"], vectors(listed())) as serving:

        def engine(_self):
            url = URL("127.0.0.1", port=serving.server_port, user="x", catalog="minio", schema="osky")
            return create_engine(
                url, connect_args={"http_scheme": "http", "legacy_prepared_statements": True}
            )

        monkeypatch.setattr(opensky.Trino, "engine", engine)
        monkeypatch.setattr(opensky.Trino, "token", lambda _self: "token")
        yield serving


def test_answers_are_raw_hours_that_stage_1_reads(server, tmp_path):
    queries = listed()
    answers = list(run.run_queries(queries, "baro", tmp_path, run.opensky_client()))
    assert [answer.rows for answer in answers] == [5, 6, 7, 8, 9, 10]
    assert {answer.file.parent.name for answer in answers} == {"0001", "0002"}
    assert len(server.asked) == 6
    for answer, query in zip(answers, queries.iter_rows(named=True), strict=True):
        hour = read_hour(answer.file)
        assert hour.height == answer.rows
        assert hour["lat_deg"].is_between(query["south_deg"], query["north_deg"]).all()
        assert (hour["time_s"] // 3600 == query["start_s"] // 3600).all()
    row = hour.row(0, named=True)
    assert (row["icao24"], row["callsign"], row["squawk"]) == (0xA1B2C3, "N123AB", 77)
    assert (row["alert"], row["onground"], row["alt_geo_ft_msl"]) == (True, False, None)
    assert row["alt_baro_ft_msl"] == pytest.approx(500 / 0.3048)
    assert threading.active_count() < 20
    raw = pl.read_parquet(answers[0].file)
    assert raw.columns == list(RAW_COLUMNS)
    assert len(hour_files([tmp_path / "raw" / "0001", tmp_path / "raw" / "0002"])) == 6


def test_what_is_there_is_not_asked_again(server, tmp_path):
    queries = listed()
    first = list(run.run_queries(queries, "baro", tmp_path, run.opensky_client()))
    first[2].file.unlink()
    before = {answer.file: answer.file.stat().st_mtime_ns for answer in first if answer is not first[2]}
    again = list(run.run_queries(queries, "baro", tmp_path, run.opensky_client()))
    assert [answer.asked for answer in again] == [False, False, True, False, False, False]
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert len(server.asked) == 7


def test_an_empty_answer_is_an_hour_without_rows(server, tmp_path):
    server.rows = []
    (answer, *_rest) = run.run_queries(listed(), "baro", tmp_path, run.opensky_client())
    assert answer.rows == 0
    assert read_hour(answer.file).height == 0


def test_a_query_that_fails_is_counted_and_the_rest_goes_on(server, tmp_path):
    queries = listed()
    refused = str(queries["start_s"][1])
    server.refuses = lambda sql: refused in sql and "lat >= 42" in sql
    answers = list(run.run_queries(queries, "baro", tmp_path, run.opensky_client()))
    failed = [answer for answer in answers if answer.error]
    assert len(answers) == 6
    assert all("Too many queued queries" in answer.error and "\n" not in answer.error for answer in failed)
    assert [answer.file.exists() for answer in answers] == [not answer.error for answer in answers]
    assert not list(tmp_path.rglob(".part-*"))


def test_many_failures_in_a_row_end_the_run(server, tmp_path):
    server.refuses = lambda _sql: True
    answers = run.run_queries(listed((5, 23)), "baro", tmp_path, run.opensky_client())
    with pytest.raises(StageFailedError, match="5 queries failed one after another"):
        list(answers)
    assert len(server.asked) == 5


def test_an_account_that_is_refused_or_missing_is_one_line(opensky, monkeypatch):
    monkeypatch.setattr(opensky.Trino, "token", lambda _self: None)
    with pytest.raises(InputError, match=r"settings\.conf: the OpenSky Network refuses"):
        run.opensky_client()
    monkeypatch.delenv("OPENSKY_PASSWORD")
    with pytest.raises(InputError, match=r"settings\.conf: holds no account .*OPENSKY_USERNAME"):
        run.opensky_client()


def test_no_network_is_one_line(opensky, monkeypatch):
    def token(_self):
        raise OSError("[Errno -2] Name or service not known")

    monkeypatch.setattr(opensky.Trino, "token", token)
    with pytest.raises(InputError, match=r"cannot log in .*OSError: \[Errno -2\]"):
        run.opensky_client()


def test_without_the_package_the_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyopensky", None)
    with pytest.raises(InputError, match=r"--run: needs .*pyopensky; pip install pyopensky"):
        run.opensky_client()
