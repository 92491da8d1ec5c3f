"""The queries for the traffic about aerodromes, in the order they are run."""

from __future__ import annotations

import pyarrow as pa

from data_schemas.table import Column, Table
from data_schemas.tables.observations import TEXT

_F = pa.float64()

QUERIES = Table(
    "queries",
    "One query an hour and box, in the order they are run",
    (
        Column("group", pa.int32(), "1", "group, from 1"),
        Column("query", pa.int32(), "1", "number of the query, from 1 through all groups"),
        Column("box", pa.int32(), "1", "number of the box, from 1, west to east"),
        Column("west_deg", _F, "deg", "western edge, in the box"),
        Column("south_deg", _F, "deg", "southern edge, in the box"),
        Column("east_deg", _F, "deg", "eastern edge, not in the box"),
        Column("north_deg", _F, "deg", "northern edge, not in the box"),
        Column("floor_ft_msl", _F, "ft", "lowest altitude"),
        Column("ceiling_ft_msl", _F, "ft", "highest altitude"),
        Column("start_s", pa.int64(), "s", "POSIX time of the hour's first second, UTC"),
        Column("stop_s", pa.int64(), "s", "POSIX time of the hour's end, UTC, no more in it"),
        Column("aerodromes", TEXT, "1", "aerodromes whose circles reach into the box, with blanks between"),
    ),
    ("group", "query"),
)
