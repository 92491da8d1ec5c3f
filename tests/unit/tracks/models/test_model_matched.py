"""Recovered seconds beside flown ones, by hand."""

import polars as pl
import pytest

from data_schemas.config import ModelSettings
from tracks.models.matched import compare_seconds, matched_seconds


def test_seconds_are_matched_by_address_and_time(tmp_path):
    truth = pl.DataFrame(
        {
            "icao24": ["A00001"] * 6,
            "time_s": [100, 101, 102, 103, 104, 105],
            "G": 1,
            "A": 4,
            "alt_ft_agl": 600.0,
            "speed_kt": 100.0,
            "dv_kt_s": [0.0, 0.0, 1.5, 1.5, 0.0, 0.0],
            "dh_ft_min": 600.0,
            "dpsi_deg_s": 0.0,
        }
    )
    tracks = pl.DataFrame(
        {
            "icao24": ["A00001"] * 5 + ["A00002"],
            "segment": [1, 1, 1, 1, 1, 1],
            "time_s": [101, 102, 103, 104, 105, 103],
            "G": 1,
            "A": [4, 4, 4, 3, 4, 4],
            "alt_baro_ft_agl": [600, 600, 600, 400, 600, 600],
            "speed_estimate_kt": [110.0, 110.0, 90.0, 121.0, 100.0, 100.0],
            "dv_estimate_kt_s": [0.0, 0.75, 0.75, 0.0, None, 0.0],
            "dh_baro_ft_s": 5.0,
            "dpsi_deg_s": 0.0,
        }
    )
    leaf = tmp_path / "year=2021" / "aircraft_type=Rotorcraft"
    leaf.mkdir(parents=True)
    tracks.write_parquet(leaf / "x.parquet")
    matched = matched_seconds(truth, tmp_path, end_s=1)
    assert matched["inner"].to_list() == [False, True, True, True, False]
    rows = compare_seconds(matched, ModelSettings())
    inner = {row["variable"]: row for row in rows.filter("inner").iter_rows(named=True)}
    assert [inner[name]["same_bin"] for name in ("G", "A", "L")] == pytest.approx([1, 2 / 3, 2 / 3])
    assert inner["v"]["same_bin"] == pytest.approx(2 / 3)  # the bin is [90, 120)
    assert inner["v"]["rms"] == pytest.approx(((10**2 + 10**2 + 21**2) / 3) ** 0.5)
    assert inner["dv"]["gain"] == pytest.approx(0.5)
    assert inner["dh"]["gain"] == pytest.approx(0.5)
    assert (inner["dpsi"]["gain"], inner["dpsi"]["rms"], inner["A"]["rms"]) == (None, 0, None)
    ends = rows.filter(~pl.col("inner"), pl.col("variable") == "dv")
    assert ends["seconds"].item() == 1  # the missing one is none
