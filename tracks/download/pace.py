"""When to try again: politely, and all connections together."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


class Stopped(Exception):  # noqa: N818 - an order to stop is no error
    """The download is being stopped."""


class Pace:
    """The waits of a download. A wait that the server asks for holds for every connection to it."""

    def __init__(self, first_wait_s: float, longest_wait_s: float) -> None:
        self._first_wait_s = first_wait_s
        self._longest_wait_s = longest_wait_s
        self._stop = threading.Event()
        self._not_before = 0.0

    def stop(self) -> None:
        """End all waits, and every transfer at its next block."""
        self._stop.set()

    def check(self) -> None:
        """Raise `Stopped` if the download is being stopped."""
        if self._stop.is_set():
            raise Stopped

    def hold(self, seconds: float) -> None:
        """Let no request begin for so long."""
        self._not_before = max(self._not_before, time.monotonic() + seconds)

    def wait_for_turn(self) -> None:
        """Wait until requests may begin."""
        while (left := self._not_before - time.monotonic()) > 0:
            self.wait(left)
        self.check()

    def wait(self, seconds: float) -> None:
        """Wait, or raise `Stopped` as soon as the download is being stopped."""
        if self._stop.wait(seconds):
            raise Stopped

    def backoff_s(self, name: str, failures: int) -> float:
        """Return the wait after so many failures in a row [s]: doubled each time, less up to a half.

        What is taken off keeps connections that failed together from coming back together; it follows from
        the file's name and the number alone.
        """
        whole = min(self._first_wait_s * 2.0 ** (failures - 1), self._longest_wait_s)
        return whole * random.Random(f"{name} {failures}").uniform(0.5, 1.0)


def retry_after_s(header: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for, at least 0; None where it asks for nothing.

    It is a number of seconds or a date (RFC 9110, 10.2.3).
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())
