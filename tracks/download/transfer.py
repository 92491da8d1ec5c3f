"""One request: what has not come yet of a file, appended to its part."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Final

import requests

from data_schemas.config import DownloadSettings
from tracks.download.pace import Pace, retry_after_s
from tracks.download.part import Origin, Part
from tracks.download.space import Space

USER_AGENT: Final = f"trackmill/{version('trackmill')} python-requests/{version('requests')}"

_BLOCK_BYTES: Final = 1 << 14
_ABSENT: Final = {404, 410}
_BUSY: Final = {429, 503}
_PASSING: Final = {408, 425, 500, 502, 504} | _BUSY


class AbsentError(Exception):
    """The server has no such file."""


class RefusedError(Exception):
    """The file cannot be had, and trying again would not help."""


class AgainError(Exception):
    """An attempt failed; another may not.

    Attributes
    ----------
    wait_s
        What the server asks to wait [s]; None: it does not say.
    busy
        The server has too much to do: all connections wait.
    from_start
        What has come is of no use.
    """

    def __init__(
        self, reason: str, *, wait_s: float | None = None, busy: bool = False, from_start: bool = False
    ) -> None:
        super().__init__(reason)
        self.wait_s = wait_s
        self.busy = busy
        self.from_start = from_start


@dataclass
class Tally:
    """What has been received by all transfers, for whoever shows the progress."""

    bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, received: int) -> None:
        """Add bytes."""
        with self._lock:
            self.bytes += received


@dataclass(frozen=True)
class Shared:
    """What the transfers of a download share."""

    settings: DownloadSettings
    pace: Pace
    space: Space
    tally: Tally


def transfer(address: str, part: Part, shared: Shared) -> Origin:
    """Fetch what has not come yet of a file, and return what the server said of it.

    A part is gone on with by a Range request under If-Range, so that a server whose file has changed sends
    all of the new one; a server without ranges does too. Proxies are those of the environment (HTTP_PROXY,
    HTTPS_PROXY, NO_PROXY).

    Raises
    ------
    AbsentError, RefusedError, AgainError
        It did not work out.
    NoSpaceError
        The disk has no room for it.
    Stopped
        The download is being stopped.
    OSError
        The part cannot be written.
    """
    before = part.origin()
    if before and before.address != address:
        before = None
    if before and before.length == part.bytes:
        return before  # a process ended between the last byte and the check
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    if before and before.validator:
        headers |= {"Range": f"bytes={part.bytes}-", "If-Range": before.validator}
    shared.pace.wait_for_turn()
    with _response(address, headers, shared.settings) as response:
        _check_status(response, asked_for_part=before is not None)
        have = 0
        if before and response.status_code == requests.codes.partial_content:
            have = part.bytes
            origin = _continued(response, before, have)
        else:
            origin = _origin(response, address)
        shared.space.take(part.final.name, None if origin.length is None else origin.length - have)
        if not have:
            part.begin(origin)
        _receive(response, part, origin, shared)
    return origin


@contextmanager
def _response(
    address: str, headers: dict[str, str], settings: DownloadSettings
) -> Iterator[requests.Response]:
    """Ask for a file; a connection of its own each time, so that no answer can run into the next one."""
    timeouts = (settings.connect_timeout_s, settings.stall_timeout_s)
    try:
        response = requests.get(address, headers=headers, stream=True, timeout=timeouts)
    except requests.exceptions.ProxyError as error:
        raise AgainError(f"the proxy does not answer as it should ({_root(error)})") from None
    except requests.exceptions.SSLError as error:
        raise RefusedError(f"no secure connection ({_root(error)})") from None
    except requests.exceptions.ConnectTimeout:
        raise AgainError(f"no connection within {timeouts[0]:g} s") from None
    except requests.exceptions.ReadTimeout:
        raise AgainError(f"no answer within {timeouts[1]:g} s") from None
    except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
        raise AgainError(f"no connection ({_root(error)})") from None
    except requests.RequestException as error:
        raise RefusedError(f"cannot be asked for ({error})") from None
    with response:
        yield response


def _root(error: BaseException) -> str:
    """Return what the network itself said."""
    while (below := error.__cause__ or error.__context__) is not None:
        error = below
    return " ".join(str(error).split()) or type(error).__name__


def _check_status(response: requests.Response, *, asked_for_part: bool) -> None:
    status = response.status_code
    said = f"HTTP {status} {response.reason or ''}".strip()
    if status in _ABSENT:
        raise AbsentError
    if status in _PASSING:
        busy = status in _BUSY
        wait_s = retry_after_s(response.headers.get("Retry-After")) if busy else None
        raise AgainError(said, wait_s=wait_s, busy=busy)
    if status == requests.codes.requested_range_not_satisfiable and asked_for_part:
        raise AgainError("the server's file is shorter than what has come of it", from_start=True)
    if status != requests.codes.ok and not (status == requests.codes.partial_content and asked_for_part):
        raise RefusedError(said)
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise RefusedError(f"the server sends it as {encoding}, which was not asked for")


def _origin(response: requests.Response, address: str) -> Origin:
    headers = response.headers
    length = headers.get("Content-Length", "").strip()
    known = length.isascii() and length.isdigit() and "Transfer-Encoding" not in headers
    etag = headers.get("ETag")
    return Origin(
        address, int(length) if known else None, etag, headers.get("Last-Modified"), _md5(etag, response)
    )


def _md5(etag: str | None, response: requests.Response) -> str | None:
    """Return the MD5 that an ETag is: of an object that an S3 server stores in one piece, unencrypted."""
    found = re.fullmatch(r'"([0-9a-fA-F]{32})"', etag or "")
    names = {name.lower() for name in response.headers}
    s3 = any(name.startswith("x-amz-") for name in names)
    encrypted = any(name.startswith("x-amz-server-side-encryption") for name in names)
    return found[1].lower() if found and s3 and not encrypted else None


def _continued(response: requests.Response, before: Origin, have: int) -> Origin:
    """Return the origin of a file that is gone on with, or refuse an answer of another one."""
    content_range = response.headers.get("Content-Range", "")
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", content_range.strip(), re.ASCII)
    total = int(found[2]) if found and found[2] != "*" else None
    now = Origin(before.address, total, response.headers.get("ETag"))
    if not found or int(found[1]) != have or before.contradicts(now):
        raise AgainError("the server's file has changed since its first part came", from_start=True)
    return replace(before, length=before.length if total is None else total)


def _receive(response: requests.Response, part: Part, origin: Origin, shared: Shared) -> None:
    name, came = part.final.name, part.bytes
    of = "" if origin.length is None else f" of {origin.length:,}"
    try:
        with part.path.open("ab") as handle:
            for block in response.iter_content(_BLOCK_BYTES):
                shared.pace.check()
                came += len(block)
                if origin.length is not None and came > origin.length:
                    raise AgainError(f"more bytes come than the {origin.length:,} announced", from_start=True)
                handle.write(block)
                shared.space.came(name, len(block))
                shared.tally.add(len(block))
    except requests.RequestException as error:
        raise AgainError(f"broken off after {came:,}{of} bytes ({_root(error)})") from None
    if origin.length is not None and came < origin.length:
        raise AgainError(f"broken off after {came:,}{of} bytes")
