"""Step 10 and the table of tracks: seconds with what surrounds them, in the published columns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_schemas.config import ProcessSettings
from data_schemas.tables.tracks import TRACKS
from tracks.enrich import Enrichment
from tracks.geodesy import local_east_north_ft
from tracks.process.seconds import TrackSeconds

Floats = npt.NDArray[np.float64]


def tracks_schema(enrichment: Enrichment) -> pa.Schema:
    """Return the schema of the tracks: `TRACKS`, with its optional columns where aerodromes are given."""
    return TRACKS.schema(optional=enrichment.aerodromes is not None)


def tracks_table(
    track: TrackSeconds, icao24: pa.StringArray, settings: ProcessSettings, enrichment: Enrichment
) -> pa.Table:
    """Return the rows of `tracks_schema`, sorted by (icao24, segment, time_s).

    Airspace is looked up at the mode's altitude, the mean of both in mode `both`. Heights above ground are
    rounded to whole feet, halves to the even one. The local frame's origin is the segment's first second.

    Parameters
    ----------
    icao24
        Addresses of the leaf's aircraft, in order.
    """
    lat, lon = track.column("lat_deg"), track.column("lon_deg")
    baro, geo = track.column("alt_baro_ft_msl"), track.column("alt_geo_ft_msl")
    seconds = np.diff(track.offsets)
    origin = np.repeat(track.origin_deg, seconds, axis=1)
    east_ft, north_ft = local_east_north_ft(lat, lon, origin[0], origin[1])
    elevation_ft = enrichment.elevation_ft(lat, lon)
    altitude_ft = _altitude_of_mode(settings, baro, geo)
    airspace = enrichment.airspace(lat, lon, altitude_ft, elevation_ft)
    region, geoname_id = enrichment.regions(lat, lon)
    used, address = np.unique(track.aircraft, return_inverse=True)
    derived = {
        "icao24": pa.DictionaryArray.from_arrays(
            np.repeat(address.astype(np.int32), seconds), icao24.take(pa.array(used))
        ),
        "segment": np.repeat(track.number, seconds),
        "time_s": track.second_s,
        "local_east_ft": east_ft,
        "local_north_ft": north_ft,
        "alt_baro_ft_agl": np.round(baro - elevation_ft),
        "alt_geo_ft_agl": np.round(geo - elevation_ft),
        "el_ft_msl": elevation_ft,
        "onground": track.onground,
        "squawk": pa.array(track.squawk, mask=track.squawk < 0),
        "A": airspace,
        "G": region,
        "geoname_id": geoname_id,
    }
    if enrichment.aerodromes is not None:
        derived |= enrichment.aerodromes.columns(lat, lon, altitude_ft)
    schema = tracks_schema(enrichment)
    arrays = [
        _arrow(derived[field.name] if field.name in derived else track.column(field.name), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _altitude_of_mode(settings: ProcessSettings, baro: Floats, geo: Floats) -> Floats:
    return {"baro": baro, "geo": geo}.get(settings.altitude_mode, (baro + geo) / 2)


def _arrow(column: object, kind: pa.DataType) -> pa.Array:
    """Return a column as Arrow; NaN, which only a missing value is, becomes null."""
    if isinstance(column, pa.Array):
        return column
    return pa.array(column, kind, from_pandas=True)
