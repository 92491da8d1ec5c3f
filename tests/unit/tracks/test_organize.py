import csv
import datetime as dt
import gzip
import io
import json
import math
import random
import tarfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_schemas.config import LeafSettings, OrganizeSettings, RegistrySettings
from data_schemas.errors import InputError
from data_schemas.tables.observations import ORGANIZED
from data_schemas.tables.registry import REGISTRY
from data_schemas.task import Task
from tracks.leaves import LeafIndex
from tracks.organize import organize_task, organize_tasks

HEADER = (
    "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,alert,spi,squawk,"
    "baroaltitude,geoaltitude,lastposupdate,lastcontact"
)
NOON = 1633608000
HEATHROW = Path(__file__).parents[3].parent / "shared" / "data" / "heathrow-positions"


def row(time=NOON, icao24="4b1805", lat=47.5, lon=8.5, baro=304.8, geo="", callsign="SWR12  ", squawk="1200"):
    more = f"{callsign},false,false,false,{squawk},{baro},{geo},{time},{time}"
    return f"{time},{icao24},{lat},{lon},102.5,90,-5.08,{more}"


@pytest.fixture
def leaves(tmp_path):
    """The leaves of three registered aircraft; all others are unknown."""
    aircraft = [("4B1805", "FixedWingMultiEngine", 180), ("4B1806", "Rotorcraft", 4), ("A00001", "Glider", 1)]
    rows = [
        dict.fromkeys(REGISTRY.names) | {"icao24": a, "aircraft_type": t, "seats": s, "source": "TEST"}
        for a, t, s in aircraft
    ]
    file = tmp_path / "registry.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=REGISTRY.schema()), file)
    return LeafIndex.load(file, RegistrySettings(leaves=LeafSettings(unknown_leaves=4)))


def organize(tmp_path, leaves, lines, name="states_2021-10-07-12.csv", **settings):
    file = tmp_path / name
    file.write_text("\n".join([HEADER, *lines]) + "\n")
    (task,) = organize_tasks([file], tmp_path / "organized", "digest")
    counts = organize_task(task, settings=OrganizeSettings(**settings), leaves=leaves)
    return counts, tmp_path / "organized" / f"{task.id}.parquet"


def test_tasks_are_named_by_their_hour_and_cost_their_size(tmp_path):
    files = [tmp_path / "states_2021-10-07-12.csv.tar", tmp_path / "states_2021-10-07-13.avro"]
    for i, file in enumerate(files):
        file.write_bytes(b"x" * (i + 2))
    tasks = organize_tasks(files, tmp_path / "out", "d1")
    assert tasks == [
        Task(
            f"states_2021-10-07-{hour}",
            (str(file),),
            str(tmp_path / f"out/states_2021-10-07-{hour}.parquet"),
            c,
            "d1",
        )
        for hour, file, c in zip((12, 13), files, (2.0, 3.0), strict=True)
    ]


def test_an_hour_in_two_files_is_refused(tmp_path):
    files = [tmp_path / "h.csv", tmp_path / "h.csv.gz"]
    for file in files:
        file.write_bytes(b"x")
    with pytest.raises(InputError, match=r"the same hour as .*h\.csv"):
        organize_tasks(files, tmp_path / "out", "")
    with pytest.raises(InputError, match="no such file"):
        organize_tasks([tmp_path / "none.csv"], tmp_path / "out", "")


def test_every_reason_is_counted_and_the_first_one_holds(tmp_path, leaves):
    lines = [
        row(),
        row(icao24="xyz", time="", lat=""),  # bad_address before all others
        row(icao24=""),  # bad_address
        row(time="NULL", lat=95),  # missing_time
        row(lat="NaN", baro=""),  # missing_position
        row(lon="inf"),  # missing_position
        row(baro="", geo="", lat=91),  # missing_altitude
        row(lat=90.0001),  # position_out_of_range
        row(lon=-180.0001),  # position_out_of_range
        row(lat=60),  # outside_bounds
        row(callsign="SWR12"),  # duplicate_row: equal once the padding is gone
        row(),  # duplicate_row
        row(callsign="SWR13"),  # another row of the same second
        row(time=NOON + 1, baro="", geo=304.8),  # one altitude is enough
    ]
    counts, file = organize(tmp_path, leaves, lines, bounds_box_deg=(0, 40, 10, 50))
    assert counts.rows_in == 14
    assert dict(counts.left) == {
        "bad_address": 2,
        "missing_time": 1,
        "missing_position": 2,
        "missing_altitude": 1,
        "position_out_of_range": 2,
        "outside_bounds": 1,
        "duplicate_row": 2,
    }
    table = pq.read_table(file)
    assert counts.rows_out == table.num_rows == 3
    assert table["callsign"].to_pylist() == ["SWR12", "SWR13", "SWR12"]


def test_positions_on_the_limits_stay(tmp_path, leaves):
    lines = [row(lat=90), row(lat=-90), row(lon=180), row(lon=-180)]
    counts, _ = organize(tmp_path, leaves, lines)
    assert (counts.rows_in, counts.rows_out) == (4, 4)


def test_rows_differing_in_one_column_only_are_no_duplicates(tmp_path, leaves):
    lines = [row(), row(squawk=""), row(geo=1), row(geo=2), row(geo=""), row(baro=304.80000000000007)]
    counts, file = organize(tmp_path, leaves, lines)
    assert dict(counts.left) == {"duplicate_row": 1}
    found = pl.read_parquet(file)
    assert found.height == 5
    assert found["alt_geo_ft_msl"].to_list()[-1] is None  # among ties, missing sorts last
    assert found["alt_geo_ft_msl"].null_count() == 3


def test_repeats_of_rows_that_left_are_not_counted_twice(tmp_path, leaves):
    counts, _ = organize(tmp_path, leaves, [row(lat=60), row(lat=60), row()], bounds_box_deg=(0, 40, 10, 50))
    assert dict(counts.left) == {"outside_bounds": 2}


def test_rows_are_labelled_and_sorted_by_leaf_then_address_then_time(tmp_path, leaves):
    lines = [
        row(icao24=icao24, time=NOON + s)
        for s in (20, 0, 10)
        for icao24 in ("a00001", "4b1806", "4B1805", "ffffff", "000001")
    ]
    _, file = organize(tmp_path, leaves, lines)
    table = pq.read_table(file)
    expected = [
        ("2021/FixedWingMultiEngine/Seats_150_200/000000_FFFFFF", "4B1805"),
        ("2021/Glider/Seats_1_10/000000_FFFFFF", "A00001"),
        ("2021/Rotorcraft/Seats_1_10/000000_FFFFFF", "4B1806"),
        ("2021/Unknown/Seats_NaN_NaN/000000_3FFFFF", "000001"),
        ("2021/Unknown/Seats_NaN_NaN/C00000_FFFFFF", "FFFFFF"),
    ]
    found = list(zip(*(table[name].to_pylist() for name in ORGANIZED.sorted_by), strict=True))
    assert found == [(leaf, icao24, NOON + s) for leaf, icao24 in expected for s in (0.0, 10.0, 20.0)]
    about = pq.read_metadata(file).metadata
    held = [(leaf, [3 * at, 3]) for at, (leaf, _) in enumerate(expected)]
    assert [(leaf, held[:2]) for leaf, held in json.loads(about[b"trackmill.leaves"]).items()] == held


def test_the_year_of_a_row_is_its_own(tmp_path, leaves):
    new_year = 1640995200  # 2022-01-01T00:00:00Z
    times = [new_year - 1, new_year - 0.5, new_year, new_year + 10]
    lines = [row(time=t, icao24=a) for t in times for a in ("4b1805", "000001")]
    _, file = organize(tmp_path, leaves, lines)
    table = pl.read_parquet(file)
    years = table["leaf"].cast(pl.String).str.slice(0, 4).to_list()
    assert years == ["2021"] * 4 + ["2022"] * 4
    assert table["time_s"].to_list() == [*times[:2] * 2, *times[2:] * 2]


@pytest.mark.parametrize("time", [NOON * 1000, -1])
def test_times_in_another_unit_are_refused(tmp_path, leaves, time):
    with pytest.raises(InputError, match="not in POSIX seconds"):
        organize(tmp_path, leaves, [row(), row(time=time)])
    assert not list((tmp_path / "organized").glob("*"))


def test_file_is_declared_as_it_is(tmp_path, leaves):
    generator = random.Random(5)
    lines = [
        row(
            time=NOON + generator.randrange(3600),
            icao24=f"{generator.randrange(1 << 24):06x}",
            callsign=f"C{i % 7}",
        )
        for i in range(3000)
    ]
    counts, file = organize(tmp_path, leaves, lines, row_group_rows=1000)
    assert counts.rows_out == 3000
    metadata = pq.read_metadata(file)
    schema = pq.read_schema(file)
    assert schema.equals(ORGANIZED.schema(), check_metadata=True)
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [1000] * 3
    group = metadata.row_group(0)
    assert [c.column_index for c in group.sorting_columns] == [0, 1, 2]
    assert {group.column(i).compression for i in range(group.num_columns)} == {"LZ4"}
    leaf = pl.read_parquet(file, columns=["leaf"])["leaf"].cast(pl.String).to_list()
    for i in range(3):  # the statistics index the leaves
        statistics = metadata.row_group(i).column(0).statistics
        assert (statistics.min, statistics.max) == (leaf[1000 * i], leaf[1000 * i + 999])
    ends = [metadata.row_group(i).column(0).statistics for i in range(3)]
    assert all(a.max <= b.min for a, b in pairwise(ends))


def test_order_of_the_raw_rows_does_not_matter(tmp_path, leaves):
    generator = np.random.default_rng(11)
    lines = [
        row(
            time=NOON + int(generator.integers(5)),
            icao24=f"{int(generator.integers(3)):06x}",
            lat=["1", "2", "-0.0", "0"][int(generator.integers(4))],
            callsign=["", "A", "B"][int(generator.integers(3))],
        )
        for _ in range(400)
    ]
    results = []
    for seed in range(3):
        random.Random(seed).shuffle(lines)
        counts, file = organize(tmp_path, leaves, lines)
        results.append((counts, file.read_bytes()))
    assert results[0] == results[1] == results[2]
    table = pl.read_parquet(file)
    assert table.unique().height == table.height == counts.rows_out
    assert counts.rows_out == len({line.replace("-0.0", "0") for line in lines})


def test_all_containers_give_the_same_bytes(tmp_path, leaves):
    text = "\n".join([HEADER, row(), row(icao24="a00001", squawk="77"), row(icao24="x")]).encode()
    zipped = gzip.compress(text)
    (tmp_path / "h.csv").write_bytes(text)
    (tmp_path / "h.csv.gz").write_bytes(zipped)
    with tarfile.open(tmp_path / "h.csv.tar", "w") as archive:
        info = tarfile.TarInfo("h.csv.gz")
        info.size = len(zipped)
        archive.addfile(info, io.BytesIO(zipped))
    frame = pl.read_csv(text, schema_overrides={"squawk": pl.Float64})
    frame.write_avro(tmp_path / "h.avro")
    frame.write_parquet(tmp_path / "h.parquet")
    found = set()
    for name in ("h.csv", "h.csv.gz", "h.csv.tar", "h.avro", "h.parquet"):
        (task,) = organize_tasks([tmp_path / name], tmp_path / "out", "")
        counts = organize_task(task, settings=OrganizeSettings(), leaves=leaves)
        assert (counts.rows_in, counts.rows_out) == (3, 2), name
        found.add((tmp_path / "out/h.parquet").read_bytes())
    assert len(found) == 1


@pytest.mark.skipif(not HEATHROW.exists(), reason="the shared data are not on this machine")
def test_arrivals_at_heathrow(tmp_path, leaves):
    """Real positions with real defects: infinite altitudes, repeated rows."""
    with (HEATHROW / "egll-flights-rt.csv").open() as handle:
        address = {r["flight_id"]: r["aircraft_address"].removeprefix("0x") for r in csv.DictReader(handle)}
    names = ("longitude", "latitude", "altitude", "speed_gnd", "track_gnd", "vert_speed")
    with gzip.open(HEATHROW / "egll-positions-rt.csv.gz", "rt") as handle:
        rows = [
            (address[r["flight_id"]], r["timestamp"], *(float(r[n].replace("NA", "nan")) for n in names))
            for r in csv.DictReader(handle)
        ]
    file = tmp_path / "arrivals.csv"
    with file.open("w", newline="") as handle:
        columns = "icao24 timestamp longitude latitude altitude groundspeed track vertical_rate"
        csv.writer(handle).writerows([columns.split(), *rows])
    (task,) = organize_tasks([file], tmp_path / "out", "")
    counts = organize_task(task, settings=OrganizeSettings(), leaves=leaves)
    kept = [r for r in rows if math.isfinite(r[4])]
    # A missing value equals another one, and an infinite one is missing.
    distinct = {tuple(v if isinstance(v, str) or math.isfinite(v) else None for v in r) for r in kept}
    assert counts.rows_in == len(rows) == 18574
    assert dict(counts.left) == {
        reason: count
        for reason, count in {
            "missing_altitude": len(rows) - len(kept),
            "duplicate_row": len(kept) - len(distinct),
        }.items()
        if count
    }
    table = pl.read_parquet(tmp_path / "out/arrivals.parquet")
    assert sorted(table["alt_baro_ft_msl"].to_list()) == sorted(r[4] for r in distinct)
    moments = [dt.datetime.fromisoformat(r[1]).replace(tzinfo=dt.UTC).timestamp() for r in distinct]
    assert sorted(table["time_s"].to_list()) == sorted(moments)


def test_an_hour_without_rows(tmp_path, leaves):
    for lines in ([], [row(icao24="x")]):
        counts, file = organize(tmp_path, leaves, lines)
        assert (counts.rows_in, counts.rows_out) == (len(lines), 0)
        assert pq.read_table(file).schema.equals(ORGANIZED.schema())
        assert pq.read_metadata(file).metadata[b"trackmill.leaves"] == b"{\n\n}"


def test_a_file_that_fails_leaves_nothing_behind(tmp_path, leaves):
    with pytest.raises(InputError, match="2 fields"):
        organize(tmp_path, leaves, [row(), "1,2"])
    assert not (tmp_path / "organized").exists()


def test_digest_tells_contents_apart_and_nothing_else(tmp_path, leaves):
    def digests(lines, **settings):
        _, file = organize(tmp_path, leaves, lines, **settings)
        listed = json.loads(pq.read_metadata(file).metadata[b"trackmill.leaves"])
        return {leaf: digest for leaf, (_, _, digest) in listed.items()}

    glider, swiss = row(icao24="a00001"), row(callsign="")
    plain = digests([glider, swiss])
    assert digests([swiss, glider], row_group_rows=2000) == plain
    others = digests([glider, row(callsign="AAA"), row(icao24="4b1806", callsign="ZZZ")])
    first = "2021/FixedWingMultiEngine/Seats_150_200/000000_FFFFFF"
    second = "2021/Glider/Seats_1_10/000000_FFFFFF"
    assert others[second] == plain[second]  # whatever the other leaves of the hour hold
    assert others[first] != plain[first]
    assert digests([glider, row(callsign="AAB")])[first] != others[first]
    assert digests([glider, row(callsign="", squawk="")])[first] != plain[first]
    assert (
        digests([glider, row(callsign="", squawk="0")])[first]
        != digests([glider, row(callsign="", squawk="")])[first]
    )
