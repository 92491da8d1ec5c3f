"""Counting the seconds of a leaf: rows of tracks in, a part out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from data_schemas.config import StatisticsSettings
from data_schemas.errors import InputError
from data_schemas.tables.statistics import GROUP, LAYER, STATISTICS_PART
from data_schemas.task import Counts
from tracks.leaves import LeafIndex
from tracks.statistics.groups import groups_of
from tracks.statistics.kernels import aircraft_runs, count_layers
from tracks.statistics.sums import added, write_table
from tracks.track_rows import TrackRows

Ints = npt.NDArray[np.int64]

ALTITUDES = {"baro": "alt_baro_ft_agl", "geo": "alt_geo_ft_agl"}
"""The altitudes counted, and the columns they are in."""
NEEDED = ("icao24", "segment", "A", *ALTITUDES.values())
"""The columns of tracks that are counted."""
REASONS = ("missing_agl", "below_floor", "above_ceiling")
"""Why a second is in no layer."""
_FLOWN = ("seconds", "aircraft", "segments")
_CLASSES = 5  # of airspace, from 0
_CELLS = 1 << 22
"""Most counts of layers in hand: 32 MiB. By default two thousand aircraft groups have as many."""


class StatisticsCounter:
    """Counts the seconds of one leaf by aircraft, airspace class and layer, and its flight hours.

    A second is in a layer if its altitude above ground lies in [floor, ceiling); layers start at the floor
    and the last may be cut short by the ceiling. Manufacturer, model and seats are those of the register
    in the leaf's year, the aircraft type is the one the tracks were processed with.

    Parameters
    ----------
    year, aircraft_type
        Of the leaf.
    settings
        Where the layers are.
    leaves
        The register.
    """

    def __init__(
        self, year: int, aircraft_type: str, settings: StatisticsSettings, leaves: LeafIndex
    ) -> None:
        self._year, self._aircraft_type = year, aircraft_type
        self._groups = groups_of(leaves, year)
        self._bounds_ft = settings.floor_ft_agl, settings.ceiling_ft_agl, settings.layer_ft
        self._left = {altitude: np.zeros(len(REASONS), np.int64) for altitude in ALTITUDES}
        self._last: tuple[int, int] | None = None  # address and segment of the row before
        layers = int((settings.ceiling_ft_agl - settings.floor_ft_agl) / settings.layer_ft) + 1
        slots = max(_CELLS // (len(ALTITUDES) * _CLASSES * layers), 1)
        # Groups have slots in the order in which they are seen; when all are taken, counts are put away.
        self._slot = np.full(self._groups.about.height, -1)
        self._group = np.empty(slots, np.int64)
        self._used = 0
        self._flown = np.zeros((slots, len(_FLOWN)), np.int64)
        self._layers = np.zeros((len(ALTITUDES), slots, _CLASSES, layers), np.int64)
        self._away = pl.DataFrame(STATISTICS_PART.schema().empty_table())

    def add(self, rows: TrackRows) -> None:
        """Count rows, at least one, in the leaf's order; only the columns of `NEEDED` are looked at.

        Raises
        ------
        InputError
            An airspace class is none.
        """
        segment = rows.columns["segment"]
        lowest_ft, highest_ft = self._bounds_ft[0] - 1, self._bounds_ft[1] + 1  # as float32 compares them
        layered = np.zeros(len(rows), np.bool_)
        for column in ALTITUDES.values():
            layered |= (rows.columns[column] > lowest_ft) & (rows.columns[column] < highest_ft)
        places = np.flatnonzero(layered)
        airspace = np.zeros(len(rows), np.uint8)
        airspace[places] = rows.columns["A"][places].view(np.uint8)
        if airspace.max() >= _CLASSES:
            problem = f"A is {airspace.view(np.int8)[airspace.argmax()]}, expected 1 to 4"
            raise InputError(f"tracks of {self._year}, {self._aircraft_type}", problem, "process them anew")
        first, last = ((int(rows.addresses[rows.aircraft[row]]), int(segment[row])) for row in (0, -1))
        runs, segments = aircraft_runs(rows.aircraft, segment, first == self._last)
        aircraft = np.ones(segments.size, np.int64)
        aircraft[0] = self._last is None or first[0] != self._last[0]
        self._last = last
        flown = np.stack([np.diff(runs), aircraft, segments], axis=1)
        group = self._groups.of(rows.addresses)[rows.aircraft[runs[:-1]]]
        for begin in range(0, group.size, self._group.size):
            some = slice(begin, begin + self._group.size)
            slots = self._slots(group[some])
            np.add.at(self._flown, slots, flown[some])
            for layers, (altitude, column) in zip(self._layers, ALTITUDES.items(), strict=True):
                agl_ft, left = rows.columns[column], self._left[altitude]
                count_layers(runs[begin:], slots, airspace, agl_ft, self._bounds_ft, layers, left)

    def _slots(self, group: Ints) -> Ints:
        """Return the slots of groups, not more than there are slots."""
        new = np.unique(group[self._slot[group] < 0])
        if self._used + new.size > self._group.size:
            self._put_away()
            new = np.unique(group)
        end = self._used + new.size
        self._group[self._used : end] = new
        self._slot[new] = np.arange(self._used, end)
        self._used = end
        return self._slot[group]

    def _put_away(self) -> None:
        """Add the counts in hand to those put away, and give up all slots."""
        group = self._group[: self._used]
        flown, layers = self._flown[: self._used], self._layers[:, : self._used]
        altitude, slot, airspace, layer = np.nonzero(layers)
        seconds = {
            "group": group[slot],
            "altitude": np.array(list(ALTITUDES))[altitude],
            "A": airspace.astype(np.int8),
            "layer_ft_agl": layer * self._bounds_ft[2] + self._bounds_ft[0],
            "seconds": layers[altitude, slot, airspace, layer],
        }
        flights = pl.DataFrame({"group": group} | dict(zip(_FLOWN, flown.T, strict=True)))
        counted = pl.concat([flights, pl.DataFrame(seconds)], how="diagonal")
        about = self._groups.about.with_columns(
            year=pl.lit(self._year, pl.Int32), aircraft_type=pl.lit(self._aircraft_type)
        )
        part = pl.concat([about[counted["group"]], counted.drop("group")], how="horizontal")
        self._away = added([self._away, part.select(STATISTICS_PART.names)], (*GROUP, *LAYER))
        flown[:], layers[:] = 0, 0
        self._slot[group] = -1
        self._used = 0

    def write(self, path: str | Path) -> Counts:
        """Write what was counted as a STATISTICS_PART table, complete or not at all.

        Returns
        -------
        Counts
            Of the barometric altitude: seconds in, seconds in a layer, and the others by reason. `made` has
            the same of the geometric altitude (`geo_*`), and the leaf's aircraft and segments.
        """
        self._put_away()
        write_table(self._away, Path(path), STATISTICS_PART)
        rows, aircraft, segments = (
            int(n) for n in self._away.filter(pl.col("altitude").is_null()).select(_FLOWN).sum().row(0)
        )
        left, geo = (dict(zip(REASONS, self._left[altitude].tolist(), strict=True)) for altitude in ALTITUDES)
        return Counts(
            rows_in=rows,
            rows_out=rows - sum(left.values()),
            left=left,
            made={
                "aircraft": aircraft,
                "segments": segments,
                "geo_counted": rows - sum(geo.values()),
                **{f"geo_{reason}": number for reason, number in geo.items()},
            },
        )
