"""The observations of a leaf as arrays, a column each, and where each aircraft's rows start."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_schemas.errors import InputError

Floats = npt.NDArray[np.float64]

COLUMNS: Final = (
    "icao24",
    "time_s",
    "lat_deg",
    "lon_deg",
    "alt_baro_ft_msl",
    "alt_geo_ft_msl",
    "speed_kt",
    "onground",
    "squawk",
    "lastcontact_s",
)
"""Columns of an archived leaf that stage 3 reads."""


@dataclass(frozen=True)
class LeafObservations:
    """Rows of some aircraft, one aircraft after the other, each in order of time.

    Attributes
    ----------
    icao24
        Addresses, one an aircraft.
    offsets
        Where each aircraft's rows start, and the end of the last.
    time_s, lat_deg, lon_deg
        POSIX time, WGS-84 position; never missing.
    alt_baro_ft, alt_geo_ft, speed_kt, lastcontact_s
        Altitudes (ft MSL; the geometric one above the ellipsoid, unless a geoid has been subtracted),
        reported ground speed, time of the last message; NaN where missing.
    onground
        Whether the aircraft says it is on the ground.
    squawk
        Mode A code, -1 where missing.
    """

    icao24: pa.StringArray
    offsets: npt.NDArray[np.int64]
    time_s: Floats
    lat_deg: Floats
    lon_deg: Floats
    alt_baro_ft: Floats
    alt_geo_ft: Floats
    speed_kt: Floats
    onground: npt.NDArray[np.bool_]
    squawk: npt.NDArray[np.int16]
    lastcontact_s: Floats

    @classmethod
    def of(cls, table: pa.Table, where: object = "observations") -> LeafObservations:
        """Take the columns of `COLUMNS` out of a table sorted by (icao24, time_s).

        Raises
        ------
        InputError
            The rows are in another order; `where` names them.
        """
        address = _whole(table.select(["icao24"]).unify_dictionaries()["icao24"])
        if not pa.types.is_dictionary(address.type):
            address = pc.dictionary_encode(address)
        code = address.indices.to_numpy(zero_copy_only=False)
        starts = np.flatnonzero(code[1:] != code[:-1]) + 1 if code.size else np.empty(0, np.int64)
        offsets = np.concatenate(([0], starts, [code.size])).astype(np.int64)[0 if code.size else 1 :]
        icao24 = address.dictionary.cast(pa.string()).take(pa.array(code[offsets[:-1]]))
        time_s = _floats(table["time_s"])
        backwards = np.flatnonzero(time_s[1:] < time_s[:-1]) + 1
        names = icao24.to_pylist()
        if np.setdiff1d(backwards, starts).size or any(a >= b for a, b in itertools.pairwise(names)):
            raise InputError(where, "rows are not sorted by icao24 and time_s", "make it anew with archive")
        return cls(
            icao24,
            offsets,
            time_s,
            _floats(table["lat_deg"]),
            _floats(table["lon_deg"]),
            _floats(table["alt_baro_ft_msl"]),
            _floats(table["alt_geo_ft_msl"]),
            _floats(table["speed_kt"]),
            _whole(table["onground"]).to_numpy(zero_copy_only=False),
            _whole(pc.fill_null(table["squawk"], -1)).to_numpy().astype(np.int16, copy=False),
            _floats(table["lastcontact_s"]),
        )

    def with_alt_geo(self, alt_geo_ft: Floats) -> LeafObservations:
        """Return the rows with other geometric altitudes, as unwritable as the columns that Arrow gives.

        To numba an array that can be written is of another type, and both altitudes must be of one.
        """
        alt_geo_ft.flags.writeable = False
        return replace(self, alt_geo_ft=alt_geo_ft)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """One array of a column of any number of chunks."""
    if column.num_chunks == 1:
        return column.chunk(0)
    chunks = column.combine_chunks()
    return chunks.chunk(0) if isinstance(chunks, pa.ChunkedArray) else chunks


def _floats(column: pa.ChunkedArray) -> Floats:
    values = _whole(pc.fill_null(column, np.nan)).to_numpy()
    return np.ascontiguousarray(values, np.float64)
