"""Step 10 and the table of tracks: seconds with what surrounds them, in the published columns."""

from __future__ import annotations

import math
from functools import partial
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
from tracks.process.seconds import POSITION, TrackSeconds
from tracks.track_rows import Computed, Places, TrackRows

Floats = npt.NDArray[np.float64]

_ENDS: Final = {"lon_deg": 180.0, "course_deg": 360.0, "aerodrome_bearing_deg": 360.0}
"""Open ends of ranges of 360, which rounding may reach."""
_CENTRED: Final = ("dv_estimate_kt_s", "dv_direct_kt_s")
"""Accelerations lie close about cut points of models that are whole multiples of their resolution: rounded to
the nearest multiple, half a per cent of all seconds would be one bin higher."""


_BY_NAME: Final = {column.name: column for column in (*TRACKS.columns, *TRACKS.optional)}
_SCHEMAS: Final = {optional: TRACKS.schema(optional=optional) for optional in (False, True)}


def tracks_schema(enrichment: Enrichment) -> pa.Schema:
    """Return the schema of the tracks: `TRACKS`, with its optional columns where aerodromes are given."""
    return _SCHEMAS[enrichment.aerodromes is not None]


def tracks_table(
    track: TrackSeconds, icao24: pa.StringArray, settings: ProcessSettings, enrichment: Enrichment
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
    """
    schema = tracks_schema(enrichment)
    found: dict[str, npt.NDArray[Any] | pa.Array] = _columns(track, settings, enrichment) | {
        "icao24": pa.DictionaryArray.from_arrays(_aircraft(track), icao24),
        "onground": pa.Array.from_buffers(pa.bool_(), track.onground.size, [None, _bits(track.onground)]),
        "squawk": _nullable(pa.int16(), track.squawk, track.squawk >= 0),
    }
    return pa.Table.from_arrays([_arrow(_BY_NAME[n], found[n]) for n in schema.names], schema=schema)


def tracks_rows(
    track: TrackSeconds,
    addresses: npt.NDArray[np.int64],
    settings: ProcessSettings,
    enrichment: Enrichment,
) -> TrackRows:
    """Return what stages 4 and 5 count of `tracks_table`, as they read it of its file.

    Most seconds are too high to be counted by anything but their altitude, so columns other than that are
    computed at the seconds that are asked for.

    Parameters
    ----------
    addresses
        Of the leaf's aircraft, in order, as numbers.
    """
    lat, lon, baro, geo = (track.column(name) for name in POSITION)
    elevation_ft = enrichment.elevation_ft(lat, lon)

    def airspace(rows: Places) -> npt.NDArray[np.int8]:
        altitude_ft = _altitude_of_mode(settings, baro[rows], geo[rows])
        return enrichment.airspace(lat[rows], lon[rows], altitude_ft, elevation_ft[rows])

    def numbers(name: str, rows: Places) -> npt.NDArray[Any]:
        return _numbers(name, track.column(name)[rows])

    first, last = track.aircraft[[0, -1]]
    return TrackRows(
        _aircraft(track) - np.int32(first),
        addresses[first : last + 1],
        {
            "segment": np.repeat(track.number, np.diff(track.offsets)),
            "time_s": track.second_s,
            "squawk": track.squawk,
            "alt_baro_ft_agl": _numbers("alt_baro_ft_agl", baro - elevation_ft),
            "alt_geo_ft_agl": _numbers("alt_geo_ft_agl", geo - elevation_ft),
            "A": Computed(airspace),
            "G": Computed(lambda rows: enrichment.regions(lat[rows], lon[rows])[0]),
            **{name: Computed(partial(numbers, name)) for name in track.names},
        },
    )


def _aircraft(track: TrackSeconds) -> npt.NDArray[np.int32]:
    return np.repeat(track.aircraft.astype(np.int32), np.diff(track.offsets))


def _columns(
    track: TrackSeconds, settings: ProcessSettings, enrichment: Enrichment
) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of seconds, not yet rounded."""
    found: dict[str, npt.NDArray[Any]] = dict(zip(track.names, track.values, strict=True))
    lat, lon, baro, geo = (found[name] for name in POSITION)
    elevation_ft = enrichment.elevation_ft(lat, lon)
    altitude_ft = _altitude_of_mode(settings, baro, geo)
    found |= {
        "segment": np.repeat(track.number, np.diff(track.offsets)),
        "time_s": track.second_s,
        "el_ft_msl": elevation_ft,
        "alt_baro_ft_agl": baro - elevation_ft,
        "alt_geo_ft_agl": geo - elevation_ft,
        "A": enrichment.airspace(lat, lon, altitude_ft, elevation_ft),
    }
    east_north_ft = local_east_north_ft(lat, lon, track.origin_deg, track.offsets)
    found["local_east_ft"], found["local_north_ft"] = east_north_ft
    found["G"], found["geoname_id"] = enrichment.regions(lat, lon)
    if enrichment.aerodromes is not None:
        found |= enrichment.aerodromes.columns(lat, lon, altitude_ft)
    return found


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
    rounded, known = _rounded(column, values, column.type.to_pandas_dtype())
    return _nullable(column.type, rounded, known)


def _numbers(name: str, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a column as `TrackRows` has it, rounded to its resolution."""
    column = _BY_NAME[name]
    if column.resolution is None:
        return values
    rounded, known = _rounded(column, values, np.float64 if column.type == pa.float64() else np.float32)
    if known is not None:
        rounded[~known] = np.nan
    return rounded


def _rounded(
    column: Column, values: Floats, kind: npt.DTypeLike
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    """Return values rounded to the resolution of their column, and which are known where not all are."""
    assert column.resolution is not None
    rounded, known = np.empty(values.size, kind), np.empty(values.size, np.bool_)
    centred, end = column.name in _CENTRED, _ENDS.get(column.name, math.inf)
    missing = round_to_steps(values, column.resolution, centred, end, rounded, known)
    return rounded, known if missing else None


def _nullable(kind: pa.DataType, values: npt.NDArray[Any], known: npt.NDArray[np.bool_] | None) -> pa.Array:
    """Return values as Arrow, null where not known; not a byte of them is copied."""
    valid = None if known is None else _bits(known)
    return pa.Array.from_buffers(kind, values.size, [valid, pa.py_buffer(values)])


def _bits(flags: npt.NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))
