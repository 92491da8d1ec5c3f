"""1 Hz tracks after stage 3 (process), columns in the published order."""

from __future__ import annotations

import pyarrow as pa

from data_schemas.table import Column, Table
from data_schemas.tables.observations import TEXT

_F = pa.float32()

# Far below what is reported: positions in steps of 5e-5 deg (5 m), altitudes of 25 ft, speeds of 1 kt and
# vertical rates of 64 ft/min (RTCA DO-260B), turn rates of 1/32 deg/s and courses of 0.18 deg (ICAO Doc
# 9871, registers 5,0 and 6,0). Powers of two: a float holds every multiple, and its last bits are zero.
_POSITION_DEG = 2.0**-23  # 13 mm
_LENGTH_FT = 2.0**-2
_HEIGHT_FT = 1.0
_CLIMB_FT_S = 2.0**-5
_COURSE_DEG = 2.0**-6
_TURN_DEG_S = 2.0**-7
_SPEED_KT = 2.0**-5
_ACCELERATION_KT_S = 2.0**-7
_DISTANCE_NM = 2.0**-8

TRACKS = Table(
    "tracks",
    "Clean tracks, one row a whole second of a segment",
    (
        Column("icao24", TEXT, "1", "ICAO 24-bit address, six upper-case hexadecimal digits"),
        Column("segment", pa.int32(), "1", "segment number of the aircraft in its year, from 1"),
        Column("time_s", pa.int64(), "s", "POSIX time, whole seconds, UTC"),
        Column("lat_deg", pa.float64(), "deg", "WGS-84 latitude", resolution=_POSITION_DEG),
        Column("lon_deg", pa.float64(), "deg", "WGS-84 longitude, [-180, 180)", resolution=_POSITION_DEG),
        Column(
            "local_east_ft",
            _F,
            "ft",
            "east of the segment's first point, WGS-84 ENU at altitude 0",
            resolution=_LENGTH_FT,
        ),
        Column(
            "local_north_ft",
            _F,
            "ft",
            "north of the segment's first point, WGS-84 ENU at altitude 0",
            resolution=_LENGTH_FT,
        ),
        Column("alt_baro_ft_msl", _F, "ft", "barometric altitude", nullable=True, resolution=_LENGTH_FT),
        Column(
            "alt_geo_ft_msl",
            _F,
            "ft",
            "geometric altitude: above the ellipsoid, unless a geoid is set",
            nullable=True,
            resolution=_LENGTH_FT,
        ),
        Column(
            "alt_baro_ft_agl",
            pa.int32(),
            "ft",
            "round(barometric altitude - terrain)",
            nullable=True,
            resolution=_HEIGHT_FT,
        ),
        Column(
            "alt_geo_ft_agl",
            pa.int32(),
            "ft",
            "round(geometric altitude - terrain)",
            nullable=True,
            resolution=_HEIGHT_FT,
        ),
        Column(
            "el_ft_msl",
            pa.int32(),
            "ft",
            "terrain elevation, 0 over the sea",
            nullable=True,
            resolution=_HEIGHT_FT,
        ),
        Column(
            "dh_baro_ft_s",
            _F,
            "ft/s",
            "vertical rate from the barometric altitude",
            nullable=True,
            resolution=_CLIMB_FT_S,
        ),
        Column(
            "dh_geo_ft_s",
            _F,
            "ft/s",
            "vertical rate from the geometric altitude",
            nullable=True,
            resolution=_CLIMB_FT_S,
        ),
        Column("course_deg", _F, "deg", "rhumb-line course over ground, [0, 360)", resolution=_COURSE_DEG),
        Column("dpsi_deg_s", _F, "deg/s", "turn rate, right turns positive", resolution=_TURN_DEG_S),
        Column(
            "speed_estimate_kt", _F, "kt", "ground speed from consecutive positions", resolution=_SPEED_KT
        ),
        Column(
            "speed_direct_kt",
            _F,
            "kt",
            "ground speed as reported",
            nullable=True,
            resolution=_SPEED_KT,
        ),
        Column(
            "dv_estimate_kt_s",
            _F,
            "kt/s",
            "acceleration from speed_estimate_kt",
            resolution=_ACCELERATION_KT_S,
        ),
        Column(
            "dv_direct_kt_s",
            _F,
            "kt/s",
            "acceleration from speed_direct_kt",
            nullable=True,
            resolution=_ACCELERATION_KT_S,
        ),
        Column("onground", pa.bool_(), "1", "of the last row at or before the second"),
        Column(
            "squawk", pa.int16(), "1", "mode A code of the last row at or before the second", nullable=True
        ),
        Column("A", pa.int8(), "1", "airspace class: 1 B, 2 C, 3 D, 4 other"),
        Column(
            "G",
            pa.int8(),
            "1",
            "1 mainland USA and Alaska, 2 islands, 3 offshore of 1, 4 offshore of 2, 5 Canada, 0 none",
        ),
        Column("geoname_id", pa.int32(), "1", "GeoNames id of the first-order division, 0 where none"),
    ),
    ("icao24", "segment", "time_s"),
    optional=(
        Column("nearest_aerodrome", TEXT, "1", "nearest aerodrome of the aerodrome file"),
        Column(
            "aerodrome_distance_nm",
            _F,
            "NM",
            "great-circle distance from it, a minute of arc is 1 NM",
            resolution=_DISTANCE_NM,
        ),
        Column(
            "aerodrome_bearing_deg",
            _F,
            "deg",
            "great-circle bearing from it to the aircraft, [0, 360)",
            resolution=_COURSE_DEG,
        ),
        Column(
            "height_above_aerodrome_ft",
            _F,
            "ft",
            "altitude of the mode above the aerodrome's elevation",
            nullable=True,
            resolution=_LENGTH_FT,
        ),
    ),
)
