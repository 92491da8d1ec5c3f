"""Step 1: rows without a squawk, and rows that repeat a contact, a time or a position."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from tracks.process.reasons import (
    DUPLICATE_LASTCONTACT,
    DUPLICATE_POSITION,
    DUPLICATE_TIME,
    MISSING_SQUAWK,
    REMAINS,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Squawks = npt.NDArray[np.int16]

_NO_SQUAWK_RANK = 10_000  # a missing squawk sorts behind 7777


@numba.njit(cache=True, error_model="numpy")
def mark_repeated_rows(
    offsets: Ints,
    time_s: Floats,
    lat_deg: Floats,
    lon_deg: Floats,
    lastcontact_s: Floats,
    squawk: Squawks,
    require_squawk: bool,
    reason: Codes,
) -> None:
    """Write into `reason` which rows leave in step 1, one aircraft after the other.

    The published code sorts and keeps the first of equals, three times over. Rows come sorted by time, so
    the first of those that share a contact is the one of lowest (squawk, row), the first of those that
    share a time the one of lowest (lastcontact, squawk, row); missing values come last. Nothing is moved.

    Parameters
    ----------
    offsets
        Where each aircraft's rows start, and the end of the last; its rows lie in order of time.
    time_s, lat_deg, lon_deg
        Present in every row.
    lastcontact_s
        NaN where missing; a missing contact is shared with no other row.
    squawk
        -1 where missing.
    require_squawk
        Whether rows without a squawk leave.
    reason
        All REMAINS on entry.
    """
    longest = 0
    for a in range(offsets.size - 1):
        longest = max(longest, offsets[a + 1] - offsets[a])
    rows = np.empty(longest, np.int64)
    slots = 16
    while slots < 2 * longest:
        slots *= 2
    table = np.empty(slots, np.int64)
    for a in range(offsets.size - 1):
        n = 0
        for i in range(offsets[a], offsets[a + 1]):
            if require_squawk and squawk[i] < 0:
                reason[i] = MISSING_SQUAWK
            else:
                rows[n] = i
                n += 1
        _keep_one_a_contact(rows[:n], lastcontact_s, squawk, reason)
        n = _remaining(rows, n, reason)
        _keep_one_a_time(rows[:n], time_s, lastcontact_s, squawk, reason)
        n = _remaining(rows, n, reason)
        _keep_one_a_position(rows[:n], lat_deg, lon_deg, table, reason)


@numba.njit(cache=True, error_model="numpy")
def _remaining(rows: Ints, n: int, reason: Codes) -> int:
    """Close the ranks of `rows[:n]`; return how many remain."""
    m = 0
    for k in range(n):
        if reason[rows[k]] == REMAINS:
            rows[m] = rows[k]
            m += 1
    return m


@numba.njit(cache=True, error_model="numpy")
def _rank(squawk: int) -> int:
    return squawk if squawk >= 0 else _NO_SQUAWK_RANK


@numba.njit(cache=True, error_model="numpy")
def _keep_one_a_contact(rows: Ints, lastcontact_s: Floats, squawk: Squawks, reason: Codes) -> None:
    known = np.empty(rows.size, np.int64)
    m = 0
    ordered = True
    for i in rows:
        if not np.isnan(lastcontact_s[i]):
            ordered = ordered and (m == 0 or lastcontact_s[known[m - 1]] <= lastcontact_s[i])
            known[m] = i
            m += 1
    known = known[:m]
    if not ordered:
        known = known[np.argsort(lastcontact_s[known], kind="mergesort")]
    best = 0
    for k in range(1, m):
        i, j = known[best], known[k]
        if lastcontact_s[i] != lastcontact_s[j]:
            best = k
            continue
        a, b = _rank(squawk[i]), _rank(squawk[j])
        if b < a or (b == a and j < i):
            reason[i] = DUPLICATE_LASTCONTACT
            best = k
        else:
            reason[j] = DUPLICATE_LASTCONTACT


@numba.njit(cache=True, error_model="numpy")
def _keep_one_a_time(
    rows: Ints, time_s: Floats, lastcontact_s: Floats, squawk: Squawks, reason: Codes
) -> None:
    best = 0
    for k in range(1, rows.size):
        i, j = rows[best], rows[k]
        if time_s[i] != time_s[j]:
            best = k
            continue
        a, b = lastcontact_s[i], lastcontact_s[j]
        if np.isnan(a) and np.isnan(b):
            later_wins = _rank(squawk[j]) < _rank(squawk[i])
        else:  # two known contacts differ by now, since none is shared
            later_wins = np.isnan(a) or b < a
        if later_wins:
            reason[i] = DUPLICATE_TIME
            best = k
        else:
            reason[j] = DUPLICATE_TIME


@numba.njit(cache=True, error_model="numpy")
def _keep_one_a_position(rows: Ints, lat_deg: Floats, lon_deg: Floats, table: Ints, reason: Codes) -> None:
    """Keep the earliest row at each position: an open hash table of the rows kept so far."""
    slots = 16
    while slots < 2 * rows.size:
        slots *= 2
    mask = slots - 1
    table[:slots] = -1
    for i in rows:
        lat, lon = lat_deg[i], lon_deg[i]
        slot = _hash(lat, lon) & mask
        while table[slot] >= 0:
            j = table[slot]
            if lat_deg[j] == lat and lon_deg[j] == lon:
                reason[i] = DUPLICATE_POSITION
                break
            slot = (slot + 1) & mask
        else:
            table[slot] = i


@numba.njit(cache=True, error_model="numpy")
def _hash(lat_deg: float, lon_deg: float) -> int:
    """Mix the bits of a position; adding 0.0 gives -0.0, which equals 0.0, the same bits."""
    a = np.float64(lat_deg + 0.0).view(np.uint64)
    b = np.float64(lon_deg + 0.0).view(np.uint64)
    h = (a ^ (a >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    h = (h ^ (h >> np.uint64(29)) ^ b) * np.uint64(0xBF58476D1CE4E5B9)
    return int((h ^ (h >> np.uint64(31))) >> np.uint64(1))
