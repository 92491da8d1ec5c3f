"""Steps 1 to 9 for the observations of whole aircraft: arrays in, arrays out, no files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from data_schemas.config import ProcessSettings
from data_schemas.task import Counts
from tracks.process import dynamics
from tracks.process.altitudes import mark_impossible_altitudes
from tracks.process.angles import unwrap, wrap
from tracks.process.deduplicate import mark_repeated_rows
from tracks.process.hampel import far_from_window_median
from tracks.process.interpolate import interpolate, whole_seconds
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
from tracks.process.seconds import TrackSeconds
from tracks.process.segments import Segments, find_segments
from tracks.process.smooth import smooth

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Item = TypeVar("Item")


@dataclass(frozen=True)
class CleanLeaf:
    """What steps 1 to 8 leave of a leaf's observations, and what became of each.

    Attributes
    ----------
    rows
        The observations.
    segments
        What remains of them.
    time_s, values
        Of each remaining row; `values` has shape (12, rows), the columns of `dynamics.COLUMNS`.
    course_unwrapped
        Whether the course is interpolated the short way through north.
    reason
        Of each observation: its place in `reasons.REASONS`, 0 where it remains.
    made
        Segments and seconds made, and the rows that each outlier test would reject.
    """

    rows: LeafObservations
    segments: Segments
    time_s: Floats
    values: Floats
    course_unwrapped: bool
    reason: Codes
    made: dict[str, int]

    def counts(self) -> Counts:
        """Return rows in, rows that remain at interpolation, rows that left by reason, and what was made."""
        left = count_reasons(self.reason)
        return Counts(self.reason.size, int(np.sum(self.reason == REMAINS)), left, self.made)

    def tracks(self) -> Iterator[TrackSeconds]:
        """Interpolate what remains to whole seconds (step 9), some at a time, in order of aircraft and time.

        A leaf without seconds gives no piece. The seconds are the same however many are made at once.
        """
        segments, values = self.segments, self.values
        values[dynamics.LON] = unwrap(values[dynamics.LON], segments.offsets)
        if self.course_unwrapped:
            values[dynamics.COURSE] = unwrap(values[dynamics.COURSE], segments.offsets)
        offsets, second_s, row = whole_seconds(self.time_s, segments.offsets)
        track = interpolate(values, self.time_s, segments.offsets, offsets, second_s)
        track[dynamics.LON] = wrap(track[dynamics.LON], -180)
        track[dynamics.COURSE] = wrap(track[dynamics.COURSE], 0)
        held = segments.rows[row]
        some = np.flatnonzero(offsets[1:] > offsets[:-1])
        if not some.size:
            return
        yield TrackSeconds(
            offsets[np.append(some, len(segments))],
            segments.aircraft[some],
            segments.number[some],
            track[:2, offsets[some]],
            second_s,
            track,
            self.rows.onground[held],
            self.rows.squawk[held],
        )


def clean_leaf(rows: LeafObservations, settings: ProcessSettings, aircraft_type: str) -> CleanLeaf:
    """Clean and smooth observations (Weinert et al. 2020; pipeline.md, stage 3); `tracks` makes the seconds.

    Every observation remains or gets the first reason that holds. A leaf without rows, or whose rows all
    leave, gives no seconds.

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
    segments = segments.remaining(reason, settings.minimum_rows, SHORT_AFTER_OUTLIERS)
    time_s = rows.time_s[segments.rows]
    values = _smooth_and_derive(rows, segments, time_s, settings)
    mark_impossible_dynamics(
        values,
        segments.rows,
        _of_mode(settings, dynamics.DH_BARO, dynamics.DH_GEO),
        limits.acceleration_kt_s,
        limits.turn_rate_deg_s,
        limits.speed_kt,
        limits.vertical_rate_ft_s,
        reason,
    )
    remaining = segments.remaining(reason, settings.minimum_rows, SHORT_AFTER_LIMITS)
    values = np.compress(reason[segments.rows] == REMAINS, values, axis=1)
    time_s = rows.time_s[remaining.rows]
    seconds = int(whole_seconds(time_s, remaining.offsets)[0][-1])
    made = {"segments": len(remaining), "seconds": seconds, **rejected}
    unwrapped = settings.course_interpolation == "unwrapped"
    return CleanLeaf(rows, remaining, time_s, values, unwrapped, reason, made)


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
    """Steps 5 and 7. Short segments have left by now, which changes no other segment's smoothing."""
    raw = np.empty((5, segments.rows.size))
    columns = (rows.lat_deg, rows.lon_deg, rows.alt_baro_ft, rows.alt_geo_ft, rows.speed_kt)
    for column, taken in zip(columns, raw, strict=True):
        np.take(column, segments.rows, out=taken, mode="clip")  # other modes take a copy first
    raw[dynamics.LON] = unwrap(raw[dynamics.LON], segments.offsets)
    smoothed = smooth(raw, time_s, segments.offsets, settings.smooth_half_window_s, settings.smooth_sigma_s)
    return dynamics.derive_dynamics(smoothed, time_s, segments.offsets, settings.level_below_ft_s)
