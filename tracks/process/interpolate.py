"""Step 9: every numeric column at every whole second between a segment's first and last remaining row."""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from tracks.process.angles import short_way, wrap
from tracks.process.dynamics import CLIMB, COLUMNS, SOURCE, TURN, VALUE, value_at
from tracks.process.pchip import find_places, interpolate_column, pchip_at_seconds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Squawks = npt.NDArray[np.int16]

_LONGITUDE: Final = COLUMNS.index("lon_deg")
_COURSE: Final = COLUMNS.index("course_deg")


@numba.njit(cache=True, error_model="numpy")
def whole_seconds(time_s: Floats, place: Ints, offsets: Ints) -> tuple[Ints, Ints]:
    """Return where each segment's seconds start, and the end of the last; and its first second.

    Seconds go from the first time rounded up to the last rounded down. A segment may have none.

    Parameters
    ----------
    time_s
        Times.
    place
        Which of these remain, one segment after the other.
    offsets
        Where each segment starts in `place`, and the end of the last.
    """
    second_offsets = np.zeros(offsets.size, np.int64)
    first_s = np.empty(offsets.size - 1, np.int64)
    for s in range(offsets.size - 1):
        first_s[s] = math.ceil(time_s[place[offsets[s]]])
        last_s = math.floor(time_s[place[offsets[s + 1] - 1]])
        second_offsets[s + 1] = second_offsets[s] + max(0, last_s - first_s[s] + 1)
    return second_offsets, first_s


@numba.njit(cache=True, error_model="numpy")
def interpolate_seconds(
    state: Floats,
    time_s: Floats,
    begin: Ints,
    last: Ints,
    place: Ints,
    first_place: Ints,
    end_place: Ints,
    level_below_ft_s: float,
    course_unwrapped: bool,
    columns: Ints,
    offsets: Ints,
    first_s: Ints,
    rows: Ints,
    onground: Flags,
    squawk: Squawks,
    second_s: Ints,
    onground_out: Flags,
    squawk_out: Squawks,
    out: Floats,
) -> None:
    """Write columns at some consecutive seconds of each of some segments.

    Parameters
    ----------
    state, time_s
        See `dynamics`; of more than these segments.
    begin, last
        Of each segment: its first and last row in these, which rates are taken within.
    place, first_place, end_place
        Rows that remain; of each segment: where its own start and end.
    level_below_ft_s
        Vertical rates smaller than this are 0.
    course_unwrapped
        Whether the course turns the short way through north.
    columns
        Which of `dynamics.COLUMNS`.
    offsets, first_s
        Where each segment's seconds start, and the end of the last; and the first of them. They lie between
        its first and last remaining row.
    rows, onground, squawk
        Positions among the observations of the rows of the state; and what is held of these.
    second_s, onground_out, squawk_out
        Written: the seconds, and of each what the last remaining row at or before it has.
    out
        Written: these columns, shape (columns, seconds).
    """
    for s in range(begin.size):
        a, b = offsets[s], offsets[s + 1]
        for q in range(a, b):
            second_s[q] = first_s[s] + q - a
        near = place[first_place[s] : end_place[s]]
        _hold(near, rows, time_s, second_s[a:b], onground, squawk, onground_out[a:b], squawk_out[a:b])
        _interpolate_segment(
            state,
            time_s,
            begin[s],
            last[s],
            near,
            level_below_ft_s,
            course_unwrapped,
            columns,
            first_s[s],
            out[:, a:b],
        )


@numba.njit(cache=True, error_model="numpy")
def _interpolate_segment(
    state: Floats,
    time_s: Floats,
    begin: int,
    last: int,
    place: Ints,
    level_below_ft_s: float,
    course_unwrapped: bool,
    columns: Ints,
    first_s: int,
    out: Floats,
) -> None:
    """Write columns at some consecutive seconds of a segment, each through the rows that have it."""
    seconds = out.shape[1]
    low = _last_at_or_before(time_s, place, first_s)
    high = _last_at_or_before(time_s, place, first_s + seconds - 1)
    low, high = max(low - 1, 0), min(high + 2, place.size - 1)  # a slope needs a knot on either side
    near = place[low : high + 1]
    x = time_s[near]
    y, rise, slope, step = np.empty(x.size), np.empty(x.size - 1), np.empty(x.size), np.diff(x)
    places = find_places(x, first_s, seconds)
    for o, c in enumerate(columns):
        row, how = SOURCE[c]
        _take(how, state[row], time_s, near, begin, last, level_below_ft_s, y)
        missing = 0
        for k in range(y.size):
            missing += y[k] != y[k]
        if missing:
            chosen = _that_have_it(how, state[row], time_s, place, low, high, first_s, seconds, begin, last)
            known = np.empty(chosen.size)
            _take(how, state[row], time_s, chosen, begin, last, level_below_ft_s, known)
            pchip_at_seconds(time_s[chosen], known, first_s, out[o])
            continue
        for k in range(rise.size):
            rise[k] = y[k + 1] - y[k]
        if c == _LONGITUDE or (c == _COURSE and course_unwrapped):
            short_way(rise)
        interpolate_column(step, y, rise, slope, *places, out[o])
        if c == _LONGITUDE and not _inside(y, rise, -180.0):
            wrap(out[o], -180.0)
        elif c == _COURSE and not _inside(y, rise, 0.0):
            wrap(out[o], 0.0)


@numba.njit(cache=True, error_model="numpy")
def _inside(y: Floats, rise: Floats, low_deg: float) -> bool:
    """Whether a curve that goes no further than its knots stays in [low, low + 360), rounding included."""
    least, most = math.inf, -math.inf
    for k in range(rise.size):
        least = min(least, y[k], y[k] + rise[k])
        most = max(most, y[k], y[k] + rise[k])
    return least > low_deg + 1e-6 and most < low_deg + 360 - 1e-6


@numba.njit(cache=True, error_model="numpy")
def _take(
    how: int,
    values: Floats,
    time_s: Floats,
    rows: Ints,
    begin: int,
    last: int,
    level_below: float,
    taken: Floats,
) -> None:
    """Write what `value_at` says of some rows; one loop for each way, for speed."""
    if how == VALUE:
        for k in range(rows.size):
            taken[k] = values[rows[k]]
    elif how == TURN:
        for k in range(rows.size):
            taken[k] = value_at(TURN, values, time_s, rows[k], begin, last, level_below)
    else:
        level = level_below if how == CLIMB else 0.0
        for k in range(rows.size):
            taken[k] = value_at(CLIMB, values, time_s, rows[k], begin, last, level)


@numba.njit(cache=True, error_model="numpy")
def _last_at_or_before(time_s: Floats, place: Ints, t: float) -> int:
    """Return which row of `place` is the last at or before `t`, by bisection; the first is."""
    low, high = 0, place.size
    while high - low > 1:
        middle = (low + high) // 2
        if time_s[place[middle]] <= t:
            low = middle
        else:
            high = middle
    return low


@numba.njit(cache=True, error_model="numpy")
def _hold(
    place: Ints,
    rows: Ints,
    time_s: Floats,
    second_s: Ints,
    onground: Flags,
    squawk: Squawks,
    onground_out: Flags,
    squawk_out: Squawks,
) -> None:
    """Write of each second what the last row at or before it has."""
    k = _last_at_or_before(time_s, place, second_s[0])
    q = 0
    while q < second_s.size:
        end = second_s.size
        if k + 1 < place.size:
            end = min(end, math.ceil(time_s[place[k + 1]]) - second_s[0])
        row = rows[place[k]]
        ground, code = onground[row], squawk[row]
        while q < end:
            onground_out[q], squawk_out[q] = ground, code
            q += 1
        k += 1


@numba.njit(cache=True, error_model="numpy")
def _that_have_it(
    how: int,
    values: Floats,
    time_s: Floats,
    place: Ints,
    low: int,
    high: int,
    first_s: int,
    seconds: int,
    begin: int,
    last: int,
) -> Ints:
    """Return the rows of place[low : high + 1] that have a value, and where it takes more the nearest beyond.

    It takes two at or before the first second and two at or after the last one, as far as there are so many.
    """
    chosen = np.empty(high - low + 5, np.int64)
    n = before = after = 0
    for k in range(low, high + 1):
        if not math.isnan(value_at(how, values, time_s, place[k], begin, last, 0.0)):
            chosen[n] = place[k]
            n += 1
            before += time_s[place[k]] <= first_s
            after += time_s[place[k]] >= first_s + seconds - 1
    if n == 0 and np.isnan(values[begin : last + 1]).all():  # spares the search through a long segment
        return chosen[:0]
    k = low - 1
    while before < 2 and k >= 0:
        if not math.isnan(value_at(how, values, time_s, place[k], begin, last, 0.0)):
            chosen[1 : n + 1] = chosen[:n].copy()
            chosen[0] = place[k]
            n += 1
            before += 1
        k -= 1
    k = high + 1
    while after < 2 and k < place.size:
        if not math.isnan(value_at(how, values, time_s, place[k], begin, last, 0.0)):
            chosen[n] = place[k]
            n += 1
            after += 1
        k += 1
    return chosen[:n]
