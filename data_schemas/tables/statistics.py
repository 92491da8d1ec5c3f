"""What stage 4 (statistics) counts, by aircraft group: year, type, manufacturer, model and seats bin."""

from __future__ import annotations

import pyarrow as pa

from data_schemas.table import Column, Table

_TEXT = pa.string()
_COUNT = pa.int64()

_GROUP = (
    Column("year", pa.int32(), "a", "UTC year"),
    Column("aircraft_type", _TEXT, "1", "one of data_schemas.aircraft.AIRCRAFT_TYPES"),
    Column("manufacturer", _TEXT, "1", "manufacturer; missing: not in a register", nullable=True),
    Column("model", _TEXT, "1", "model or ICAO type designator; missing: not in a register", nullable=True),
    Column("seats_bin", _TEXT, "1", "Seats_<lo>_<hi>, lo <= seats < hi; Seats_NaN_NaN: unknown"),
)
_LAYER = (
    Column("altitude", _TEXT, "1", "which altitude: baro or geo"),
    Column("A", pa.int8(), "1", "airspace class: 1 B, 2 C, 3 D, 4 other"),
    Column("layer_ft_agl", pa.float64(), "ft", "lower edge of the layer above ground, which it includes"),
)
_SECONDS = Column("seconds", _COUNT, "s", "seconds of track, one a row of the tracks")
_FLEET = (
    Column("aircraft", _COUNT, "1", "distinct addresses"),
    Column("segments", _COUNT, "1", "segments of track"),
)

GROUP: tuple[str, ...] = tuple(column.name for column in _GROUP)
"""Names of the columns that make an aircraft group."""
LAYER: tuple[str, ...] = tuple(column.name for column in _LAYER)
"""Names of the columns that make a layer of airspace."""

SECONDS = Table(
    "seconds",
    "Seconds by aircraft group, airspace class and layer above ground, for each altitude by itself",
    (*_GROUP, *_LAYER, _SECONDS),
    (*GROUP, *LAYER),
)

FLIGHT_HOURS = Table(
    "flight_hours",
    "All seconds of the tracks by aircraft group, at any altitude",
    (*_GROUP, _SECONDS, Column("hours", pa.float64(), "h", "seconds / 3600"), *_FLEET),
    GROUP,
)


def _optional(column: Column) -> Column:
    return Column(column.name, column.type, column.unit, column.meaning, nullable=True)


STATISTICS_PART = Table(
    "statistics_part",
    "What one leaf adds to both tables: rows with an altitude to seconds, those without to flight_hours",
    (*_GROUP, *map(_optional, _LAYER), _SECONDS, *map(_optional, _FLEET)),
    (*GROUP, *LAYER),
)
