"""Step 9: the 1 Hz tracks of a leaf, made some seconds at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tracks.process.dynamics import COLUMNS
from tracks.process.interpolate import interpolate_seconds
from tracks.process.observations import LeafObservations
from tracks.process.segments import Segments

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POSITION: Final = ("lat_deg", "lon_deg", "alt_baro_ft_msl", "alt_geo_ft_msl")
"""The first columns of all seconds."""

SECONDS_AT_ONCE: Final = 1 << 16
"""Seconds of a piece: few enough that their twelve columns (6 MiB) stay in a cache, enough that the cost of a
call, half a millisecond in a fused pass, does not show. A segment may go on in the next piece, so that no
segment is too long."""


@dataclass(frozen=True)
class TrackSeconds:
    """Some consecutive seconds of the 1 Hz tracks of a leaf.

    Attributes
    ----------
    offsets
        Where each segment's seconds start, and the end of the last. The first segment may have begun in the
        piece before, the last may go on in the next.
    aircraft, number
        Of each segment: position of its aircraft in the leaf, and its number from 1.
    origin_deg
        Shape (2, segments): latitude and longitude of each segment's first second, in whatever piece it is.
    second_s
        POSIX seconds.
    values
        Shape (columns, seconds); longitude in [-180, 180), course in [0, 360).
    onground, squawk
        Of the last remaining observation at or before each second; squawk -1 where missing.
    names
        Of the columns: some of `dynamics.COLUMNS`, in their order, `POSITION` among them.
    """

    offsets: Ints
    aircraft: Ints
    number: npt.NDArray[np.int32]
    origin_deg: Floats
    second_s: Ints
    values: Floats
    onground: npt.NDArray[np.bool_]
    squawk: npt.NDArray[np.int16]
    names: tuple[str, ...] = COLUMNS

    def column(self, name: str) -> Floats:
        """Return a column by name."""
        found: Floats = self.values[self.names.index(name)]
        return found


@dataclass(frozen=True)
class Remaining:
    """Rows that steps 1 to 8 leave, smoothed, and the seconds to make of them.

    Attributes
    ----------
    rows
        The observations.
    segments
        Segments after step 6.
    time_s, state
        Of each of their rows; for the state see `dynamics`.
    place, offsets, kept
        What step 8 leaves of the segments (see `Segments.remaining`).
    second_offsets, first_s
        Where the seconds of these start, and the end of the last; and the first second of each.
    level_below_ft_s
        Vertical rates smaller than this are 0.
    course_unwrapped
        Whether the course turns the short way through north.
    """

    rows: LeafObservations
    segments: Segments
    time_s: Floats
    state: Floats
    place: Ints
    offsets: Ints
    kept: Ints
    second_offsets: Ints
    first_s: Ints
    level_below_ft_s: float
    course_unwrapped: bool

    def tracks(self, wanted: Collection[str], seconds_at_once: int) -> Iterator[TrackSeconds]:
        """Make the wanted columns of the seconds, and those of the position, some seconds at a time."""
        origin_deg = np.empty((2, 1))
        names = tuple(name for name in COLUMNS if name in wanted or name in POSITION)
        for begin in range(0, int(self.second_offsets[-1]), seconds_at_once):
            end = min(begin + seconds_at_once, int(self.second_offsets[-1]))
            piece = self._piece(begin, end, origin_deg, names)
            origin_deg = piece.origin_deg[:, -1:]
            yield piece

    def _piece(self, begin: int, end: int, origin_deg: Floats, names: tuple[str, ...]) -> TrackSeconds:
        """Make the seconds from `begin` to `end`; the segment before them began at the origin."""
        starts = self.second_offsets
        some = np.flatnonzero((starts[:-1] < end) & (starts[1:] > begin) & (starts[1:] > starts[:-1]))
        offsets = np.append(np.maximum(starts[some], begin), end) - begin
        size = end - begin
        values = np.empty((len(names), size))
        second_s, onground = np.empty(size, np.int64), np.empty(size, np.bool_)
        squawk = np.empty(size, np.int16)
        kept = self.kept[some]
        interpolate_seconds(
            self.state,
            self.time_s,
            self.segments.offsets[kept],
            self.segments.offsets[kept + 1] - 1,
            self.place,
            self.offsets[some],
            self.offsets[some + 1],
            self.level_below_ft_s,
            self.course_unwrapped,
            np.array([COLUMNS.index(name) for name in names]),
            offsets,
            self.first_s[some] + offsets[:-1] + begin - starts[some],
            self.segments.rows,
            self.rows.onground,
            self.rows.squawk,
            second_s,
            onground,
            squawk,
            values,
        )
        origins = values[:2, offsets[:-1]]
        if starts[some[0]] < begin:
            origins[:, :1] = origin_deg
        return TrackSeconds(
            offsets,
            self.segments.aircraft[kept],
            self.segments.number[kept],
            origins,
            second_s,
            values,
            onground,
            squawk,
            names,
        )
