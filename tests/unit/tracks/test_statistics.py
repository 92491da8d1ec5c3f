"""Stage 4 against counts by plain Python, a case by hand, and sums that must not depend on the split."""

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_schemas.config import RegistrySettings, StatisticsSettings
from data_schemas.errors import InputError
from data_schemas.tables.registry import REGISTRY
from data_schemas.tables.statistics import FLIGHT_HOURS, SECONDS
from data_schemas.tables.tracks import TRACKS
from data_schemas.task import Task
from tracks.leaves import LeafIndex
from tracks.statistics import statistics_task, statistics_tasks, sum_statistics

REGISTERED = [
    ("A00001", "CESSNA", "172S", 4),
    ("A00002", "CESSNA", "172S", 4),
    ("A00003", "PIPER", None, 6),
    ("A00004", "CESSNA", "172S", None),
]
SEATS = {"A00001": "Seats_1_10", "A00002": "Seats_1_10", "A00003": "Seats_1_10"}
KIND = "FixedWingSingleEngine"


@pytest.fixture(scope="module")
def leaves(tmp_path_factory):
    rows = [
        {
            "icao24": icao24,
            "aircraft_type": KIND,
            "manufacturer": manufacturer,
            "model": model,
            "seats": seats,
            "source": "FAA",
        }
        for icao24, manufacturer, model, seats in REGISTERED
    ]
    columns = {name: [row.get(name) for row in rows] for name in REGISTRY.names}
    table = pa.table(columns, schema=REGISTRY.schema())
    registry = tmp_path_factory.mktemp("registry") / "registry.parquet"
    pq.write_table(table, registry)
    return LeafIndex.load(registry, RegistrySettings())


def write_tracks(folder, rows, leaf="Seats_1_10_A00000_A0FFFF", year=2019):
    """Write rows of (icao24, segment, A, baro AGL, geo AGL) where stage 3 would."""
    path = folder / f"year={year}" / f"aircraft_type={KIND}" / f"{leaf}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {name: [0] * len(rows) for name in TRACKS.names} | {"onground": [False] * len(rows)}
    for place, name in enumerate(("icao24", "segment", "A", "alt_baro_ft_agl", "alt_geo_ft_agl")):
        columns[name] = [row[place] for row in rows]
    columns["icao24"] = pa.array(columns["icao24"], pa.string()).dictionary_encode()
    pq.write_table(pa.table(columns, schema=TRACKS.schema()), path)
    return path


def count(tracks, out, leaves, **settings):
    tasks = statistics_tasks(tracks, out / "parts", "digest")
    run = StatisticsSettings(**settings)
    counts = [statistics_task(task, settings=run, leaves=leaves) for task in tasks]
    sum_statistics([Path(task.output) for task in tasks], out)
    return counts, *(
        pl.DataFrame(pq.read_table(out / f"{name}.parquet")) for name in ("seconds", "flight_hours")
    )


def test_a_case_by_hand(tmp_path, leaves):
    rows = [
        ("A00001", 1, 4, 49.0, 50.0),
        ("A00001", 1, 4, 50.0, 149.0),
        ("A00001", 1, 4, 149.0, 150.0),
        ("A00001", 1, 3, 150.0, None),
        ("A00002", 1, 4, 100.0, None),
        ("A00002", 2, 4, 17999.0, None),
        ("A00002", 2, 4, 18000.0, -3.0),
        ("A00002", 2, 4, None, 20000.0),
        ("A00009", 1, 1, 60.0, None),
    ]
    write_tracks(tmp_path / "tracks", rows)
    (counts,), seconds, hours = count(tmp_path / "tracks", tmp_path, leaves)
    cessna = (2019, KIND, "CESSNA", "172S", "Seats_1_10")
    nobody = (2019, KIND, None, None, "Seats_NaN_NaN")
    assert seconds.rows() == [
        (*nobody, "baro", 1, 50.0, 1),
        (*cessna, "baro", 3, 150.0, 1),
        (*cessna, "baro", 4, 50.0, 3),
        (*cessna, "baro", 4, 17950.0, 1),
        (*cessna, "geo", 4, 50.0, 2),
        (*cessna, "geo", 4, 150.0, 1),
    ]
    assert hours.rows() == [(*nobody, 1, 1 / 3600, 1, 1), (*cessna, 8, 8 / 3600, 2, 3)]
    assert (counts.rows_in, counts.rows_out) == (9, 6)
    assert counts.left == {"missing_agl": 1, "below_floor": 1, "above_ceiling": 1}
    assert counts.made == {
        "aircraft": 3,
        "segments": 4,
        "geo_counted": 3,
        "geo_missing_agl": 4,
        "geo_below_floor": 1,
        "geo_above_ceiling": 1,
    }


def random_rows(seed, aircraft):
    draw = np.random.default_rng(seed)
    rows = []
    for icao24 in sorted(aircraft):
        for segment in range(1, 4):
            for _ in range(int(draw.integers(1, 200))):
                agl = [None if draw.random() < 0.1 else float(draw.integers(-50, 3000)) for _ in range(2)]
                rows.append((icao24, segment, int(draw.integers(1, 5)), *agl))
    return rows


def test_random_tracks_of_several_leaves_as_plain_python_counts(tmp_path, leaves):
    all_rows = []
    for leaf, (year, aircraft) in enumerate(
        [(2019, ["A00001", "A00003"]), (2019, ["A00002", "A00004", "FFFFFF"]), (2020, ["A00001"])]
    ):
        rows = random_rows(leaf, aircraft)
        write_tracks(tmp_path / "tracks", rows, f"leaf_{leaf}", year)
        all_rows += [(year, *row) for row in rows]
    about = {icao24: (maker, model) for icao24, maker, model, _ in REGISTERED}
    witness, hours = Counter(), defaultdict(list)
    for year, icao24, segment, airspace, *agl in all_rows:
        group = (year, KIND, *about.get(icao24, (None, None)), SEATS.get(icao24, "Seats_NaN_NaN"))
        hours[group].append((icao24, segment))
        for altitude, height in zip(("baro", "geo"), agl, strict=True):
            if height is not None and 200 <= height < 2650:
                low = 200 + 300 * int((height - 200) // 300)
                witness[(*group, altitude, airspace, float(low))] += 1
    settings = {"floor_ft_agl": 200, "ceiling_ft_agl": 2650, "layer_ft": 300}
    counts, seconds, flight_hours = count(tmp_path / "tracks", tmp_path, leaves, **settings)
    assert {row[:-1]: row[-1] for row in seconds.rows()} == witness
    assert {row[:5]: row[5:] for row in flight_hours.rows()} == {
        group: (len(pairs), len(pairs) / 3600, len({p[0] for p in pairs}), len(set(pairs)))
        for group, pairs in hours.items()
    }
    assert sum(c.rows_in for c in counts) == len(all_rows) == flight_hours["seconds"].sum()
    assert sum(c.rows_out for c in counts) == seconds.filter(altitude="baro")["seconds"].sum()
    assert sum(c.made["geo_counted"] for c in counts) == seconds.filter(altitude="geo")["seconds"].sum()


def test_counts_are_the_same_with_little_room_for_groups(tmp_path, leaves, monkeypatch):
    write_tracks(tmp_path / "tracks", random_rows(5, ["A00001", "A00002", "A00003", "A00004", "A00009"]))
    files = []
    for run, cells in enumerate((1 << 22, 1)):
        monkeypatch.setattr("tracks.statistics.counter._CELLS", cells)
        count(tmp_path / "tracks", tmp_path / str(run), leaves)
        files.append([path.read_bytes() for path in sorted((tmp_path / str(run)).rglob("*.parquet"))])
    assert files[0] == files[1]


def test_an_airspace_class_that_is_none_is_refused(tmp_path, leaves):
    write_tracks(tmp_path / "tracks", [("A00001", 1, 4, 60.0, 60.0), ("A00001", 1, -1, 60.0, 60.0)])
    with pytest.raises(InputError, match="A is -1, expected 1 to 4"):
        count(tmp_path / "tracks", tmp_path, leaves)


def test_the_sum_is_the_same_bytes_in_any_order_and_any_number_at_once(tmp_path, leaves, monkeypatch):
    for leaf in range(5):
        write_tracks(tmp_path / "tracks", random_rows(leaf, [f"A0000{leaf}"]), f"leaf_{leaf}")
    count(tmp_path / "tracks", tmp_path / "a", leaves)
    parts = sorted((tmp_path / "a" / "parts").rglob("*.parquet"))
    monkeypatch.setattr("tracks.statistics.sums._PARTS_AT_ONCE", 2)
    sum_statistics(parts[::-1], tmp_path / "b")
    for name in ("seconds", "flight_hours"):
        one, other = ((tmp_path / run / f"{name}.parquet").read_bytes() for run in "ab")
        assert one == other


def test_tables_carry_their_schema_also_when_there_is_nothing_to_count(tmp_path, leaves):
    write_tracks(tmp_path / "tracks", [])
    (counts,), seconds, hours = count(tmp_path / "tracks", tmp_path, leaves)
    assert (counts.rows_in, seconds.height, hours.height) == (0, 0, 0)
    sum_statistics([], tmp_path / "none")
    for table in (SECONDS, FLIGHT_HOURS):
        for folder in (tmp_path, tmp_path / "none"):
            assert pq.read_schema(folder / f"{table.name}.parquet").equals(
                table.schema(), check_metadata=True
            )


def test_tasks_are_named_by_leaf_and_hidden_files_are_none(tmp_path):
    path = write_tracks(tmp_path, [("A00001", 1, 4, 100.0, 100.0)], "leaf_1")
    (path.parent / ".part-7-leaf_2.parquet").write_bytes(b"half")
    (task,) = statistics_tasks(tmp_path, tmp_path / "out", "digest")
    assert task == Task(
        f"2019/{KIND}/leaf_1",
        (str(path),),
        str(tmp_path / "out" / "2019" / KIND / "leaf_1.parquet"),
        float(path.stat().st_size),
        "digest",
    )


def test_a_folder_without_tracks_and_a_file_elsewhere_are_refused(tmp_path):
    with pytest.raises(InputError, match="holds no tracks"):
        statistics_tasks(tmp_path, tmp_path / "out", "digest")
    path = write_tracks(tmp_path, [])
    path.rename(tmp_path / "stray.parquet")
    with pytest.raises(InputError, match=r"stray\.parquet: not a track file"):
        statistics_tasks(tmp_path, tmp_path / "out", "digest")


def test_what_is_no_tracks_table_is_refused(tmp_path, leaves):
    path = write_tracks(tmp_path, [])
    pq.write_table(pa.table({"icao24": ["A00001"]}), path)
    (task,) = statistics_tasks(tmp_path, tmp_path / "out", "digest")
    with pytest.raises(InputError, match="not a tracks table"):
        statistics_task(task, settings=StatisticsSettings(), leaves=leaves)
