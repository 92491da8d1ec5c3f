"""The register of aircraft after stage 0: one row an address and validity period."""

from __future__ import annotations

import pyarrow as pa

from data_schemas.table import Column, Table

REGISTRY = Table(
    "registry",
    "Aircraft by address and period of validity",
    (
        Column("icao24", pa.string(), "1", "ICAO 24-bit address, six upper-case hexadecimal digits"),
        Column("aircraft_type", pa.string(), "1", "one of data_schemas.aircraft.AIRCRAFT_TYPES"),
        Column("manufacturer", pa.string(), "1", "manufacturer's name", nullable=True),
        Column("model", pa.string(), "1", "model's name or ICAO type designator", nullable=True),
        Column("seats", pa.int32(), "1", "number of seats", nullable=True),
        Column("weight_class", pa.string(), "1", "weight class as the source has it", nullable=True),
        Column("owner_type", pa.string(), "1", "kind of owner as the source has it", nullable=True),
        Column("country", pa.string(), "1", "country of registration, ISO 3166-1 alpha-2", nullable=True),
        Column("valid_from", pa.date32(), "d", "certified on; missing: always", nullable=True),
        Column("valid_to", pa.date32(), "d", "expires on; missing: never", nullable=True),
        Column("source", pa.string(), "1", "register the row is from: FAA, GENERIC, OPENSKY, ..."),
    ),
    ("icao24",),
)
"""Rows of one address stand in order of precedence: the source listed first, in it the latest `valid_from`
(missing last), in that the file's order. Of the rows valid in a year the first therefore wins."""

CONFLICTS = Table(
    "registry conflicts",
    "What two registers say otherwise of one address in the same years",
    (
        Column("icao24", pa.string(), "1", "ICAO 24-bit address, six upper-case hexadecimal digits"),
        Column("field", pa.string(), "1", "aircraft_type or seats"),
        Column("kept", pa.string(), "1", "what the source says that comes first in precedence"),
        Column("kept_source", pa.string(), "1", "the source that comes first"),
        Column("other", pa.string(), "1", "what the other source says"),
        Column("other_source", pa.string(), "1", "the other source"),
        Column("first_year", pa.int32(), "1", "first year both are valid in; missing: ever", nullable=True),
        Column("last_year", pa.int32(), "1", "last year both are valid in; missing: forever", nullable=True),
    ),
    ("icao24",),
)
