"""What two registers say otherwise of one address in the same years."""

from __future__ import annotations

import polars as pl

from data_schemas.tables.registry import CONFLICTS

FIELDS = ("aircraft_type", "seats")
"""What is compared: the columns that decide an aircraft's leaf. `Unknown` and missing contradict nothing."""


def conflicts(rows: pl.DataFrame) -> pl.DataFrame:
    """Compare the rows of every address by pairs of sources whose periods share a year.

    Parameters
    ----------
    rows
        Rows of the registry table with a column `rank`, the precedence of their source, 0 first.

    Returns
    -------
    polars.DataFrame
        Columns of `CONFLICTS` with the ranks of both sources (`rank`, `rank_other`), sorted by address,
        ranks and years; one row for each disagreement, however often a register repeats it.
    """
    shared = rows.filter(pl.col("rank").n_unique().over("icao24") > 1)
    said = shared.select(
        "icao24",
        "rank",
        "source",
        pl.col("valid_from").dt.year().alias("first_year"),
        pl.col("valid_to").dt.year().alias("last_year"),
        pl.when(pl.col("aircraft_type") != "Unknown").then("aircraft_type").alias("aircraft_type"),
        pl.col("seats").cast(pl.String),
    )
    pairs = said.join(said, on="icao24", suffix="_other").filter(pl.col("rank") < pl.col("rank_other"))
    pairs = pairs.with_columns(
        pl.max_horizontal("first_year", "first_year_other").alias("first_year"),
        pl.min_horizontal("last_year", "last_year_other").alias("last_year"),
    ).filter((pl.col("first_year") <= pl.col("last_year")).fill_null(value=True))
    found = [
        pairs.filter(pl.col(field) != pl.col(f"{field}_other")).select(
            "icao24",
            pl.lit(field).alias("field"),
            pl.col(field).alias("kept"),
            pl.col("source").alias("kept_source"),
            pl.col(f"{field}_other").alias("other"),
            pl.col("source_other").alias("other_source"),
            "first_year",
            "last_year",
            "rank",
            "rank_other",
        )
        for field in FIELDS
    ]
    everything = pl.concat(found).unique()
    return everything.sort("icao24", "rank", "rank_other", "first_year", *CONFLICTS.names[1:-2], "last_year")
