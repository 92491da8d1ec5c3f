"""ISO 8601 times as the traffic library and polars write them, to POSIX seconds."""

from __future__ import annotations

import numba
import numpy as np

from tracks.raw.words import load_byte

_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_ZERO, _BLANK, _PLUS, _HYPHEN, _POINT, _COLON, _T, _Z = b"0 +-.:TZ"
_MICROSECONDS = 6  # digits


@numba.njit(cache=True, nogil=True, forceinline=True)
def read_iso_time(start):  # type: ignore[no-untyped-def]
    """Read `2021-10-07T12:00:00.5Z`: blank for T, at most six decimals, ends in Z, +00, +00:00, +0000 or so.

    Returns
    -------
    time_s, end
        POSIX seconds and the address behind the last character. The end is -1 for any other text.
    """
    year, at = _whole(start, 4, _HYPHEN)
    month, at = _whole(at, 2, _HYPHEN)
    day, at = _whole(at, 2, _T if at > 0 and load_byte(at + 2) == _T else _BLANK)
    hour, at = _whole(at, 2, _COLON)
    minute, at = _whole(at, 2, _COLON)
    second, at = _whole(at, 2, -1)
    if at < 0 or not (1 <= month <= 12 and hour < 24 and minute < 60 and second < 60):
        return 0.0, -1
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day < 1 or day > _DAYS[month - 1] + leap:
        return 0.0, -1
    fraction = 0
    if load_byte(at) == _POINT:
        count = 0
        while count < _MICROSECONDS and _ZERO <= load_byte(at + 1 + count) < _ZERO + 10:
            fraction = fraction * 10 + load_byte(at + 1 + count) - _ZERO
            count += 1
        if count == 0:
            return 0.0, -1
        fraction *= 10 ** (_MICROSECONDS - count)
        at += 1 + count
    if load_byte(at) == _Z:
        at += 1
    elif load_byte(at) == _PLUS:
        hours, at = _whole(at + 1, 2, -1)
        minutes = 0
        if at > 0 and (load_byte(at) == _COLON or load_byte(at) == _ZERO):
            minutes, at = _whole(at + (load_byte(at) == _COLON), 2, -1)
        if at < 0 or hours + minutes > 0:
            return 0.0, -1
    # Days of the proleptic Gregorian calendar, counted in years that begin in March.
    before = year - (month < 3)
    days = before * 365 + before // 4 - before // 100 + before // 400
    days += (153 * ((month + 9) % 12) + 2) // 5 + day - 719469
    microseconds = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction
    return microseconds / 1_000_000, at


@numba.njit(cache=True, nogil=True, forceinline=True)
def _whole(start, count, behind):  # type: ignore[no-untyped-def]
    """Read so many digits with a character behind them (none: -1): the number and where to go on, or -1."""
    number = 0
    if start < 0:
        return number, start
    for at in range(start, start + count):
        digit = load_byte(at) - _ZERO
        if digit < 0 or digit > 9:
            return number, -1
        number = number * 10 + digit
    end = start + count
    if behind < 0:
        return number, end
    return number, end + 1 if load_byte(end) == behind else -1
