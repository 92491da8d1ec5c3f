"""Steps 1 to 9 for the observations of whole aircraft: arrays in, arrays out, no files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from data_schemas.config import ProcessSettings
from data_schemas.task import Counts
from tracks.process.altitudes import mark_impossible_altitudes
from tracks.process.angles import unwrap, wrap
from tracks.process.deduplicate import mark_repeated_rows
from tracks.process.dynamics import BARO, COLUMNS, GEO, LON, derive_course_and_speed
from tracks.process.hampel import far_from_window_median
from tracks.process.interpolate import whole_seconds
from tracks.process.limits import mark_impossible_dynamics
from tracks.process.observations import LeafObservations
from tracks.process.outliers import far_from_segment_median
from tracks.process.reasons import (
    OUTLIER_BARO,
    OUTLIER_GEO,
    REMAINS,
    SHORT_AFTER_LIMITS,
    SHORT_AFTER_OUTLIERS,
    count_reasons,
)
from tracks.process.seconds import SECONDS_AT_ONCE, Remaining, TrackSeconds
from tracks.process.segments import Segments, find_segments
from tracks.process.smooth import smooth

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Item = TypeVar("Item")

_SMOOTHED_AT_ONCE: Final = 1 << 16  # rows


@dataclass(frozen=True)
class CleanLeaf:
    """What steps 1 to 8 leave of a leaf's observations, and what became of each.

    Attributes
    ----------
    remaining
        What step 9 interpolates.
    reason
        Of each observation: its place in `reasons.REASONS`, 0 where it remains.
    made
        Segments and seconds made, and the rows that each outlier test would reject.
    """

    remaining: Remaining
    reason: Codes
    made: dict[str, int]

    def counts(self) -> Counts:
        """Return rows in, rows that remain at interpolation, rows that left by reason, and what was made."""
        left = count_reasons(self.reason)
        return Counts(self.reason.size, int(np.sum(self.reason == REMAINS)), left, self.made)

    def tracks(
        self, wanted: Collection[str] = COLUMNS, seconds_at_once: int = SECONDS_AT_ONCE
    ) -> Iterator[TrackSeconds]:
        """Interpolate what remains to whole seconds (step 9), some at a time, in order of aircraft and time.

        A leaf without seconds gives no piece. The seconds are the same however many are made at once.

        Parameters
        ----------
        wanted
            Names of the columns to make; those of the position are made in any case.
        """
        return self.remaining.tracks(wanted, seconds_at_once)


def clean_leaf(rows: LeafObservations, settings: ProcessSettings, aircraft_type: str) -> CleanLeaf:
    """Clean and smooth observations (Weinert et al. 2020; pipeline.md, stage 3); `tracks` makes the seconds.

    Every observation remains or gets the first reason that holds. A leaf without rows, or whose rows all
    leave, gives no seconds. Beside the observations, of 63 bytes a row, about 80 bytes a row are in hand, and
    the seconds of a piece, whatever the gaps between rows.

    Parameters
    ----------
    rows
        The observations of whole aircraft of one type and one year.
    settings
        Constants of every step.
    aircraft_type
        Decides the ceiling and the dynamic limits.
    """
    limits = settings.limits_of(aircraft_type)
    reason = np.zeros(rows.time_s.size, np.int8)
    mark_repeated_rows(
        rows.offsets,
        rows.time_s,
        rows.lat_deg,
        rows.lon_deg,
        rows.lastcontact_s,
        rows.squawk,
        settings.require_squawk,
        reason,
    )
    altitudes = _of_mode(settings, rows.alt_baro_ft, rows.alt_geo_ft)
    mark_impossible_altitudes(altitudes, settings.altitude_floor_ft, limits.ceiling_ft, reason)
    segments = find_segments(rows.offsets, rows.time_s, settings.gap_s, settings.minimum_rows, reason)
    rejected = _mark_outliers(rows, segments, settings, reason)
    segments = segments.take(*segments.remaining(reason, settings.minimum_rows, SHORT_AFTER_OUTLIERS))
    time_s = rows.time_s[segments.rows]
    state = _smooth_and_derive(rows, segments, time_s, settings)
    mark_impossible_dynamics(
        state,
        time_s,
        segments.offsets,
        segments.rows,
        _of_mode(settings, BARO, GEO),
        settings.level_below_ft_s,
        (limits.acceleration_kt_s, limits.turn_rate_deg_s, limits.speed_kt, limits.vertical_rate_ft_s),
        reason,
    )
    left = segments.remaining(reason, settings.minimum_rows, SHORT_AFTER_LIMITS)
    second_offsets, first_s = whole_seconds(time_s, *left[:2])
    remaining = Remaining(
        rows,
        segments,
        time_s,
        state,
        *left,
        second_offsets,
        first_s,
        settings.level_below_ft_s,
        settings.course_interpolation == "unwrapped",
    )
    made = {"segments": first_s.size, "seconds": int(second_offsets[-1]), **rejected}
    return CleanLeaf(remaining, reason, made)


def _of_mode(settings: ProcessSettings, baro: Item, geo: Item) -> tuple[Item, ...]:
    return {"baro": (baro,), "geo": (geo,), "both": (baro, geo)}[settings.altitude_mode]


def _mark_outliers(
    rows: LeafObservations, segments: Segments, settings: ProcessSettings, reason: Codes
) -> dict[str, int]:
    """Write the outliers of the test in force into `reason`; count the rows that each test rejects."""
    altitudes = _of_mode(settings, (rows.alt_baro_ft, OUTLIER_BARO), (rows.alt_geo_ft, OUTLIER_GEO))
    time_s = rows.time_s[segments.rows]
    outlying = {test: np.zeros(segments.rows.size, np.int8) for test in ("published", "hampel")}
    for altitude_ft, code in altitudes:
        h = altitude_ft[segments.rows]
        factor = settings.outlier_scaled_mads
        far = {
            "published": far_from_segment_median(h, segments.offsets, factor),
            "hampel": far_from_window_median(
                h, time_s, segments.offsets, factor, settings.hampel_half_window_s
            ),
        }
        for test, found in outlying.items():
            found[far[test] & (found == REMAINS)] = code
    reason[segments.rows] = outlying[settings.outlier_test]
    return {f"outliers_{test}": int(np.count_nonzero(found)) for test, found in outlying.items()}


def _smooth_and_derive(
    rows: LeafObservations, segments: Segments, time_s: Floats, settings: ProcessSettings
) -> Floats:
    """Steps 5 and 7: the state (see `dynamics`) of every row of the segments.

    Short segments have left by now, which changes no other segment's smoothing. Rows are smoothed some at a
    time, with those around them that their windows reach.
    """
    state = np.empty((7, time_s.size))
    lon_deg = unwrap(rows.lon_deg[segments.rows], segments.offsets)
    half_window_s = settings.smooth_half_window_s
    for begin in range(0, time_s.size, _SMOOTHED_AT_ONCE):
        end = min(begin + _SMOOTHED_AT_ONCE, time_s.size)
        # a second more, to be sure of what is rounded
        first, last, offsets = segments.around(begin, end, time_s, half_window_s + 1)
        near = segments.rows[first:last]
        columns = (rows.lat_deg, lon_deg, rows.alt_baro_ft, rows.alt_geo_ft, rows.speed_kt)
        raw = np.empty((5, near.size))
        for row, column in enumerate(columns):
            if row == LON:
                raw[row] = lon_deg[first:last]
            else:
                np.take(column, near, out=raw[row], mode="clip")  # other modes take a copy first
        smoothed = smooth(raw, time_s[first:last], offsets, half_window_s, settings.smooth_sigma_s)
        state[:5, begin:end] = smoothed[:, begin - first : end - first]
    wrap(state[LON], -180.0)
    derive_course_and_speed(state, time_s, segments.offsets)
    return state
