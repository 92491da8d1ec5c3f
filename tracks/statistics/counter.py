"""Counting the seconds of a leaf: tables of tracks in, a part out."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from data_schemas.aircraft import seats_bin
from data_schemas.config import StatisticsSettings
from data_schemas.tables.statistics import GROUP, LAYER, STATISTICS_PART
from data_schemas.task import Counts
from tracks.leaves import LeafIndex
from tracks.statistics.kernels import aircraft_runs, count_layers
from tracks.statistics.sums import added, write_table
from tracks.track_files import coded_addresses

ALTITUDES = {"baro": "alt_baro_ft_agl", "geo": "alt_geo_ft_agl"}
"""The altitudes counted, and the columns they are in."""
NEEDED = ("icao24", "segment", "A", *ALTITUDES.values())
"""The columns of tracks that are counted."""
REASONS = ("missing_agl", "below_floor", "above_ceiling")
"""Why a second is in no layer."""
_BATCH_ROWS = 1 << 16
_ROWS_IN_HAND = 1 << 19  # counts wait to be added up until there are so many, at least


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
        self._leaves = leaves
        self._bounds_ft = settings.floor_ft_agl, settings.ceiling_ft_agl, settings.layer_ft
        self._left = {altitude: np.zeros(len(REASONS), np.int64) for altitude in ALTITUDES}
        self._rows = 0
        self._last: tuple[object, object] | None = None  # address and segment of the row before
        self._counted: list[pl.DataFrame] = []
        self._most = _ROWS_IN_HAND

    def add(self, tracks: pa.Table) -> None:
        """Count rows of TRACKS, in the leaf's order; only the columns of `NEEDED` are looked at."""
        for rows in tracks.select(NEEDED).to_batches(max_chunksize=_BATCH_ROWS):
            if rows.num_rows:
                self._add(rows)
        if sum(frame.height for frame in self._counted) > self._most:
            self._counted = [_summed(self._counted)]
            # Twice what is left: a leaf of very many aircraft would else be added up at every table.
            self._most = max(_ROWS_IN_HAND, 2 * self._counted[0].height)

    def _add(self, rows: pa.RecordBatch) -> None:
        address, segment = coded_addresses(rows["icao24"]), rows["segment"]
        ends = [(address[row].as_py(), segment[row].as_py()) for row in (0, -1)]
        runs, segments = aircraft_runs(address.indices.to_numpy(), segment.to_numpy(), ends[0] == self._last)
        self._last = ends[1]
        self._rows += rows.num_rows
        flown = address.dictionary.take(address.indices.take(pa.array(runs[:-1]))).cast(pa.string())
        aircraft = pl.Series("icao24", flown)
        flights = pl.DataFrame({"icao24": aircraft, "seconds": np.diff(runs), "segments": segments})
        self._counted.append(flights)
        airspace = rows["A"].to_numpy().view(np.uint8)
        for altitude, column in ALTITUDES.items():
            agl_ft = rows[column].to_numpy(zero_copy_only=False)
            found = count_layers(runs, airspace, agl_ft, self._bounds_ft, self._left[altitude])
            layer_ft = found[:, 2] * self._bounds_ft[2] + self._bounds_ft[0]
            layers = {"A": found[:, 1].astype(np.int8), "layer_ft_agl": layer_ft, "seconds": found[:, 3]}
            self._counted.append(
                pl.DataFrame({"icao24": aircraft.gather(found[:, 0]), "altitude": altitude, **layers})
            )

    def write(self, path: str | Path) -> Counts:
        """Write what was counted as a STATISTICS_PART table, complete or not at all.

        Returns
        -------
        Counts
            Of the barometric altitude: seconds in, seconds in a layer, and the others by reason. `made` has
            the same of the geometric altitude (`geo_*`), and the leaf's aircraft and segments.
        """
        counted = _summed([_NOTHING, *self._counted])
        flight = pl.col("altitude").is_null()  # a row of a layer has no number of aircraft and segments
        fleet = {name: pl.when(flight).then(number) for name, number in _FLEET.items()}
        aircraft = _described(counted.filter(flight)["icao24"], self._year, self._aircraft_type, self._leaves)
        part = counted.with_columns(**fleet).join(aircraft, "icao24", validate="m:1")
        write_table(added([part], (*GROUP, *LAYER)), Path(path), STATISTICS_PART)
        left, geo = (dict(zip(REASONS, self._left[altitude].tolist(), strict=True)) for altitude in ALTITUDES)
        return Counts(
            rows_in=self._rows,
            rows_out=self._rows - sum(left.values()),
            left=left,
            made={
                "aircraft": aircraft.height,
                "segments": int(counted["segments"].sum()),
                "geo_counted": self._rows - sum(geo.values()),
                **{f"geo_{reason}": number for reason, number in geo.items()},
            },
        )


_NOTHING = pl.DataFrame(
    schema={"icao24": pl.String, "altitude": pl.String, "A": pl.Int8, "layer_ft_agl": pl.Float64}
    | dict.fromkeys(("seconds", "segments"), pl.Int64)
)
"""The form of counts in hand: flights of an aircraft, and its seconds in a layer of an altitude."""
_FLEET = {"aircraft": pl.lit(1), "segments": pl.col("segments")}


def _summed(counted: list[pl.DataFrame]) -> pl.DataFrame:
    """Add up the counts of equal keys."""
    return pl.concat(counted, how="diagonal").group_by("icao24", *LAYER).agg(pl.sum("seconds", "segments"))


def _described(icao24: pl.Series, year: int, aircraft_type: str, leaves: LeafIndex) -> pl.DataFrame:
    """Return the aircraft group of each address."""
    registered = _registered(leaves, year)
    # Seats as a bin: few distinct numbers, each named once.
    bins = {seats: seats_bin(seats) for seats in registered["seats"].unique().to_list()}
    return (
        pl.DataFrame({"icao24": icao24})
        .join(registered, "icao24", how="left", validate="1:1")
        .with_columns(
            pl.lit(year, pl.Int32).alias("year"),
            pl.lit(aircraft_type).alias("aircraft_type"),
            pl.col("seats")
            .replace_strict({None: seats_bin(None)} | bins, return_dtype=pl.String)
            .alias("seats_bin"),
        )
        .select("icao24", *GROUP)
    )


@functools.lru_cache(maxsize=2)
def _registered(leaves: LeafIndex, year: int) -> pl.DataFrame:
    """Return a year's register, kept because a worker's tasks are mostly of one year."""
    return leaves.aircraft(year).select(pl.col("icao24").cast(pl.String), "manufacturer", "model", "seats")
