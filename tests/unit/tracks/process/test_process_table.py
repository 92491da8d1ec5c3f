"""The table of tracks and its file: every column to its resolution, and the same in all readers."""

import math
from fractions import Fraction

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_schemas.config import EnrichSettings, ProcessSettings
from data_schemas.tables.tracks import TRACKS
from tracks.enrich import Enrichment
from tracks.process.dynamics import COLUMNS
from tracks.process.rounding import round_to_steps
from tracks.process.seconds import TrackSeconds
from tracks.process.table import tracks_rows, tracks_schema, tracks_table
from tracks.process.write import tracks_writer
from tracks.track_rows import TrackRows

ROUNDED = {c.name: c for c in TRACKS.columns if c.resolution is not None}
NULLABLE = [name for name in COLUMNS if ROUNDED[name].nullable]


def rounded(values, step, centred=False, end=math.inf, kind=np.float32):
    out, known = np.empty(len(values), kind), np.empty(len(values), bool)
    missing = round_to_steps(np.array(values, np.float64), step, centred, end, out, known)
    assert missing == np.count_nonzero(~known)
    return out, known


def random_track(rows, seed=0, missing=True):
    """Seconds of three aircraft with values over the whole range of each column."""
    r = np.random.default_rng(seed)
    scale = {"lat_deg": 90, "lon_deg": 180, "alt": 40_000, "spe": 600, "dh_": 100, "dps": 12, "dv_": 8}
    values = np.stack([scale.get(n, scale.get(n[:3], 0)) * r.uniform(-1, 1, rows) for n in COLUMNS])
    values[COLUMNS.index("course_deg")] = r.uniform(0, 360, rows)
    values[COLUMNS.index("lon_deg"), 0] = 180 - 1e-9
    values[COLUMNS.index("course_deg"), 0] = 360 - 1e-9
    if missing:
        for name in NULLABLE:
            values[COLUMNS.index(name), r.random(rows) < 0.1] = np.nan
    offsets = np.array([0, rows // 3, rows // 2, rows])
    return TrackSeconds(
        offsets,
        np.array([0, 0, 2]),
        np.array([1, 2, 1], np.int32),
        values[:2, offsets[:-1]],
        1_600_000_000 + np.arange(rows),
        values,
        r.random(rows) < 0.5,
        np.where(r.random(rows) < 0.5, -1, 1200).astype(np.int16),
    )


ICAO24 = pa.array(["A00001", "A00002", "A00003"])


@pytest.fixture(scope="module")
def nothing():
    return Enrichment.load(EnrichSettings())


class Hills:
    """Terrain that rises along the rows, nothing else; every tenth place is on no grid."""

    aerodromes = None

    def elevation_ft(self, lat_deg, _lon_deg):
        return np.where(np.arange(lat_deg.size) % 10, 0.37 * np.arange(lat_deg.size) - 50, np.nan)

    def airspace(self, lat_deg, *_others):
        return np.full(lat_deg.size, 4, np.int8)

    def regions(self, lat_deg, _lon_deg):
        return np.zeros(lat_deg.size, np.int8), np.zeros(lat_deg.size, np.int32)


@settings(deadline=None)  # the kernel may be compiled
@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=30), st.integers(-10, 2))
def test_the_nearest_multiple_of_a_step_by_exact_arithmetic(values, power):
    step = 2.0**power
    for value, found in zip(values, rounded(values, step, kind=np.float64)[0], strict=True):
        assert found == round(Fraction(value) / Fraction(step)) * Fraction(step)  # Python: halves to even
        assert found or math.copysign(1, found) == 1


@settings(deadline=None)
@given(st.lists(st.floats(-8, 8), min_size=1, max_size=30), st.integers(-8, -2), st.integers(-64, 64))
def test_the_middle_of_a_step_crosses_no_multiple_of_it_and_zero_stays(values, power, multiple):
    step = 2.0**power
    found, _ = rounded([*values, 0.0, -0.0, multiple * step], step, centred=True)
    for value, middle in zip([*values, 0.0], found, strict=False):
        assert abs(Fraction(float(middle)) - Fraction(value)) <= Fraction(step) / 2
        if multiple:
            assert (middle >= multiple * step) == (value >= multiple * step)
    assert found[-3] == found[-2] == 0
    assert not np.signbit(found[-3:-1]).any()


def test_ends_of_ranges_and_missing_values():
    found, known = rounded([359.999, 359.99, math.nan, -0.001], 2.0**-6, end=360.0)
    assert found.tolist() == [0, 359.984375, 0, 0]
    assert known.tolist() == [True, True, False, True]
    assert rounded([179.99999999], 2.0**-23, end=180.0, kind=np.float64)[0] == [-180]
    whole, known = rounded([2.5, 3.5, math.nan, -0.4], 1.0, kind=np.int32)
    assert (whole.tolist(), known.tolist()) == ([2, 4, 0, 0], [True, True, False, True])


def test_every_column_reads_back_within_half_its_resolution(tmp_path):
    track = random_track(700)
    process, around = ProcessSettings(), Hills()
    with tracks_writer(tmp_path / "t.parquet", tracks_schema(around), process) as write:
        write(tracks_table(track, ICAO24, process, around))
    terrain_ft = around.elevation_ft(*track.values[:2])
    exact = {name: track.column(name) for name in COLUMNS} | {"el_ft_msl": terrain_ft}
    for datum in ("baro", "geo"):
        exact[f"alt_{datum}_ft_agl"] = exact[f"alt_{datum}_ft_msl"] - terrain_ft
    turns = {"lon_deg", "course_deg"}
    arrow, frame = pq.read_table(tmp_path / "t.parquet"), pl.read_parquet(tmp_path / "t.parquet")
    for name, values in exact.items():
        found = arrow[name].to_numpy(zero_copy_only=False).astype(np.float64)
        off = found - values
        off = (off + 180) % 360 - 180 if name in turns else off
        assert (np.isnan(found) == np.isnan(values)).all()
        assert np.nanmax(np.abs(off)) <= ROUNDED[name].resolution / 2
        assert frame[name].to_list() == arrow[name].to_pylist()
    assert (arrow["lon_deg"][0].as_py(), arrow["course_deg"][0].as_py()) == (-180, 0)
    assert ROUNDED["lat_deg"].resolution / 2 < 1e-7
    assert arrow["icao24"].to_pylist() == ["A00001"] * 350 + ["A00003"] * 350
    assert arrow["segment"].to_pylist() == [1] * 233 + [2] * 117 + [1] * 350
    assert arrow["squawk"].to_pylist() == [None if code < 0 else 1200 for code in track.squawk]
    assert arrow["onground"].to_pylist() == track.onground.tolist()
    assert frame["time_s"].to_list() == track.second_s.tolist()
    first = arrow.take([0, 233, 350])
    assert first["local_east_ft"].to_pylist() == first["local_north_ft"].to_pylist() == [0, 0, 0]


def test_the_resolution_is_in_the_metadata_of_the_field():
    field = TRACKS.schema().field("lat_deg")
    assert float(field.metadata[b"resolution"]) == 2.0**-23
    assert b"resolution" not in (TRACKS.schema().field("G").metadata or {})


def test_wanted_columns_are_those_of_the_whole_table(nothing):
    track, process = random_track(100), ProcessSettings()
    whole = tracks_table(track, ICAO24, process, nothing)
    assert whole.schema.equals(tracks_schema(nothing), check_metadata=True)
    whole.validate(full=True)
    wanted = [
        "dpsi_deg_s",
        "icao24",
        "segment",
        "squawk",
        "G",
        "alt_baro_ft_msl",
        "alt_baro_ft_agl",
        "lat_deg",
    ]
    (rows,) = whole.select(wanted).to_batches()
    addresses = np.array([0xA00001, 0xA00002, 0xA00003])
    found, read = tracks_rows(track, addresses, process, nothing), TrackRows.of(rows)
    assert found.columns.keys() >= read.columns.keys() == set(wanted) - {"icao24"}
    some = np.array([0, 3, 4, 77, 99])
    for name, column in read.columns.items():
        assert found.columns[name][:].dtype == column.dtype
        missing_equal = name != "squawk" and column.dtype.kind == "f"
        assert np.array_equal(found.columns[name][:], column, equal_nan=missing_equal)
        assert np.array_equal(found.columns[name][some], column[some], equal_nan=missing_equal)
        texts = whole[name].to_numpy()
        assert np.array_equal(np.where(column == -1, np.nan, column), texts, equal_nan=True)
    for one in (found, read):
        assert [f"{n:06X}" for n in one.addresses[one.aircraft]] == whole["icao24"].to_pylist()


def test_the_bytes_of_a_file_do_not_depend_on_how_its_rows_are_cut(tmp_path, nothing):
    process = ProcessSettings(row_group_rows=1000)
    tables = [tracks_table(random_track(900, seed), ICAO24, process, nothing) for seed in range(4)]
    whole = pa.concat_tables(tables)
    files = []
    for name, cuts in (("one", [3600]), ("own", [900] * 4), ("odd", [1, 7, 892, 1300, 1400])):
        with tracks_writer(tmp_path / name, whole.schema, process) as write:
            begin = 0
            for rows in cuts:
                write(whole.slice(begin, rows))
                begin += rows
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1] == files[2]
    metadata = pq.read_metadata(tmp_path / "odd")
    assert [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)] == [1000, 1000, 1000, 600]
    assert pq.read_table(tmp_path / "odd").to_pylist() == whole.to_pylist()
    assert metadata.row_group(0).column(0).statistics.min == "A00001"


def test_a_file_is_there_when_it_is_whole(tmp_path, nothing):
    table = tracks_table(random_track(30), ICAO24, ProcessSettings(), nothing)
    writer = tracks_writer(tmp_path / "t.parquet", table.schema, ProcessSettings())
    writer.__enter__()(table)
    failure = RuntimeError("half way")
    assert not writer.__exit__(RuntimeError, failure, None)
    assert not list(tmp_path.iterdir())
