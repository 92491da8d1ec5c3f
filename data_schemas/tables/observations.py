"""Observations after stage 1 (organize) and stage 2 (archive): every value parsed, in aviation units."""

from __future__ import annotations

import pyarrow as pa

from data_schemas.table import Column, Table

TEXT = pa.dictionary(pa.int32(), pa.string())
"""Few distinct strings in many rows: stored once a row group."""

LEAF = Column("leaf", TEXT, "1", "path of the leaf: year/aircraft type/seats bin/first_last address")

_COLUMNS = (
    Column("icao24", TEXT, "1", "ICAO 24-bit address, six upper-case hexadecimal digits"),
    Column("time_s", pa.float64(), "s", "POSIX time of the state vector, UTC"),
    Column("lat_deg", pa.float64(), "deg", "WGS-84 latitude as last reported"),
    Column("lon_deg", pa.float64(), "deg", "WGS-84 longitude as last reported, [-180, 180]"),
    Column("alt_baro_ft_msl", pa.float64(), "ft", "barometric altitude, standard pressure", nullable=True),
    Column("alt_geo_ft_msl", pa.float64(), "ft", "geometric altitude as reported", nullable=True),
    Column("speed_kt", pa.float64(), "kt", "ground speed as reported", nullable=True),
    Column(
        "course_deg", pa.float64(), "deg", "track over ground as reported, from true north", nullable=True
    ),
    Column("vertical_rate_ft_s", pa.float64(), "ft/s", "vertical rate as reported", nullable=True),
    Column("callsign", TEXT, "1", "call sign without padding", nullable=True),
    Column("onground", pa.bool_(), "1", "whether the aircraft says it is on the ground"),
    Column("alert", pa.bool_(), "1", "alert flag of the transponder"),
    Column("spi", pa.bool_(), "1", "special position identification flag"),
    Column(
        "squawk",
        pa.int16(),
        "1",
        "mode A code, its four octal digits read as a decimal number",
        nullable=True,
    ),
    Column("lastposupdate_s", pa.float64(), "s", "POSIX time of the last position message", nullable=True),
    Column("lastcontact_s", pa.float64(), "s", "POSIX time of the last message", nullable=True),
)

ORGANIZED = Table(
    "organized",
    "One hour file, every kept row labelled with its leaf",
    (LEAF, *_COLUMNS),
    ("leaf", "icao24", "time_s"),
)

ARCHIVED = Table("archived", "All hours of one leaf", _COLUMNS, ("icao24", "time_s"))
"""Aircraft type and seats of a leaf are in its path, the same for all of its rows."""
