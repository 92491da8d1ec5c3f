"""Tables of stage 5: counts of one leaf, and tracks sampled from a model."""

from __future__ import annotations

import pyarrow as pa

from data_schemas.table import Column, Table

_F = pa.float64()

MODEL_COUNTS = Table(
    "model_counts",
    "Counts behind encounter models, sparse and additive: the sum over leaves is that of all of them",
    (
        Column("model", pa.string(), "1", "name of the kind of model"),
        Column("squawk", pa.string(), "1", "squawk scope: all, 1200only, 1200exclude"),
        Column(
            "table",
            pa.string(),
            "1",
            "initial: joint histogram of observations, first variable fastest; transition: tables of the "
            "variables at t+1 one after another, column-major; changes, repeats: transitions within a bin "
            "that changed or kept the fine bin; aircraft, days: observations of each address and day; left: "
            "seconds that are no observations by reason",
        ),
        Column(
            "cell",
            pa.int64(),
            "1",
            "flat index in the table; index of the variable; address; days since 1970, UTC; or number of the "
            "reason: 1 altitude missing, 2 below and 3 above the scope, 4 variable missing, 5 no region, "
            "6 no airspace",
        ),
        Column("count", pa.int64(), "1", "how often it was seen, at least 1"),
    ),
    ("model", "squawk", "table", "cell"),
)

SAMPLED = Table(
    "sampled",
    "Tracks sampled from an encounter model, one row a second; the dynamics of a row hold until the next",
    (
        Column("track", pa.int32(), "1", "number of the track, from 0"),
        Column("time_s", pa.int32(), "s", "time since the start of the track"),
        Column("north_ft", _F, "ft", "along the initial heading, from the start"),
        Column("east_ft", _F, "ft", "right of the initial heading, from the start"),
        Column("alt_ft_agl", _F, "ft", "altitude above ground"),
        Column("heading_deg", _F, "deg", "heading, [0, 360), 0 at the start"),
        Column("speed_kt", _F, "kt", "speed"),
        Column("G", pa.int16(), "1", "geographic domain", nullable=True),
        Column("A", pa.int16(), "1", "airspace class", nullable=True),
        Column("L", pa.int16(), "1", "altitude layer the track started in, from 1; the model holds it"),
        Column("dv_kt_s", _F, "kt/s", "acceleration"),
        Column("dh_ft_min", _F, "ft/min", "vertical rate"),
        Column("dpsi_deg_s", _F, "deg/s", "turn rate, right turns positive"),
        Column(
            "inside",
            pa.bool_(),
            "1",
            "whether the altitude is within the outer cut points of L and the speed between those of v; the "
            "published sampler rejects a track with any second outside",
        ),
    ),
    ("track", "time_s"),
)
