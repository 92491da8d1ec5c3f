"""Tables of encounters: what each is, and the tracks of its two aircraft."""

from __future__ import annotations

import pyarrow as pa

from data_schemas.table import Column, Table

_F = pa.float64()

ENCOUNTERS = Table(
    "encounters",
    "Pairs of tracks placed to meet; in a statistic each counts with its weight",
    (
        Column("encounter", pa.int64(), "1", "number of the encounter, from 1"),
        Column(
            "weight",
            _F,
            "kt/ft",
            "relative speed over the thickness of the intruder's altitude layer: proportional to how often "
            "such an encounter happens",
        ),
        Column("cpa_s", pa.int32(), "s", "time of the closest approach"),
        Column("hmd_ft", _F, "ft", "horizontal miss distance: at the closest approach"),
        Column("vmd_ft", _F, "ft", "vertical miss distance then: altitude of the intruder less ownship's"),
        Column("relative_speed_kt", _F, "kt", "horizontal relative speed at the closest approach"),
        Column("relative_dh_ft_min", _F, "ft/min", "vertical rate of the intruder less ownship's then"),
        Column("relative_heading_deg", _F, "deg", "heading of the intruder less ownship's then, [0, 360)"),
        Column(
            "cylinder_nm3_h",
            _F,
            "NM3/h",
            "volume a cylinder about ownship sweeps relative to the intruder: entries an hour for one such "
            "aircraft a NM3; its radius and half height are the largest miss distances asked for",
        ),
        Column("closest_s", _F, "s", "time of the smallest horizontal distance between the seconds too"),
        Column("closest_hmd_ft", _F, "ft", "smallest horizontal distance"),
        Column("closest_vmd_ft", _F, "ft", "altitude of the intruder less ownship's then"),
        Column("G", pa.int8(), "1", "geographic domain of the intruder and a sampled ownship", nullable=True),
        Column("A", pa.int8(), "1", "airspace class of the intruder and a sampled ownship", nullable=True),
        Column("own_L", pa.int8(), "1", "altitude layer ownship started in, from 1", nullable=True),
        Column("intruder_L", pa.int8(), "1", "altitude layer the intruder started in, from 1"),
    ),
    ("encounter",),
)

ENCOUNTER_TRACKS = Table(
    "encounter_tracks",
    "Tracks of encounters, one row a second of an aircraft; the dynamics of a row hold until the next",
    (
        Column("encounter", pa.int64(), "1", "number of the encounter, from 1"),
        Column("aircraft", pa.int8(), "1", "1 ownship, 2 intruder"),
        Column("time_s", pa.int32(), "s", "time since the start of the encounter"),
        Column("north_ft", _F, "ft", "north of ownship's start; a sampled ownship starts to the north"),
        Column("east_ft", _F, "ft", "east of ownship's start"),
        Column("alt_ft_agl", _F, "ft", "altitude above ground"),
        Column("speed_kt", _F, "kt", "speed"),
        Column("heading_deg", _F, "deg", "heading, [0, 360)"),
        Column("dv_kt_s", _F, "kt/s", "acceleration"),
        Column("dh_ft_min", _F, "ft/min", "vertical rate"),
        Column("dpsi_deg_s", _F, "deg/s", "turn rate, right turns positive"),
    ),
    ("encounter", "aircraft", "time_s"),
)
