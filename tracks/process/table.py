"""Step 10 and the table of tracks: seconds with what surrounds them, in the published columns."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_schemas.config import ProcessSettings
from data_schemas.table import Column
from data_schemas.tables.tracks import TRACKS
from tracks.enrich import Enrichment
from tracks.process.local_frame import local_east_north_ft
from tracks.process.rounding import round_to_steps
from tracks.process.seconds import TrackSeconds

Floats = npt.NDArray[np.float64]

_ENDS: Final = {"lon_deg": 180.0, "course_deg": 360.0, "aerodrome_bearing_deg": 360.0}
"""Open ends of ranges of 360, which rounding may reach."""
_CENTRED: Final = ("dv_estimate_kt_s", "dv_direct_kt_s")
"""Accelerations lie close about cut points of models that are whole multiples of their resolution: rounded to
the nearest multiple, half a per cent of all seconds would be one bin higher."""


_SCHEMAS: Final = {optional: TRACKS.schema(optional=optional) for optional in (False, True)}


def tracks_schema(enrichment: Enrichment) -> pa.Schema:
    """Return the schema of the tracks: `TRACKS`, with its optional columns where aerodromes are given."""
    return _SCHEMAS[enrichment.aerodromes is not None]


def tracks_table(
    track: TrackSeconds,
    icao24: pa.StringArray,
    settings: ProcessSettings,
    enrichment: Enrichment,
    wanted: Collection[str] | None = None,
) -> pa.Table:
    """Return the rows of `tracks_schema`, sorted by (icao24, segment, time_s), every value as it is written.

    Airspace is looked up at the mode's altitude, the mean of both in mode `both`. Heights above ground are
    the difference rounded, not a difference of rounded altitudes. The local frame's origin is the segment's
    first second. Values are rounded to the resolution of their column (`round_to_steps`); longitude and
    course stay below the open ends of their ranges.

    Parameters
    ----------
    icao24
        Addresses of the leaf's aircraft, in order.
    wanted
        Names of the columns to make, in the schema's order whatever theirs is; all of them if not given. What
        only the others need is not computed.
    """
    schema = tracks_schema(enrichment)
    columns = [c for c in (*TRACKS.columns, *TRACKS.optional) if c.name in schema.names]
    columns = [c for c in columns if wanted is None or c.name in wanted]
    names = {column.name for column in columns}
    lat, lon = track.column("lat_deg"), track.column("lon_deg")
    baro, geo = track.column("alt_baro_ft_msl"), track.column("alt_geo_ft_msl")
    seconds = np.diff(track.offsets)
    elevation_ft = enrichment.elevation_ft(lat, lon)
    altitude_ft = _altitude_of_mode(settings, baro, geo)
    derived: dict[str, npt.NDArray[Any] | pa.Array] = {
        "icao24": pa.DictionaryArray.from_arrays(np.repeat(track.aircraft.astype(np.int32), seconds), icao24),
        "segment": np.repeat(track.number, seconds),
        "time_s": track.second_s,
        "alt_baro_ft_agl": baro - elevation_ft,
        "alt_geo_ft_agl": geo - elevation_ft,
        "el_ft_msl": elevation_ft,
        "onground": pa.Array.from_buffers(pa.bool_(), track.onground.size, [None, _bits(track.onground)]),
        "squawk": _nullable(pa.int16(), track.squawk, track.squawk >= 0),
    }
    if names & {"local_east_ft", "local_north_ft"}:
        local_ft = local_east_north_ft(lat, lon, track.origin_deg, track.offsets)
        derived |= {"local_east_ft": local_ft[0], "local_north_ft": local_ft[1]}
    if "A" in names:
        derived["A"] = enrichment.airspace(lat, lon, altitude_ft, elevation_ft)
    if names & {"G", "geoname_id"}:
        derived["G"], derived["geoname_id"] = enrichment.regions(lat, lon)
    if enrichment.aerodromes is not None and names & {column.name for column in TRACKS.optional}:
        derived |= enrichment.aerodromes.columns(lat, lon, altitude_ft)
    arrays = [_arrow(c, derived[c.name] if c.name in derived else track.column(c.name)) for c in columns]
    return pa.Table.from_arrays(
        arrays, schema=pa.schema([schema.field(c.name) for c in columns], schema.metadata)
    )


def _altitude_of_mode(settings: ProcessSettings, baro: Floats, geo: Floats) -> Floats:
    if settings.altitude_mode == "both":
        return (baro + geo) / 2
    return baro if settings.altitude_mode == "baro" else geo


def _arrow(column: Column, values: npt.NDArray[Any] | pa.Array) -> pa.Array:
    """Return a column as Arrow, rounded to its resolution; NaN, always a missing value, becomes null."""
    if isinstance(values, pa.Array):
        return values
    if column.resolution is None:
        return pa.array(values, column.type)
    rounded, known = np.empty(values.size, column.type.to_pandas_dtype()), np.empty(values.size, np.bool_)
    centred, end = column.name in _CENTRED, _ENDS.get(column.name, math.inf)
    missing = round_to_steps(values, column.resolution, centred, end, rounded, known)
    return _nullable(column.type, rounded, known if missing else None)


def _nullable(kind: pa.DataType, values: npt.NDArray[Any], known: npt.NDArray[np.bool_] | None) -> pa.Array:
    """Return values as Arrow, null where not known; not a byte of them is copied."""
    valid = None if known is None else _bits(known)
    return pa.Array.from_buffers(kind, values.size, [valid, pa.py_buffer(values)])


def _bits(flags: npt.NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))
