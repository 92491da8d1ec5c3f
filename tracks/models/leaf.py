"""Rows of tracks as models need them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from numba import njit

from data_schemas.config import ModelSettings
from tracks.models.variables import IntArray
from tracks.track_rows import TrackRows

GROUPS = 3
"""Squawk groups: 0 none (or, of a transition, two different groups), 1 code 1200, 2 another code."""
SECONDS_A_DAY = 86_400
Int8Array = npt.NDArray[np.int8]
BoolArray = npt.NDArray[np.bool_]
Key = tuple[int, int, int]
"""Address, segment and time of a row."""


def altitude_of(settings: ModelSettings, altitude_mode: str) -> str:
    """Return which altitude a kind of model takes, baro or geo: in modes baro and both the barometric.

    >>> altitude_of(ModelSettings(), "both"), altitude_of(ModelSettings(), "geo")
    ('baro', 'geo')
    """
    if settings.altitude != "mode":
        return settings.altitude
    return "geo" if altitude_mode == "geo" else "baro"


class Batch:
    """Some rows of a leaf, in order; at least one.

    Attributes
    ----------
    group
        Squawk group of each row.
    follows
        Whether each row is the second after the one before it, in the same segment.
    """

    def __init__(self, rows: TrackRows, last: Key | None) -> None:
        self._rows = rows
        self.group: Int8Array = _squawk_groups(rows.columns["squawk"])
        time_s = rows.columns["time_s"]
        self.follows: BoolArray = _follows(rows.aircraft, rows.columns["segment"], time_s)
        self.follows[0] = self._key(0, 0) == last
        self._runs: IntArray = _runs(rows.aircraft, time_s)
        first = self._runs[:-1]
        self._addresses = rows.addresses[rows.aircraft[first]]
        self._days = time_s[first] // SECONDS_A_DAY

    def last(self) -> Key:
        """Address, segment and time of the row that would follow."""
        return self._key(-1, 1)

    def _key(self, row: int, later_s: int) -> Key:
        segment, time_s = (int(self._rows.columns[name][row]) for name in ("segment", "time_s"))
        return int(self._rows.addresses[self._rows.aircraft[row]]), segment, time_s + later_s

    def columns(self, altitude: str) -> Mapping[str, npt.NDArray[np.generic]]:
        """The variables of a model by name, from the altitude baro or geo; the vertical rate in ft/s."""
        names = {
            "G": "G",
            "A": "A",
            "L": f"alt_{altitude}_ft_agl",
            "v": "speed_estimate_kt",
            "dv": "dv_estimate_kt_s",
            "dh": f"dh_{altitude}_ft_s",
            "dpsi": "dpsi_deg_s",
        }
        return {name: self._rows.columns[column] for name, column in names.items()}

    def seen(self, reason: Int8Array, reasons: int) -> dict[str, IntArray]:
        """Whom and when the observations are of, and why other seconds are none.

        Parameters
        ----------
        reason
            Why each row is no observation, 0 where it is one.
        reasons
            Number of reasons, 0 among them.

        Returns
        -------
        dict
            Rows of (key, squawk group, seconds): `aircraft` by address, `days` by days since 1970 (UTC), both
            of observations, and `left` by reason.
        """
        observed = np.zeros((len(self._addresses), GROUPS), np.int64)
        left = np.zeros((reasons, GROUPS), np.int64)
        _count_seen(self._runs, self.group, reason, observed, left)
        return {
            "aircraft": _by_group(self._addresses, observed),
            "days": _by_group(self._days, observed),
            "left": _by_group(np.arange(1, reasons), left[1:]),
        }


def _by_group(keys: IntArray, counts: IntArray) -> IntArray:
    """Return counts of (key, group) that are not zero as rows of (key, group, count)."""
    row, group = np.nonzero(counts)
    return np.stack([keys[row], group, counts[row, group]], axis=1)


@njit(cache=True)
def _squawk_groups(code: npt.NDArray[np.int16]) -> Int8Array:
    group = np.empty(code.size, np.int8)
    for i in range(code.size):
        other = np.int8(2) if code[i] >= 0 else np.int8(0)
        group[i] = np.int8(1) if code[i] == 1200 else other
    return group


@njit(cache=True)
def _follows(address: npt.NDArray[np.int32], segment: npt.NDArray[np.int32], time_s: IntArray) -> BoolArray:
    """Return whether each row but the first is the second after the one before it, in the same segment."""
    follows = np.zeros(address.size, np.bool_)
    later = follows[1:]
    address1, segment1, time1_s = address[1:], segment[1:], time_s[1:]
    for i in range(later.size):
        same = (address1[i] == address[i]) & (segment1[i] == segment[i])
        later[i] = same & (time1_s[i] == time_s[i] + 1)
    return follows


@njit(cache=True)
def _runs(address: npt.NDArray[np.int32], time_s: IntArray) -> IntArray:
    """Return where runs of rows of one address and one day start, and the number of rows."""
    starts = np.empty(address.size + 1, np.int64)
    starts[0], count, ends_s = 0, 1, _day_after(time_s[0])
    address1, time1_s = address[1:], time_s[1:]
    for i in range(address1.size):
        if (address1[i] != address[i]) | (time1_s[i] >= ends_s) | (time1_s[i] < time_s[i]):
            starts[count] = i + 1
            count += 1
            ends_s = _day_after(time1_s[i])
    starts[count] = address.size
    return starts[: count + 1].copy()


@njit(cache=True)
def _day_after(time_s: int) -> int:
    """Return when the day after that of a time begins."""
    return (time_s // SECONDS_A_DAY + 1) * SECONDS_A_DAY


@njit(cache=True)
def _count_seen(
    runs: IntArray, group: Int8Array, reason: Int8Array, observed: IntArray, left: IntArray
) -> None:
    """Count rows by group: the observations of each run, and of all rows those with each reason."""
    for k in range(runs.size - 1):
        groups, reasons = group[runs[k] : runs[k + 1]], reason[runs[k] : runs[k + 1]]
        for one in range(GROUPS):
            observed[k, one] = _count_both(groups, np.int8(one), reasons, np.int8(0))
    for i in range(group.size):
        if reason[i] != 0:
            left[reason[i], group[i]] += 1


@njit(cache=True)
def _count_both(groups: Int8Array, group: np.int8, reasons: Int8Array, reason: np.int8) -> int:
    count = np.int32(0)
    for i in range(groups.size):
        count += np.int32((groups[i] == group) & (reasons[i] == reason))
    return int(count)


def needed(models: tuple[ModelSettings, ...], altitude_mode: str) -> list[str]:
    """Return the columns of tracks that models are counted from."""
    altitudes = sorted({altitude_of(settings, altitude_mode) for settings in models})
    names = [name for a in altitudes for name in (f"alt_{a}_ft_agl", f"dh_{a}_ft_s")]
    fixed = ["icao24", "segment", "time_s", "squawk", "A", "G"]
    return [*fixed, "speed_estimate_kt", "dv_estimate_kt_s", "dpsi_deg_s", *names]
