"""A real HTTP server on loopback that serves files and misbehaves as told, and a real forward proxy."""

import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener


@dataclass
class Behaviour:
    """How a file is served. Lists are used up, one item a request."""

    status: list[int] = field(default_factory=list)  # answers before any other
    retry_after: str | None = None
    etag: str | None = '"one"'
    last_modified: str | None = None
    ranges: bool = True
    obey_if_range: bool = True
    chunked: bool = False
    announce: int | None = None  # bytes added to the true Content-Length
    break_after: list[int] = field(
        default_factory=list
    )  # bytes of the body sent before the connection closes
    stall_after: list[int] = field(default_factory=list)  # the same, but the connection stays open, silent
    stall_s: float = 10.0
    bytes_per_s: float | None = None
    headers: dict[str, str] = field(default_factory=dict)


class HourServer(ThreadingHTTPServer):
    """Serves `files` by path; `seen` has each request's path, Range and moment."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = {}
        self.behaviours = {}
        self.seen = []
        self.now_open = set()  # answers whose last byte is still to come
        self.most_open = 0
        self.bytes_sent = Counter()
        self.lock = threading.Lock()
        self.ended = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def requests(self, part=""):
        return [path for path, *_ in self.seen if part in path]

    def handle_error(self, request, client_address):
        """Clients that go away are what is tested here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        """Say nothing."""

    def do_GET(self):
        server = self.server
        with server.lock:
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.seen.append((self.path, headers.get("range"), time.monotonic(), headers))
            server.now_open.add(self)
            server.most_open = max(server.most_open, len(server.now_open))
        self._answer(server.behaviours.get(self.path, Behaviour()), server.files.get(self.path))

    def _answer(self, how, body):
        if how.status or body is None:
            self._last()
            self.send_response(how.status.pop(0) if how.status else 404)
            if how.retry_after is not None:
                self.send_header("Retry-After", how.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = self._start(how)
        if start is not None and start >= len(body):
            self._last()
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200 if start is None else 206)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        body = body[start or 0 :]
        if how.etag:
            self.send_header("ETag", how.etag)
        if how.last_modified:
            self.send_header("Last-Modified", how.last_modified)
        for name, value in how.headers.items():
            self.send_header(name, value)
        if how.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            body = b"".join(
                b"%x\r\n%s\r\n" % (len(body[n : n + 999]), body[n : n + 999])
                for n in range(0, len(body), 999)
            )
            body += b"0\r\n\r\n"
        else:
            self.send_header("Content-Length", str(len(body) + (how.announce or 0)))
        self.end_headers()
        self._send(how, body)

    def _start(self, how):
        """First byte asked for, or None: all of it."""
        wanted = self.headers.get("Range")
        if wanted is None or not how.ranges:
            return None
        said = self.headers.get("If-Range")
        if said is not None and how.obey_if_range and said not in {how.etag, how.last_modified}:
            return None
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _last(self):
        """Note that the last byte of an answer is about to be sent."""
        with self.server.lock:
            self.server.now_open.discard(self)

    def _send(self, how, body):
        stop = how.break_after.pop(0) if how.break_after else None
        stall = how.stall_after.pop(0) if how.stall_after else None
        end = min(n for n in (stop, stall, len(body)) if n is not None)
        step = 4096 if how.bytes_per_s is None else max(1, int(how.bytes_per_s / 20))
        for n in range(0, end, step):
            block = body[n : min(n + step, end)]
            if how.bytes_per_s is not None:
                self.server.ended.wait(len(block) / how.bytes_per_s)
            if n + step >= end:
                self._last()
            self.wfile.write(block)
            with self.server.lock:
                self.server.bytes_sent[self.path] += len(block)
        if stall is not None:
            self.server.ended.wait(how.stall_s)
        if stop is not None or stall is not None or how.announce:
            self.close_connection = True


class _Proxy(BaseHTTPRequestHandler):
    """A forward proxy: takes the absolute address of the request line and fetches it."""

    def log_message(self, *words):
        """Say nothing."""

    def do_GET(self):
        assert urlsplit(self.path).scheme == "http", self.path
        self.server.seen.append(self.path)
        with build_opener(ProxyHandler({})).open(self.path) as answer:
            self.send_response(answer.status)
            for name in ("Content-Length", "ETag"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.end_headers()
            self.wfile.write(answer.read())


@contextmanager
def serving(server):
    """Have a server running while the block does."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        if isinstance(server, HourServer):
            server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def forward_proxy():
    """Return a forward proxy; `seen` has the addresses it was asked for."""
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    proxy.daemon_threads = True
    proxy.seen = []
    return proxy


def closed_port():
    """Return the address of a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
