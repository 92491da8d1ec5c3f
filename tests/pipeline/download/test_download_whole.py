"""A file appears whole or not at all, whatever a server on loopback announces and sends."""

import gzip
import hashlib

import pytest

from tests.pipeline.download.hour_server import Behaviour
from tests.pipeline.download.hours import BODY, is_nowhere, is_whole, path
from tracks.download import Download


def test_more_announced_than_sent_is_refused(one, tmp_path):
    outcome = one(Behaviour(announce=100))
    assert is_nowhere(outcome, tmp_path)
    assert f"of {len(BODY) + 100:,}" in outcome.reason or "shorter than what has come" in outcome.reason


def test_less_announced_than_sent_is_refused(server, one, tmp_path):
    outcome = one(Behaviour(announce=-20_000))
    assert is_nowhere(outcome, tmp_path)
    assert "the same bytes came twice" in outcome.reason
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    "body", [b"<html>sign in first</html>" * 9, b"", BODY[:-30_000], gzip.compress(b"x")]
)
def test_what_is_no_whole_archive_is_refused(one, tmp_path, body):
    assert is_nowhere(one(Behaviour(), body), tmp_path)


def test_a_flipped_bit_is_found_and_fetched_again(server, settings, tmp_path):
    flipped = bytearray(BODY)
    flipped[len(BODY) // 2] ^= 1
    server.files[path(0)] = bytes(flipped)
    outcome = Download(settings(), tmp_path).run()[0]
    assert outcome.status == "failed"
    assert "gzip" in outcome.reason
    server.files[path(0)] = BODY
    assert is_whole(Download(settings(), tmp_path).run()[0], tmp_path)


def test_md5_of_an_s3_server_is_checked(server, settings, tmp_path):
    s3 = {"x-amz-request-id": "1"}
    right, other = hashlib.md5(BODY).hexdigest(), hashlib.md5(b"").hexdigest()
    server.files |= {path(hour): BODY for hour in range(5)}
    server.behaviours |= {
        path(0): Behaviour(etag=f'"{right}"', headers=s3),
        path(1): Behaviour(etag=f'"{other}"', headers=s3),
        path(2): Behaviour(etag=f'"{other}-7"', headers=s3),  # of parts: no MD5 of the whole
        path(3): Behaviour(etag=f'"{other}"', headers=s3 | {"x-amz-server-side-encryption": "aws:kms"}),
        path(4): Behaviour(etag=f'"{other}"'),  # no S3: 32 digits may be anything
    }
    outcomes = Download(settings(hours="0..4"), tmp_path).run()
    assert [outcome.status for outcome in outcomes] == ["fetched", "failed", "fetched", "fetched", "fetched"]
    assert "MD5" in outcomes[1].reason


def test_an_encoding_not_asked_for_is_refused(one, tmp_path):
    outcome = one(Behaviour(headers={"Content-Encoding": "gzip"}))
    assert is_nowhere(outcome, tmp_path)
    assert "gzip, which was not asked for" in outcome.reason
