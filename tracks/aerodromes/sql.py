"""Queries as text, for the Trino database of the OpenSky Network."""

from __future__ import annotations

import polars as pl

from data_schemas.tables.raw import RAW_COLUMNS
from tracks.units import ft_to_m

TABLE = "state_vectors_data4"
"""OpenSky's state vectors; their column `hour` is the partition, without which no query is answered."""


def statements(queries: pl.DataFrame, altitude: str) -> pl.Series:
    """Return the SQL of queries, one statement each, without a semicolon.

    Altitudes are metres to a centimetre; a state vector whose altitude is missing is in no box.

    Parameters
    ----------
    queries
        Rows of `QUERIES`.
    altitude
        `baro` or `geo`.
    """
    edges = [pl.col(name) for name in ("south_deg", "north_deg", "west_deg", "east_deg")]
    # Few distinct boxes: their numbers are written once each. Hours are whole numbers.
    box_of = queries.group_by("box", maintain_order=True).first()
    where = [
        f"lat >= {south:.6f} AND lat < {north:.6f} AND lon >= {west:.6f} AND lon < {east:.6f} "
        f"AND {altitude}altitude BETWEEN {ft_to_m(floor):.2f} AND {ft_to_m(ceiling):.2f}"
        for south, north, west, east, floor, ceiling in box_of.select(
            *edges, "floor_ft_msl", "ceiling_ft_msl"
        ).iter_rows()
    ]
    boxes = pl.DataFrame({"box": box_of["box"], "where": where})
    text = f"SELECT {', '.join(RAW_COLUMNS)} FROM {TABLE} WHERE "
    text += "hour = {} AND time >= {} AND time < {} AND {}"
    return queries.join(boxes, "box", how="left", maintain_order="left").select(
        pl.format(text, "start_s", "start_s", "stop_s", "where").alias("sql")
    )["sql"]
