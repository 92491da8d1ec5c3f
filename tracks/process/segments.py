"""Steps 3, 6 and the end of 8: segments, and which of them are too short."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from tracks.process.reasons import REMAINS, SHORT_SEGMENT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Segments:
    """Segments of a leaf, in order of aircraft and time.

    Attributes
    ----------
    rows
        Positions of their rows among the leaf's observations, one segment after the other.
    offsets
        Where each segment starts in `rows`, and the end of the last.
    aircraft
        Position of each segment's aircraft in the leaf.
    number
        Number of each segment, from 1 within its aircraft.
    """

    rows: Ints
    offsets: Ints
    aircraft: Ints
    number: npt.NDArray[np.int32]

    def __len__(self) -> int:
        """Return how many segments there are."""
        return self.number.size

    def remaining(self, reason: Codes, minimum_rows: int, short: int) -> tuple[Ints, Ints, Ints]:
        """Say what is left where rows have left; segments under the minimum leave for reason `short`.

        Returns
        -------
        place
            Of each row left: its place in `rows`.
        offsets
            Where each segment left starts in `place`, and the end of the last.
        kept
            Which segments are left.
        """
        return _remaining(self.rows, self.offsets, minimum_rows, short, reason)

    def take(self, place: Ints, offsets: Ints, kept: Ints) -> Segments:
        """Return what `remaining` says is left."""
        return Segments(self.rows[place], offsets, self.aircraft[kept], self.number[kept])

    def around(self, begin: int, end: int, time_s: Floats, reach_s: float) -> tuple[int, int, Ints]:
        """Return which rows lie within `reach_s` of the rows from `begin` to `end`, and their segments.

        Rows of other segments than those of the first and the last of these do not.

        Parameters
        ----------
        time_s
            Of each of `rows`.

        Returns
        -------
        first, last
            Where these rows start and end.
        offsets
            Where each segment starts among them, and the end of the last.
        """
        start, stop = np.searchsorted(self.offsets, [begin, end - 1], "right") - [1, 0]
        offsets = self.offsets[start : stop + 1]
        before, behind = time_s[offsets[0] : begin], time_s[end : offsets[-1]]
        first = int(offsets[0] + np.searchsorted(before, time_s[begin] - reach_s))
        last = int(end + np.searchsorted(behind, time_s[end - 1] + reach_s))
        return first, last, np.clip(offsets, first, last) - first


def find_segments(
    aircraft_offsets: Ints, time_s: Floats, gap_s: float, minimum_rows: int, reason: Codes
) -> Segments:
    """Cut each aircraft's remaining rows where the time between two exceeds `gap_s`.

    Segments with fewer than `minimum_rows` leave (`short_segment`); the others are numbered from 1, and a
    number stays with its segment whatever leaves later.
    """
    return Segments(*_find(aircraft_offsets, time_s, gap_s, minimum_rows, reason))


@numba.njit(cache=True, error_model="numpy")
def _find(
    aircraft_offsets: Ints, time_s: Floats, gap_s: float, minimum_rows: int, reason: Codes
) -> tuple[Ints, Ints, Ints, npt.NDArray[np.int32]]:
    alive = 0
    for code in reason:
        alive += code == REMAINS
    rows = np.empty(alive, np.int64)
    most = alive // minimum_rows
    offsets = np.zeros(most + 1, np.int64)
    aircraft = np.empty(most, np.int64)
    number = np.empty(most, np.int32)
    m = segments = 0
    for a in range(aircraft_offsets.size - 1):
        named = 0
        begin = m
        for i in range(aircraft_offsets[a], aircraft_offsets[a + 1] + 1):
            ends = i == aircraft_offsets[a + 1]
            if not ends and reason[i] != REMAINS:
                continue
            if m > begin and (ends or time_s[i] - time_s[rows[m - 1]] > gap_s):
                if m - begin < minimum_rows:
                    for k in range(begin, m):
                        reason[rows[k]] = SHORT_SEGMENT
                    m = begin
                else:
                    named += 1
                    aircraft[segments], number[segments] = a, named
                    segments += 1
                    offsets[segments] = m
                begin = m
            if not ends:
                rows[m] = i
                m += 1
    return rows[:m], offsets[: segments + 1], aircraft[:segments], number[:segments]


@numba.njit(cache=True, error_model="numpy")
def _remaining(
    rows: Ints, offsets: Ints, minimum_rows: int, short: int, reason: Codes
) -> tuple[Ints, Ints, Ints]:
    left = np.empty_like(rows)  # places
    ends = np.zeros_like(offsets)
    kept = np.empty(offsets.size - 1, np.int64)
    m = segments = 0
    for s in range(offsets.size - 1):
        begin = m
        for k in range(offsets[s], offsets[s + 1]):
            if reason[rows[k]] == REMAINS:
                left[m] = k
                m += 1
        if m - begin < minimum_rows:
            for k in range(begin, m):
                reason[rows[left[k]]] = short
            m = begin
        else:
            kept[segments] = s
            segments += 1
            ends[segments] = m
    return left[:m], ends[: segments + 1], kept[:segments]
