"""How much the geoid matters: geometric altitudes above the ellipsoid and above mean sea level."""

from __future__ import annotations

import numpy as np
import polars as pl

from tracks.enrich.geoid import SETTING, Geoid
from workflow.report import page
from workflow.report.results import DRAWN_LEAVES, Results

EGM96 = "package:egm96_15min.tif"
"""What the geoid's height is taken from where the settings name no geoid."""

_COLUMNS = ["icao24", "lat_deg", "lon_deg", "alt_baro_ft_msl", "alt_geo_ft_msl"]


def geoid_part(everything: list[Results]) -> str:
    """Return a table of the geoid's height, and of geometric less barometric altitude with and without it."""
    head = (
        "data set",
        "geometric altitudes in the tracks are above",
        "seconds looked at",
        "geoid above the ellipsoid, ft",
        "seconds with both altitudes",
        "geometric (ellipsoid) − barometric, ft",
        "geometric (mean sea level) − barometric, ft",
    )
    words = (
        "Receivers tell the geometric altitude above the WGS-84 ellipsoid; terrain, airspace and the limits "
        "of altitude are above mean sea level, the geoid. With the setting "
        f"{SETTING} the geoid's height is subtracted. Without it, as published, geometric altitudes and the "
        "heights above ground made from them are too high by it (too low where it is negative); its height "
        f"is then EGM96's here ({EGM96}). Medians, and the 5th and 95th percentile in parentheses, of the "
        f"largest {DRAWN_LEAVES} leaves. What is left of geometric − barometric above mean sea level is the "
        "weather: barometric altitudes are not corrected for pressure and temperature."
    )
    return page.paragraph(words) + page.table(head, [_row(results) for results in everything])


def _row(results: Results) -> tuple[object, ...]:
    grids = results.dataset.enrich.geoid_grids
    tracks = results.tracks(_COLUMNS)
    lat, lon = (tracks[name].cast(pl.Float64).to_numpy() for name in ("lat_deg", "lon_deg"))
    undulation_ft = Geoid.open(grids or (EGM96,)).undulation_ft(lat, lon)
    baro, geo = (
        tracks[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in ("alt_baro_ft_msl", "alt_geo_ft_msl")
    )
    apart_ft = np.where(geo == 0, np.nan, geo) - baro  # 0 is written for none
    ellipsoid_ft, sea_ft = (
        (apart_ft + undulation_ft, apart_ft) if grids else (apart_ft, apart_ft - undulation_ft)
    )
    return (
        results.name,
        f"mean sea level ({', '.join(grids)})" if grids else "the ellipsoid (published)",
        int(lat.size),
        spread(undulation_ft),
        int(np.count_nonzero(~np.isnan(sea_ft))),
        spread(ellipsoid_ft),
        spread(sea_ft),
    )


def spread(values: np.ndarray) -> str:
    """Return the median of the values that are there, and their 5th and 95th percentile."""
    known = values[~np.isnan(values)]
    if not known.size:
        return "—"
    low, middle, high = np.percentile(known, [5, 50, 95])
    return f"{middle:.0f} ({low:.0f} to {high:.0f})".replace("-", "−")
