"""Peers in an environment of their own (bench/requirements.lock): NumPy loops, pandas, `traffic`."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from bench.peers.numpy_loop import Columns, clean_aircraft
from bench.suite.given import Did, Given, Work, step

_FOOT_M, _KNOT_M_S = 0.3048, 1852 / 3600
_NAMES = (
    "time_s",
    "lat_deg",
    "lon_deg",
    "alt_baro_ft_msl",
    "alt_geo_ft_msl",
    "speed_kt",
    "squawk",
    "lastcontact_s",
)


def _aircraft(place: Path) -> dict[str, Columns]:
    """Return the archived rows of each aircraft of a place."""
    (leaf,) = (place / "archive").rglob("*.parquet")
    frame = pq.read_table(leaf, columns=["icao24", *_NAMES]).to_pandas()
    frame = frame.astype(dict.fromkeys(_NAMES, np.float64) | {"icao24": str})
    return {
        str(icao24): {name: rows[name].to_numpy() for name in _NAMES}
        for icao24, rows in frame.groupby("icao24")
    }


@step
def numpy_loop(given: Given) -> Work:
    """Observations in memory to seconds in memory."""
    aircraft = _aircraft(given.place)

    def work() -> Did:
        seconds = sum(second_s.size for rows in aircraft.values() for second_s, _ in clean_aircraft(rows))
        return Did(sum(rows["time_s"].size for rows in aircraft.values()), {"seconds": seconds})

    return work


@step
def traffic(given: Given) -> Work:
    """The same frames through `traffic`: split at gaps, filter, distances, resample to 1 s."""
    from traffic.core import Flight

    flights = [
        pd.DataFrame(
            {
                "timestamp": pd.to_datetime(rows["time_s"], unit="s", utc=True),
                "icao24": icao24,
                "callsign": icao24,
                "latitude": rows["lat_deg"],
                "longitude": rows["lon_deg"],
                "altitude": rows["alt_baro_ft_msl"],
                "geoaltitude": rows["alt_geo_ft_msl"],
                "groundspeed": rows["speed_kt"],
                "track": np.zeros(rows["time_s"].size),
                "vertical_rate": np.zeros(rows["time_s"].size),
            }
        )
        for icao24, rows in _aircraft(given.place).items()
    ]

    def work() -> Did:
        seconds = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for frame in flights:
                for segment in Flight(frame).split("20s"):
                    if len(segment) >= 10:
                        clean = segment.filter().cumulative_distance().resample("1s")
                        seconds += len(clean)
        return Did(sum(len(frame) for frame in flights), {"seconds": seconds})

    return work


@step
def pandas_raw_to_tracks(given: Given) -> Work:
    """Raw CSV to one CSV of 1 Hz tracks an aircraft, without airspace, terrain and regions."""
    hours = sorted((given.place / "raw").iterdir())
    texts = dict.fromkeys(("icao24", "callsign", "squawk", "onground", "alert", "spi"), str)

    def work() -> Did:
        frame = pd.concat([pd.read_csv(hour, dtype=texts) for hour in hours])
        read = len(frame)
        frame = frame.dropna(subset=["time", "icao24", "lat", "lon"]).drop_duplicates()
        columns = pd.DataFrame(
            {
                "icao24": frame["icao24"].str.strip().str.upper(),
                "time_s": frame["time"].astype(np.float64),
                "lat_deg": frame["lat"],
                "lon_deg": frame["lon"],
                "alt_baro_ft_msl": frame["baroaltitude"] / _FOOT_M,
                "alt_geo_ft_msl": frame["geoaltitude"] / _FOOT_M,
                "speed_kt": frame["velocity"] / _KNOT_M_S,
                "squawk": pd.to_numeric(frame["squawk"], errors="coerce"),
                "lastcontact_s": frame["lastcontact"],
            }
        ).sort_values(["icao24", "time_s"], kind="stable")
        seconds = 0
        for icao24, rows in columns.groupby("icao24"):
            arrays = {name: rows[name].to_numpy() for name in _NAMES}
            tracks = [
                pd.DataFrame(values.T).assign(time_s=second_s, segment=number)
                for number, (second_s, values) in enumerate(clean_aircraft(arrays), start=1)
            ]
            if tracks:
                whole = pd.concat(tracks)
                whole.to_csv(given.out / f"{icao24}.csv", index=False)
                seconds += len(whole)
        return Did(read, {"seconds": seconds})

    return work
