from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_schemas.config import EnrichSettings, ProcessSettings
from data_schemas.errors import InputError
from data_schemas.tables.observations import ARCHIVED
from data_schemas.tables.tracks import TRACKS
from data_schemas.task import Task
from tests.unit.tracks.process.leaves import random_aircraft, straight
from tracks.enrich import Enrichment
from tracks.process import leaf_file
from tracks.process.task import process_task, process_tasks

LEAF = "2020/FixedWingMultiEngine/Seats_1_10/A00000_A0FFFF"


def write_archive(path, aircraft, rows_a_group=100):
    """An archived leaf of {address: rows}, as stage 2 writes it."""
    rows = [(address, row) for address, own in aircraft.items() for row in own]
    columns = {column.name: pa.nulls(len(rows), column.type) for column in ARCHIVED.columns}
    names = {"time_s": "time", "lat_deg": "lat", "lon_deg": "lon", "alt_baro_ft_msl": "baro"}
    names |= {"alt_geo_ft_msl": "geo", "speed_kt": "speed", "squawk": "squawk", "onground": "onground"}
    names |= {"lastcontact_s": "lastcontact"}
    for name, key in names.items():
        columns[name] = pa.array([row[key] for _, row in rows], columns[name].type)
    columns["icao24"] = pa.array([address for address, _ in rows]).cast(columns["icao24"].type)
    for name in ("alert", "spi"):
        columns[name] = pa.array([False] * len(rows))
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table([columns[name] for name in ARCHIVED.names], schema=ARCHIVED.schema())
    pq.write_table(table, path, row_group_size=rows_a_group)


@pytest.fixture
def archive(tmp_path):
    r = np.random.default_rng(11)
    aircraft = {f"A{k:05X}": random_aircraft(r, int(r.integers(5, 300))) for k in range(8)}
    aircraft["A0FFF0"] = straight(400)
    write_archive(tmp_path / "archive" / f"{LEAF}.parquet", aircraft)
    return tmp_path / "archive"


@pytest.fixture(scope="module")
def nothing():
    return Enrichment.load(EnrichSettings())


def run(archive, out, enrichment, **changes):
    (task,) = process_tasks(archive, out, "digest")
    return task, process_task(task, settings=ProcessSettings(**changes), enrichment=enrichment)


def test_one_task_a_leaf(archive, tmp_path):
    write_archive(archive / "2021/Unknown/Seats_NaN_NaN/000000_FFFFFF.parquet", {})
    (archive / "2021/Unknown/Seats_NaN_NaN/.part-1-x.parquet").write_text("half")
    tracks = tmp_path / "tracks"
    first, second = process_tasks(archive, tracks, "d1")
    rows = pq.read_metadata(archive / f"{LEAF}.parquet").num_rows
    output = tracks / "year=2020/aircraft_type=FixedWingMultiEngine/Seats_1_10_A00000_A0FFFF.parquet"
    assert first == Task(LEAF, (str(archive / f"{LEAF}.parquet"),), str(output), float(rows), "d1")
    assert second.id == "2021/Unknown/Seats_NaN_NaN/000000_FFFFFF"
    assert second.cost == 0


def test_writes_the_table_of_tracks(archive, tmp_path, nothing):
    task, counts = run(archive, tmp_path / "tracks", nothing)
    assert pq.read_schema(task.output).remove_metadata() == TRACKS.schema().remove_metadata()
    assert pq.read_schema(task.output).field("alt_geo_ft_agl").metadata[b"unit"] == b"ft"
    tracks = pl.read_parquet(task.output).with_columns(pl.col("icao24").cast(pl.String))
    keys = tracks.select("icao24", "segment", "time_s")
    assert keys.equals(keys.sort("icao24", "segment", "time_s"))
    assert keys.n_unique() == tracks.height == counts.made["seconds"]
    assert keys.select("icao24", "segment").n_unique() == counts.made["segments"]
    assert counts.rows_in == int(task.cost)
    steps = tracks.group_by("icao24", "segment").agg(pl.col("time_s").diff().drop_nulls().unique())
    assert set(steps["time_s"].explode().to_list()) == {1}
    first = tracks.group_by("icao24", "segment").first()
    assert (first["local_east_ft"] == 0).all()
    assert (first["local_north_ft"] == 0).all()
    assert tracks["A"].unique().to_list() == [4]
    assert tracks["el_ft_msl"].null_count() == tracks.height  # no grid
    assert tracks["alt_baro_ft_agl"].null_count() == tracks.height


def test_the_same_bytes_whatever_the_pieces(archive, tmp_path, nothing, monkeypatch):
    task, counts = run(archive, tmp_path / "one", nothing)
    again, _ = run(archive, tmp_path / "two", nothing)
    whole = pl.read_parquet(task.output)
    assert Path(task.output).read_bytes() == Path(again.output).read_bytes()
    for rows in (1, 150, 700):
        groups = pq.ParquetFile(archive / f"{LEAF}.parquet").iter_batches(100)
        pieces = list(leaf_file.whole_aircraft((pa.Table.from_batches([g]) for g in groups), rows))
        addresses = [piece["icao24"].cast(pa.string()).unique().to_pylist() for piece in pieces]
        assert len(pieces) > 1
        seen = [address for piece in addresses for address in piece]
        assert seen == sorted(set(seen))  # no aircraft in two pieces
        assert sum(piece.num_rows for piece in pieces) == counts.rows_in
    parts = leaf_file.whole_aircraft
    monkeypatch.setattr(leaf_file, "whole_aircraft", lambda tables: parts(tables, 150))
    task, in_pieces = run(archive, tmp_path / "three", nothing)
    assert in_pieces == counts
    assert pl.read_parquet(task.output).equals(whole)


def test_a_leaf_whose_rows_all_leave_is_a_file_without_rows(tmp_path, nothing):
    for name, aircraft in (("none", {}), ("short", {"A00001": straight(9)})):
        write_archive(tmp_path / name / f"{LEAF}.parquet", aircraft)
        task, counts = run(tmp_path / name, tmp_path / f"{name}-tracks", nothing)
        assert pl.read_parquet(task.output).shape == (0, len(TRACKS.columns))
        assert counts.left == ({"short_segment": 9} if aircraft else {})
        assert pq.read_schema(task.output).names == TRACKS.names


class Around:
    """Outside data by rule: airspace by the altitude asked for, terrain of 100.4 ft, a geoid."""

    aerodromes = None

    def __init__(self, undulation_ft=0.0):
        self.undulation_ft = undulation_ft

    def above_sea_ft(self, lat_deg, lon_deg, alt_geo_ft):
        assert lat_deg.shape == lon_deg.shape == alt_geo_ft.shape
        return alt_geo_ft - self.undulation_ft

    def airspace(self, lat_deg, lon_deg, alt_ft_msl, elevation_ft):
        np.testing.assert_array_equal(elevation_ft, self.elevation_ft(lat_deg, lon_deg))
        assert lat_deg.shape == lon_deg.shape == alt_ft_msl.shape
        self.alt_ft_msl = alt_ft_msl
        return np.full(lat_deg.size, 3, np.int8)

    def elevation_ft(self, lat_deg, lon_deg):
        assert lat_deg.shape == lon_deg.shape
        return np.where(np.arange(lat_deg.size) % 2, 100.4, np.nan)

    def regions(self, lat_deg, lon_deg):
        return np.full(lat_deg.size, 5, np.int8), np.full(lon_deg.size, 123, np.int32)


@pytest.mark.parametrize(("mode", "altitude"), [("both", 1050), ("baro", 1000), ("geo", 1100)])
def test_surroundings_are_asked_at_the_altitude_of_the_mode(tmp_path, mode, altitude):
    write_archive(tmp_path / "archive" / f"{LEAF}.parquet", {"A00001": straight(40)})
    around = Around()
    task, _ = run(tmp_path / "archive", tmp_path / "tracks", around, altitude_mode=mode)
    assert around.alt_ft_msl == pytest.approx(altitude)
    tracks = pl.read_parquet(task.output)
    assert tracks["alt_geo_ft_agl"].to_list() == [None, 1000] * 20
    assert tracks["alt_baro_ft_agl"].to_list() == [None, 900] * 20
    assert tracks.select("A", "G", "geoname_id").unique().rows() == [(3, 5, 123)]


def test_the_type_of_the_path_sets_the_limits(tmp_path, nothing):
    fast = straight(40, lat=0.0)
    for k, row in enumerate(fast):
        row.update(lat=k / 1200)  # 180 kt
    for kind in ("FixedWingMultiEngine", "Gyroplane"):
        write_archive(tmp_path / kind / f"2020/{kind}/Seats_1_10/A00000_A0FFFF.parquet", {"A00001": fast})
        _, counts = run(tmp_path / kind, tmp_path / "tracks", nothing)
        assert ("limit_speed" in counts.left) == (kind == "Gyroplane")


def test_bad_archives_are_refused_in_one_line(archive, tmp_path, nothing):
    with pytest.raises(InputError, match="no such folder of archived leaves"):
        process_tasks(tmp_path / "nowhere", tmp_path, "")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no archived leaves"):
        process_tasks(tmp_path / "empty", tmp_path, "")
    (task,) = process_tasks(archive, tmp_path / "tracks", "")
    file = archive / f"{LEAF}.parquet"
    good = file.read_bytes()
    file.write_bytes(good[:2000] + b"\0" * 500 + good[2500:])
    with pytest.raises(InputError, match=r"damaged Parquet file|not a Parquet file"):
        process_task(task, settings=ProcessSettings(), enrichment=nothing)
    assert not list((tmp_path / "tracks").rglob("*.parquet"))
    file.write_bytes(b"no parquet")
    with pytest.raises(InputError, match="not a Parquet file"):
        process_tasks(archive, tmp_path / "tracks", "")
    pq.write_table(pa.table({"icao24": ["A"]}), file)
    with pytest.raises(InputError, match="column 'time_s' is missing"):
        process_tasks(archive, tmp_path / "tracks", "")
    file.unlink()
    with pytest.raises(InputError, match="no such file"):
        process_task(task, settings=ProcessSettings(), enrichment=nothing)


def test_the_geoid_is_subtracted_before_limits_are_tested_and_leaves_the_barometric_altitude_alone(tmp_path):
    write_archive(tmp_path / "archive" / f"{LEAF}.parquet", {"A00001": straight(40, geo=-150.0)})
    _, without = run(tmp_path / "archive", tmp_path / "without", Around())
    assert without.left == {"altitude_out_of_range": 40}
    task, counts = run(tmp_path / "archive", tmp_path / "with", Around(-164.0))
    assert counts.left == {}
    tracks = pl.read_parquet(task.output)
    assert tracks["alt_geo_ft_msl"].to_list() == pytest.approx([14.0] * 40)
    assert tracks["alt_baro_ft_msl"].to_list() == pytest.approx([1000.0] * 40)
    assert tracks["alt_geo_ft_agl"].drop_nulls().unique().to_list() == [-86.0]


@pytest.mark.parametrize(("mode", "altitude"), [("both", 1050), ("baro", 1000), ("geo", 1100)])
def test_columns_of_the_nearest_aerodrome_stand_behind_the_published_ones(tmp_path, nothing, mode, altitude):
    write_archive(tmp_path / "archive" / f"{LEAF}.parquet", {"A00001": straight(40)})
    plain, _ = run(tmp_path / "archive", tmp_path / "plain", nothing, altitude_mode=mode)
    before = pl.read_parquet(plain.output)
    file = tmp_path / "airports.csv"
    lat, lon = before["lat_deg"][0], before["lon_deg"][0]
    file.write_text(
        "ident,type,latitude_deg,longitude_deg,elevation_ft\n"
        f"HERE,small_airport,{lat - 0.1!r},{lon!r},50\nHELI,heliport,{lat!r},{lon!r},50\n"
    )
    around = Enrichment.load(EnrichSettings(aerodrome_file=str(file)))
    task, _ = run(tmp_path / "archive", tmp_path / "tracks", around, altitude_mode=mode)
    schema = pq.read_schema(task.output)
    TRACKS.check(schema, "tracks")
    assert schema.names == [*TRACKS.names, *(column.name for column in TRACKS.optional)]
    assert TRACKS.names_in(schema) == schema.names
    assert schema.field("aerodrome_distance_nm").metadata[b"unit"] == b"NM"
    tracks = pl.read_parquet(task.output)
    assert tracks.select(TRACKS.names).equals(before)
    assert tracks["nearest_aerodrome"].cast(pl.String).unique().to_list() == ["HERE"]
    assert tracks["aerodrome_distance_nm"][0] == pytest.approx(6)
    assert tracks["aerodrome_bearing_deg"][0] == pytest.approx(0, abs=1e-6)
    assert tracks["height_above_aerodrome_ft"].to_list() == pytest.approx([altitude - 50] * tracks.height)
