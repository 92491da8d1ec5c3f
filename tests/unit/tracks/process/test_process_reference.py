"""The kernels against the same page written a second time, slowly, and against a real recording."""

import numpy as np
import polars as pl
import pytest

from data_schemas.config import ProcessSettings
from data_schemas.errors import InputError
from tests.unit.tracks.process import leaves, reference
from tracks.process.observations import LeafObservations
from tracks.process.reasons import REASONS
from tracks.raw.read import read_hour
from tracks.samples import write_samples

NAMES = dict(
    zip(
        reference.OUTPUT,
        (
            "lat_deg",
            "lon_deg",
            "alt_baro_ft_msl",
            "alt_geo_ft_msl",
            "speed_direct_kt",
            "dh_baro_ft_s",
            "dh_geo_ft_s",
            "course_deg",
            "dpsi_deg_s",
            "speed_estimate_kt",
            "dv_estimate_kt_s",
            "dv_direct_kt_s",
        ),
        strict=True,
    )
)
TOLERANCE = {"dpsi": 1e-6, "course": 1e-6, "v": 1e-6, "dv": 1e-6}  # differences of positions 1e-14 deg apart


def compare(aircraft, settings, aircraft_type, observations=None):
    found = leaves.clean_whole(observations or leaves.leaf(aircraft), settings, aircraft_type)
    limits = settings.limits_of(aircraft_type)
    reasons, rejected, segment = [], {"published": 0, "hampel": 0}, 0
    for k, rows in enumerate(aircraft):
        why, tracks, more = reference.process_aircraft(rows, settings, limits)
        reasons += why
        for test, count in more.items():
            rejected[test] += count
        for number, track in tracks.items():
            assert (found.aircraft[segment], found.number[segment]) == (k, number)
            part = slice(found.offsets[segment], found.offsets[segment + 1])
            assert found.second_s[part].tolist() == list(track)
            for column, name in NAMES.items():
                expected = np.array([leaves.number(values[column]) for values in track.values()])
                got = found.column(name)[part]
                assert np.array_equal(np.isnan(got), np.isnan(expected)), (k, number, name)
                off = np.abs(got - expected)
                if column in ("lon", "course"):
                    off = np.minimum(off, 360 - off)
                assert np.nanmax(off, initial=0) <= TOLERANCE.get(column, 1e-8), (k, number, name)
            squawks = [-1 if values["squawk"] is None else values["squawk"] for values in track.values()]
            assert found.squawk[part].tolist() == squawks
            assert found.onground[part].tolist() == [values["onground"] for values in track.values()]
            segment += 1
    assert segment == found.number.size
    assert [REASONS[code] for code in found.reason] == reasons
    assert found.made["outliers_published"] == rejected["published"]
    assert found.made["outliers_hampel"] == rejected["hampel"]
    counts = found.counts()
    assert counts.rows_in == len(reasons) == counts.rows_out + sum(counts.left.values())
    return set(reasons)


@pytest.mark.parametrize("fractional", [False, True])
@pytest.mark.parametrize(
    ("changes", "aircraft_type"),
    [
        ({}, "FixedWingMultiEngine"),
        ({"outlier_test": "hampel", "altitude_mode": "baro", "minimum_rows": 3}, "Rotorcraft"),
        ({"outlier_test": "hampel", "altitude_mode": "geo", "require_squawk": False}, "Glider"),
        (
            {"altitude_mode": "baro", "course_interpolation": "published", "minimum_rows": 4},
            "FixedWingSingleEngine",
        ),
        (
            {"smooth_half_window_s": 7.5, "gap_s": 40, "minimum_rows": 3, "hampel_half_window_s": 11.5},
            "Balloon",
        ),
    ],
)
def test_random_leaves_equal_the_page_written_twice(changes, aircraft_type, fractional):
    r = np.random.default_rng([len(repr(changes)), fractional])
    aircraft = [leaves.random_aircraft(r, int(r.integers(20, 130)), fractional) for _ in range(30)]
    seen = compare(aircraft, ProcessSettings(**changes), aircraft_type)
    assert len(seen) >= 10, seen


def test_every_reason_occurs_in_random_leaves():
    r = np.random.default_rng(7)
    aircraft = [leaves.random_aircraft(r, 120) for _ in range(60)]
    seen = compare(aircraft, ProcessSettings(outlier_test="hampel"), "Rotorcraft")
    assert seen == set(REASONS)


COLUMNS = {
    "time_s": "time",
    "lat_deg": "lat",
    "lon_deg": "lon",
    "alt_baro_ft_msl": "baro",
    "alt_geo_ft_msl": "geo",
    "speed_kt": "speed",
    "squawk": "squawk",
    "lastcontact_s": "lastcontact",
    "onground": "onground",
}


@pytest.mark.parametrize("outlier_test", ["published", "hampel"])
def test_a_real_recording_equals_the_page_written_twice(tmp_path, outlier_test):
    try:
        write_samples(["calfire"], tmp_path)
    except InputError as error:
        pytest.skip(f"no recording: {error}")
    hours = pl.concat(read_hour(file) for file in sorted(tmp_path.glob("*.tar")))
    rows = (
        hours.drop_nulls(["icao24", "time_s", "lat_deg", "lon_deg"])
        .sort("icao24", "time_s", maintain_order=True)
        .with_columns(pl.format("A{}", pl.col("icao24").cast(pl.String).str.zfill(9)).alias("icao24"))
    )
    parts = rows.partition_by("icao24", maintain_order=True)
    aircraft = [part.select(*COLUMNS).rename(COLUMNS).to_dicts() for part in parts]
    observations = LeafObservations.of(rows.to_arrow())
    settings = ProcessSettings(outlier_test=outlier_test, require_squawk=False)
    seen = compare(aircraft, settings, "FixedWingMultiEngine", observations)
    assert {"", "duplicate_position", "altitude_outlier_baro"} <= seen
