"""CSV export: every value reads back the same, every row is there, files are whole."""

import csv
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_schemas.errors import InputError
from data_schemas.tables.tracks import TRACKS
from tracks.export import export_csv

NUMBERS = [column.name for column in TRACKS.columns if column.resolution]
KIND = "Rotorcraft"


def write_tracks(folder, columns, row_group_size=None):
    path = folder / "year=2020" / f"aircraft_type={KIND}" / "Seats_1_10_A00001_A0000F.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = len(columns["icao24"])
    near = "nearest_aerodrome" in columns
    filled = {name: columns.get(name, [0] * rows) for name in TRACKS.names}
    filled["onground"] = columns.get("onground", [False] * rows)
    filled["icao24"] = pa.array(columns["icao24"], pa.string()).dictionary_encode()
    if near:
        filled |= {c.name: columns.get(c.name, [0.0] * rows) for c in TRACKS.optional}
        filled["nearest_aerodrome"] = pa.array(columns["nearest_aerodrome"]).dictionary_encode()
    schema = TRACKS.schema(optional=near)
    pq.write_table(pa.table(filled, schema=schema), path, row_group_size=row_group_size)
    return path


def read(out, icao24):
    with (out / "2020" / KIND / "Seats_1_10" / "A00001_A0000F" / f"{icao24}.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.floats(allow_nan=False, allow_infinity=False, width=32),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_floats_read_back_as_the_same_number(tmp_path, pairs):
    columns = dict(zip(("lat_deg", "alt_baro_ft_msl"), zip(*pairs, strict=True), strict=True))
    write_tracks(tmp_path / "tracks", columns | {"icao24": ["A00001"] * len(pairs)})
    export_csv(tmp_path / "tracks", tmp_path / "csv")
    header, rows = read(tmp_path / "csv", "A00001")
    for (name, values), kind in zip(columns.items(), (np.float64, np.float32), strict=True):
        place = header.index(name)
        assert [kind(row[place]) for row in rows] == list(values)
        assert [math.copysign(1, float(row[place])) for row in rows] == [math.copysign(1, v) for v in values]


def test_one_file_an_aircraft_whole_over_row_groups(tmp_path):
    addresses = ["A00001"] * 5 + ["A00002"] * 4 + ["A00003"]
    write_tracks(tmp_path / "tracks", {"icao24": addresses, "time_s": list(range(10))}, row_group_size=3)
    counts = export_csv(tmp_path / "tracks", tmp_path / "csv")
    assert (counts.rows_in, counts.rows_out, counts.made) == (10, 10, {"files": 3})
    times = []
    for icao24, rows in (("A00001", 5), ("A00002", 4), ("A00003", 1)):
        header, found = read(tmp_path / "csv", icao24)
        assert header == TRACKS.names
        assert [row[0] for row in found] == [icao24] * rows
        times += [row[2] for row in found]
    assert times == [str(time) for time in range(10)]
    assert not list((tmp_path / "csv").rglob(".part-*"))


def test_a_line_as_it_is_written(tmp_path):
    columns = {name: [None] for name in NUMBERS if TRACKS.columns[TRACKS.names.index(name)].nullable}
    columns |= {
        "icao24": ["A00001"],
        "segment": [3],
        "time_s": [1577880000],
        "lat_deg": [42.1],
        "lon_deg": [-71.0],
        "alt_baro_ft_msl": [1e-5],
        "onground": [True],
        "squawk": [None],
        "A": [4],
        "G": [1],
        "geoname_id": [6254926],
    }
    write_tracks(tmp_path / "tracks", columns)
    export_csv(tmp_path / "tracks", tmp_path / "csv")
    _, (row,) = read(tmp_path / "csv", "A00001")
    found = dict(zip(TRACKS.names, row, strict=True))
    assert (found["segment"], found["time_s"], found["onground"]) == ("3", "1577880000", "1")
    assert (found["lat_deg"], found["lon_deg"], float(found["alt_baro_ft_msl"])) == ("42.1", "-71.0", 1e-5)
    assert (found["squawk"], found["alt_geo_ft_msl"], found["geoname_id"]) == ("", "", "6254926")


def test_optional_columns_are_exported_too(tmp_path):
    columns = {"icao24": ["A00001"], "nearest_aerodrome": ["KBOS"], "aerodrome_distance_nm": [2.5]}
    write_tracks(tmp_path / "tracks", columns)
    export_csv(tmp_path / "tracks", tmp_path / "csv")
    header, (row,) = read(tmp_path / "csv", "A00001")
    assert header == [*TRACKS.names, *(column.name for column in TRACKS.optional)]
    assert row[-4:] == ["KBOS", "2.5", "0.0", "0.0"]


def test_an_aircraft_whose_rows_are_apart_is_refused(tmp_path):
    write_tracks(tmp_path / "tracks", {"icao24": ["A00001", "A00002", "A00001"]}, row_group_size=1)
    with pytest.raises(InputError, match=r"A0000F\.parquet: rows of A00001 are not together"):
        export_csv(tmp_path / "tracks", tmp_path / "csv")


def test_an_empty_leaf_and_an_empty_folder(tmp_path):
    write_tracks(tmp_path / "tracks", {"icao24": []})
    assert export_csv(tmp_path / "tracks", tmp_path / "csv").made == {"files": 0}
    with pytest.raises(InputError, match="holds no tracks"):
        export_csv(tmp_path / "csv", tmp_path / "again")
