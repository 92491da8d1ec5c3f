"""A server of hours on loopback, settings that wait next to nothing, and one hour fetched."""

import pytest

from data_schemas.config import DownloadSettings
from tests.pipeline.download.hour_server import HourServer, serving
from tests.pipeline.download.hours import BODY, DAY, path
from tracks.download import Download


@pytest.fixture(autouse=True)
def no_proxy_of_the_site(monkeypatch):
    for key in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(key, raising=False)
        monkeypatch.delenv(key.lower(), raising=False)


@pytest.fixture
def server():
    with serving(HourServer()) as running:
        yield running


@pytest.fixture
def settings(server):
    """Settings that wait next to nothing, with changes."""

    def make(**changes):
        quick = {
            "mondays": DAY,
            "hours": "0",
            "addresses": (f"{server.url}/{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar",),
            "connect_timeout_s": 5,
            "stall_timeout_s": 10,
            "attempts": 3,
            "first_wait_s": 0.01,
            "longest_wait_s": 2,
            "keep_free_gb": 0,
            "hour_gb": 0.001,
        }
        return DownloadSettings(**(quick | changes))

    return make


@pytest.fixture
def one(server, settings, tmp_path):
    """Fetch one hour that the server has, served in some way; return its outcome."""

    def fetch(behaviour, body=BODY, **changes):
        server.files[path(0)] = body
        server.behaviours[path(0)] = behaviour
        return Download(settings(**changes), tmp_path).run()[0]

    return fetch
