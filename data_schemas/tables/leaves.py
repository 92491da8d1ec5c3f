"""What leaves are cut by, and the leaves of a year."""

from __future__ import annotations

import pyarrow as pa

from data_schemas.table import Column, Table

_ADDRESS = "ICAO 24-bit address, six upper-case hexadecimal digits"

ACTIVITY = Table(
    "activity",
    "Observations seen of each address",
    (
        Column("icao24", pa.string(), "1", _ADDRESS),
        Column("rows", pa.int64(), "1", "observations seen"),
    ),
    ("icao24",),
)

LEAVES = Table(
    "leaves",
    "Leaves of the hierarchy; those of a year, type and seats bin follow each other from 000000 to FFFFFF",
    (
        Column("year", pa.int32(), "a", "UTC year"),
        Column("aircraft_type", pa.string(), "1", "one of data_schemas.aircraft.AIRCRAFT_TYPES"),
        Column("seats_bin", pa.string(), "1", "Seats_<lo>_<hi>, lo <= seats < hi; Seats_NaN_NaN: unknown"),
        Column("first", pa.string(), "1", f"first address of the leaf, {_ADDRESS}"),
        Column("last", pa.string(), "1", f"last address of the leaf, {_ADDRESS}"),
    ),
    ("year", "aircraft_type", "seats_bin", "first"),
)
