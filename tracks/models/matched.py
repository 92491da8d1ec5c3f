"""Seconds of recovered tracks beside the seconds that were flown: what processing did to each variable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from data_schemas.config import ModelSettings
from tracks.models.marginals import VALUES
from tracks.models.variables import FloatArray, bins_of, variables_of

_RECOVERED = {
    "G": pl.col("G"),
    "A": pl.col("A"),
    "L": pl.col("alt_baro_ft_agl"),
    "v": pl.col("speed_estimate_kt"),
    "dv": pl.col("dv_estimate_kt_s"),
    "dh": 60 * pl.col("dh_baro_ft_s"),
    "dpsi": pl.col("dpsi_deg_s"),
}


def matched_seconds(truth: pl.DataFrame, tracks: Path, end_s: float) -> pl.DataFrame:
    """Join recovered seconds with those flown, by address and time.

    Parameters
    ----------
    truth
        As `tracks.simulate.flown.FlownTracks` has it.
    tracks
        Folder of stage 3.
    end_s
        A second is `inner` if it is at least so far from both ends of its segment.

    Returns
    -------
    DataFrame
        inner, and of each variable NAME and NAME_flown.
    """
    segment = ("icao24", "segment")
    begin, end = pl.col("time_s").min().over(segment), pl.col("time_s").max().over(segment)
    recovered = (
        pl.scan_parquet(tracks / "**/*.parquet", hive_partitioning=False)
        .with_columns(pl.col("icao24").cast(pl.String))
        .select(
            "icao24",
            "time_s",
            inner=(pl.col("time_s") - begin >= end_s) & (end - pl.col("time_s") >= end_s),
            **_RECOVERED,
        )
    )
    flown = truth.lazy().select(
        "icao24", "time_s", **{f"{name}_flown": pl.col(column) for name, column in VALUES.items()}
    )
    joined = recovered.join(flown, on=["icao24", "time_s"], how="inner", maintain_order="left")
    return joined.drop("icao24", "time_s").collect()


def compare_seconds(matched: pl.DataFrame, settings: ModelSettings) -> pl.DataFrame:
    """Say of each variable how matched seconds differ, those near the ends of segments apart from the others.

    Returns
    -------
    DataFrame
        One row a variable and part: `variable`, `inner`, `seconds`; `same_bin`, share of seconds in the flown
        bin; of v, dv, dh and dpsi also `rms`, root mean square of recovered - flown, in the variable's
        unit, and `gain`, the slope of the line through the origin of recovered on flown (0.5: half of what
        was flown is there), missing where nothing but 0 was flown.
    """
    rows = []
    for (inner,), part in matched.partition_by("inner", as_dict=True, include_key=False).items():
        for variable in variables_of(settings):
            found, flown = (
                part[name].cast(pl.Float64).to_numpy() for name in (variable.name, f"{variable.name}_flown")
            )
            there = np.isfinite(found)
            found, flown = found[there], flown[there]
            same = found == flown
            if variable.cuts is not None:
                same = bins_of(found, variable.cuts) == bins_of(flown, variable.cuts)
            row = {
                "variable": variable.name,
                "inner": inner,
                "seconds": found.size,
                "same_bin": float(same.mean()) if found.size else None,
            }
            if variable.name not in {"G", "A", "L"}:
                row |= _linear(found, flown)
            rows.append(row)
    schema = {
        "variable": pl.String,
        "inner": pl.Boolean,
        "seconds": pl.Int64,
        "same_bin": pl.Float64,
        "rms": pl.Float64,
        "gain": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema).sort("inner", descending=True, maintain_order=True)


def _linear(found: FloatArray, flown: FloatArray) -> dict[str, float | None]:
    power = float(flown @ flown)
    return {
        "rms": float(np.sqrt(np.mean((found - flown) ** 2))) if found.size else None,
        "gain": float(found @ flown) / power if power else None,
    }
