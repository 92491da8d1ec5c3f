"""The download against a real HTTP server on loopback that stalls, breaks off and refuses."""

import time

import pytest

from tests.pipeline.download.hour_server import Behaviour, closed_port, forward_proxy, serving
from tests.pipeline.download.hours import BODY, DAY, is_nowhere, is_whole, name, packed, path, ranges
from tracks.download import Download


def test_addresses_are_tried_in_order(server, settings, tmp_path):
    dotted = f"{server.url}/.{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar"
    plain = f"{server.url}/{{day}}/{{hour}}/states_{{day}}-{{hour}}.csv.tar"
    server.files |= {f"/.{DAY}/00/{name(0)}": BODY, path(1): BODY}
    outcomes = Download(settings(hours="0..2", addresses=(dotted, plain), connections=1), tmp_path).run()
    assert [outcome.status for outcome in outcomes] == ["fetched", "fetched", "absent"]
    assert [p.split("/")[1][0] for p in server.requests()] == [".", ".", "2", ".", "2"]
    # Asked at other addresses, an hour that was absent is asked for again.
    server.files[f"/mirror/{name(2)}"] = BODY
    mirror = (f"{server.url}/mirror/states_{{day}}-{{hour}}.csv.tar",)
    assert Download(settings(hours="2", addresses=mirror), tmp_path).run()[0].status == "fetched"


@pytest.mark.parametrize("kind", ["break_after", "stall_after"])
def test_a_broken_or_silent_connection_is_gone_on_with(server, one, tmp_path, kind):
    clock = time.monotonic()
    outcome = one(Behaviour(**{kind: [100_000, 120_000]}), stall_timeout_s=0.4)
    assert time.monotonic() - clock < 10  # the server would be silent for 10 s each time
    assert is_whole(outcome, tmp_path)
    first, second, third = ranges(server)
    assert first is None
    begun = [int(wanted.removeprefix("bytes=").removesuffix("-")) for wanted in (second, third)]
    assert 100_000 - (1 << 14) <= begun[0] <= 100_000
    assert begun[0] + 120_000 - (1 << 14) <= begun[1] <= begun[0] + 120_000
    assert server.seen[1][3]["if-range"] == '"one"'


def test_attempts_that_bring_something_do_not_count(server, one, tmp_path):
    outcome = one(Behaviour(break_after=[40_000] * 7), attempts=2)
    assert is_whole(outcome, tmp_path)
    assert len(server.seen) == 8


def test_a_server_without_ranges_starts_again(server, one, tmp_path):
    assert is_whole(one(Behaviour(ranges=False, break_after=[200_000])), tmp_path)
    assert server.bytes_sent[path(0)] == 200_000 + len(BODY)


def test_without_a_validator_no_part_is_kept(server, one, tmp_path):
    assert is_whole(one(Behaviour(etag=None, break_after=[200_000])), tmp_path)
    assert ranges(server) == [None, None]


def test_a_weak_etag_is_no_validator_but_a_date_is(server, one, tmp_path):
    date = "Mon, 04 Jun 2018 02:00:00 GMT"
    assert is_whole(one(Behaviour(etag='W/"1"', last_modified=date, break_after=[200_000])), tmp_path)
    assert server.seen[1][3]["if-range"] == date


@pytest.mark.parametrize("obey", [True, False])
def test_a_part_of_a_file_that_has_changed_is_thrown_away(server, settings, tmp_path, obey):
    """A server that knows If-Range sends all of the new file, another one a part that must not be joined."""
    server.files[path(0)] = BODY
    server.behaviours[path(0)] = Behaviour(break_after=[200_000] * 9)
    assert Download(settings(attempts=1), tmp_path).run()[0].status == "failed"
    part = tmp_path / f"{name(0)}.part"
    assert part.stat().st_size > 150_000
    changed = packed(40_000, seed=1)
    server.files[path(0)] = changed
    server.behaviours[path(0)] = Behaviour(etag='"two"', obey_if_range=obey)
    assert is_whole(Download(settings(), tmp_path).run()[0], tmp_path, changed)


def test_a_file_that_is_shorter_than_its_part_is_fetched_anew(server, settings, tmp_path):
    server.files[path(0)] = BODY
    server.behaviours[path(0)] = Behaviour(break_after=[200_000])
    Download(settings(attempts=1), tmp_path).run()
    shorter = packed(100)
    server.files[path(0)] = shorter
    assert is_whole(Download(settings(), tmp_path).run()[0], tmp_path, shorter)
    assert ranges(server)[-1] is None


def test_a_file_without_announced_length(one, tmp_path):
    assert is_whole(one(Behaviour(chunked=True, break_after=[200_000])), tmp_path)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_holds_all_connections(server, settings, tmp_path, status):
    server.files |= {path(hour): BODY for hour in range(4)}
    server.behaviours[path(0)] = Behaviour(status=[status], retry_after="1")
    outcomes = Download(settings(hours="0..3", connections=1), tmp_path).run()
    assert {outcome.status for outcome in outcomes} == {"fetched"}
    moments = [moment for _, _, moment, _ in server.seen]
    assert moments[1] - moments[0] >= 1.0
    assert len(moments) == 5


def test_a_wait_of_one_connection_holds_the_other(server, settings, tmp_path):
    server.files |= {path(hour): packed(50) for hour in range(8)}
    server.behaviours[path(0)] = Behaviour(status=[429], retry_after="1")
    server.behaviours[path(1)] = Behaviour(bytes_per_s=8000)
    Download(settings(hours="0..7", connections=2), tmp_path).run()
    refused = min(moment for asked, _, moment, _ in server.seen if asked == path(0))
    # The other connection begins together with the first. Whatever comes next, comes when it may.
    others = [moment for asked, _, moment, _ in server.seen if asked != path(1) and moment != refused]
    assert len(others) == 7
    assert min(others) - refused >= 1.0


def test_a_longer_wait_than_ours_fails_the_file(one, tmp_path):
    outcome = one(Behaviour(status=[503] * 9, retry_after="3600"))
    assert is_nowhere(outcome, tmp_path)
    assert "come again in 3600 s" in outcome.reason


def test_passing_faults_of_the_server_are_waited_for(server, one, tmp_path):
    assert is_whole(one(Behaviour(status=[503, 500])), tmp_path)
    moments = [moment for _, _, moment, _ in server.seen]
    assert moments[2] - moments[1] > (moments[1] - moments[0]) / 2  # the wait grows


@pytest.mark.parametrize(
    ("status", "requests"), [(403, 1), (401, 1), (400, 1), (301, 1), (206, 1), (502, 3), (429, 3)]
)
def test_a_file_that_is_refused_is_told_with_its_status(server, one, tmp_path, status, requests):
    outcome = one(Behaviour(status=[status] * 9))
    assert is_nowhere(outcome, tmp_path)
    assert outcome.reason.startswith(f"HTTP {status}")
    assert len(server.seen) == requests


@pytest.mark.parametrize("status", [404, 410])
def test_an_absent_hour_is_no_failure(server, settings, tmp_path, status):
    server.files |= {path(0): BODY, path(1): BODY}
    server.behaviours[path(1)] = Behaviour(status=[status])
    assert [o.status for o in Download(settings(hours="0,1"), tmp_path).run()] == ["fetched", "absent"]


def test_no_more_connections_than_allowed(server, settings, tmp_path):
    server.files |= {path(hour): packed(200) for hour in range(12)}
    server.behaviours |= {path(hour): Behaviour(bytes_per_s=60_000) for hour in range(12)}
    Download(settings(hours="0..11", connections=3), tmp_path).run()
    assert server.most_open == 3


def test_the_rest_is_not_tried_after_failures_in_a_row(settings, tmp_path):
    nowhere = (f"{closed_port()}/states_{{day}}-{{hour}}.csv.tar",)
    wanted = settings(hours="0..23", addresses=nowhere, failures_in_a_row=3, connections=1)
    outcomes = Download(wanted, tmp_path).run()
    assert [outcome.status for outcome in outcomes] == ["failed"] * 3 + ["not tried"] * 21
    assert "no connection (" in outcomes[0].reason
    assert "Connection refused" in outcomes[0].reason
    assert outcomes[3].reason == "3 files failed in a row"


def test_a_proxy_of_the_environment_is_used(server, one, tmp_path, monkeypatch):
    with serving(forward_proxy()) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
        assert is_whole(one(Behaviour()), tmp_path)
        assert proxy.seen == [server.url + path(0)]


def test_no_proxy_is_heeded(one, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert is_whole(one(Behaviour()), tmp_path)


def test_a_proxy_that_does_not_answer_is_named(one, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    outcome = one(Behaviour(), attempts=1)
    assert is_nowhere(outcome, tmp_path)
    assert outcome.reason.startswith("the proxy does not answer as it should")
